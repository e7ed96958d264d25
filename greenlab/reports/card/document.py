"""`greenlab.runcard/1`: what a piece of work used, in the words that papers ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, overload

from greenlab.ledger.location import check_not_ledger
from greenlab.record import Figure, Intensity, UnitTotal, to_dict
from greenlab.record.cell import ComponentKind

EMBODIED: Final = Figure.missing("not estimated: no figure for this hardware is verified")


@dataclass(frozen=True, slots=True)
class CardPart:
    """One device's joules, from one source. `active_j`: what the work added; `idle_j`: its
    part of the device's idle power.
    """

    kind: ComponentKind
    device: str
    source: str
    energy_j: Figure
    active_j: Figure
    idle_j: Figure


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine that writes the card. `None`: it does not say. `gpus` are those weighed."""

    cpu: str | None
    cpu_packages: int
    cpu_threads: int
    memory_bytes: int | None
    gpus: tuple[str, ...]
    virtual_machine: bool


@dataclass(frozen=True, slots=True)
class MissingPart:
    """Something that is not in the figures, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class RunCard:
    """What some records add up to, and how that was found out.

    Joules, grams of CO2e, seconds; times are UTC, ISO 8601, `None` without records.
    `duration_s`: time weighed. `gpu_s`: that time for each GPU the work ran on, `gpu_busy`
    their mean utilisation in it. `cpu_s`: CPU seconds. `active_j` and `idle_j` are the two
    parts of `energy_j`, `between_j` what the kernel drew while it waited for the next cell.
    `cells`: how many times a cell ran. `spans`: what was measured outside cells. `failed`: what
    ended with an error or was interrupted; it counts. `software`: names to versions. `hosts`:
    how many machines the records are from. `work`: what was counted, by unit, and its joules.
    """

    created_at: str
    notebooks: tuple[str, ...]
    started_at: str | None
    ended_at: str | None
    cells: int
    spans: int
    failed: int
    hosts: int
    duration_s: float
    cpu_s: float | None
    gpu_s: float
    gpu_busy: float | None
    energy_j: Figure
    active_j: Figure
    idle_j: Figure
    between_j: Figure | None
    emissions_g: Figure
    intensities: tuple[Intensity, ...]
    pue: tuple[float, ...]
    parts: tuple[CardPart, ...]
    hardware: Hardware
    software: dict[str, str]
    gaps: tuple[MissingPart, ...]
    scope: str = "process"
    embodied_g: Figure = EMBODIED
    work: tuple[UnitTotal, ...] = ()
    schema: str = "greenlab.runcard/1"

    def __repr__(self) -> str:
        from greenlab.reports.card import rendering

        return f"<RunCard {rendering.line(self)}>"

    def __str__(self) -> str:
        from greenlab.reports.card import rendering

        return rendering.text(self)

    def _repr_html_(self) -> str:
        from greenlab.reports.card import rendering

        return rendering.html(self)

    def _repr_markdown_(self) -> str:
        from greenlab.reports.card import rendering

        return rendering.markdown(self)

    def to_dict(self) -> dict[str, Any]:
        """This card as JSON-ready data."""
        data: dict[str, Any] = to_dict(self)
        return data

    @overload
    def to_markdown(self) -> str: ...

    @overload
    def to_markdown(self, path: str | Path) -> Path: ...

    def to_markdown(self, path: str | Path | None = None) -> str | Path:
        """The card as Markdown; with a path, written there in place of a former one.

        Gives the text, or where it was written.

        Raises:
            OSError: the file cannot be written.
            ValueError: the file is the ledger, or belongs to it.
        """
        text = self._repr_markdown_()
        if path is None:
            return text
        path = Path(path)
        check_not_ledger(path)
        path.write_text(text, encoding="utf-8")
        return path

    def model_card(self) -> str:
        """The `co2_eq_emissions` of a Hugging Face model card, as YAML for its header.

        Raises:
            ValueError: the emissions are not known.
        """
        from greenlab.reports.card import rendering

        return rendering.model_card(self)

    def log(self) -> tuple[str, ...]:
        """Into the runs that are open in mlflow and wandb; the names of those.

        Neither is imported, and no run is begun.

        Raises:
            RuntimeError: neither has an open run in this process.
        """
        from greenlab.reports.card import trackers

        return trackers.log(self)
