"""`greenlab.record/1`: the record of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.figure import Figure, Tier
from greenlab.record.jsonable import from_dict, to_dict
from greenlab.record.lines import LineEnergies
from greenlab.record.unit_counts import UnitCount, energy_per_unit

SCHEMA = "greenlab.record/1"

ComponentKind = Literal["cpu", "ram", "gpu"]
KIND_NAMES: Final[dict[str, str]] = {"cpu": "CPU", "ram": "memory", "gpu": "GPU"}
"""Their names in running text."""
COMPONENT_KINDS: Final[tuple[ComponentKind, ...]] = ("cpu", "ram", "gpu")
"""In the order in which they are shown."""

_IN_PARENT: Final = ""
"""No record's id: `counted_in` was not given."""

RecordKind = Literal["cell", "span", "between"]
Scope = Literal["process", "host", "active"]
Status = Literal["ok", "error", "interrupted"]


@dataclass(frozen=True, slots=True)
class Component:
    """One device's part. Energies in joules.

    `energy_j` is this cell's share under the record's scope; `host_energy_j` the whole
    device in the same window; `active_j` and `idle_j` the cell's share of what work added
    and of the device's idle power.
    """

    kind: ComponentKind
    device: str
    source: str
    energy_j: Figure
    host_energy_j: Figure
    active_j: Figure
    idle_j: Figure


@dataclass(frozen=True, slots=True)
class Intensity:
    """Grams of CO2e per kilowatt-hour of electricity, and whose figure that is.

    `tier` is `modelled` for a published figure of a zone the user named, `assumed` for a
    zone that was guessed; `guess` then says from what. `reason` says why a value is missing.
    `instead_of`: the zone that a record had at first, made before the user's setting was known.
    """

    value: float | None
    zone: str
    zone_name: str
    source: str
    year: int | None
    tier: Tier
    kind: Literal["average", "marginal"] = "average"
    basis: Literal["lifecycle", "direct"] = "lifecycle"
    unit: str = "gCO2e/kWh"
    guess: str | None = None
    reason: str | None = None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """One of the runs of `%%energy -r N`."""

    duration_s: float
    energy_j: Figure


@dataclass(frozen=True, slots=True)
class BackgroundUse:
    """What Python threads that were there before a window used in it: CPU seconds.

    They are in the record's `cpu_s`, and their joules in its energy. `low_s`: by threads that
    surely worked on something of their own; `high_s`: by these and by those that may have
    worked for this cell, as a pool's do. `record_id`, `execution_count`: of the cell that
    started the threads; `None` where that was not seen.
    """

    low_s: float
    high_s: float
    record_id: str | None
    execution_count: int | None


@dataclass(frozen=True, slots=True)
class CellRecord:
    """What one cell (or span, or the time between two cells) used and emitted.

    Energies in joules, emissions in grams of CO2e, times in seconds.
    `kind`: `cell`; `span` for `measure()` and `%energy`; `between` for the kernel's time
    between two cells. `name`: of a span; `proof` for time between cells in which one ran.
    `parent_id`: the record that this one belongs to; it only groups. `counted_in`: the record
    whose energy already holds this one's, `None` where no other does: totals count what is
    counted in nothing else that they hold. Where it is not given it is the parent, as in
    records from before there was the field. `counted_elsewhere`: the part of its time, 0 to 1,
    that is in other records where these do not contain all of it: totals count the rest.
    `scope`: what `energy_j` counts, see the docs on scopes.
    `cpu_s`: CPU seconds of the kernel, its threads and children. `gpu_busy`: mean
    utilisation of the kernel's GPUs, 0 to 1. `background`: what threads of earlier cells used
    meanwhile; `None` where the system does not report. `async_tail`: whether the kernel's own
    GPU work was seen to go on after the end, where its energy counts in what follows; `None`
    where that was not asked or could not be known. `lines`: the energy by source line, `None`
    where it was not sampled; the ledger keeps it only where the user asked for it. `work`: what
    was counted in it, such as tokens.
    """

    id: str
    kernel_id: str
    host: str
    notebook: str | None
    cell_id: str | None
    execution_count: int | None
    source_hash: str | None
    name: str | None
    started_at: str
    duration_s: float
    status: Status
    energy_j: Figure
    host_energy_j: Figure
    components: tuple[Component, ...]
    emissions_g: Figure
    intensity: Intensity
    cpu_s: float | None = None
    gpu_busy: float | None = None
    scope: Scope = "process"
    pue: float = 1.0
    kind: RecordKind = "cell"
    parent_id: str | None = None
    counted_in: str | None = _IN_PARENT
    counted_elsewhere: float = 0.0
    repeats: tuple[Repeat, ...] = ()
    background: tuple[BackgroundUse, ...] | None = None
    async_tail: bool | None = None
    lines: LineEnergies | None = None
    work: tuple[UnitCount, ...] = ()
    schema: str = SCHEMA

    def __post_init__(self) -> None:
        if self.counted_in == _IN_PARENT:
            object.__setattr__(self, "counted_in", self.parent_id)

    def energy_per(self, unit: str) -> Figure:
        """Joules per unit that was counted: `record.energy_per("token")`. Missing, with the
        reason, where none was.
        """
        return energy_per_unit(self.work, unit, self.energy_j)

    def __repr__(self) -> str:
        from greenlab.record import display

        return f"<CellRecord {display.line(self)}>"

    def _repr_html_(self) -> str:
        from greenlab.record import display

        return display.html(self)

    def to_dict(self) -> dict[str, Any]:
        """This record as JSON-ready data."""
        data: dict[str, Any] = to_dict(self)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CellRecord:
        """The record that `to_dict` gave.

        Raises:
            ValueError: the data is not a `greenlab.record/1`.
        """
        if data.get("schema") != SCHEMA:
            raise ValueError(f"expected schema {SCHEMA}, got {data.get('schema')!r}")
        return from_dict(cls, data)
