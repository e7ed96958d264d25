"""Write records as JSON straight from the ledger, without parsing: for exports of a million."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from greenlab.ledger.json_templates import Hole, Template
from greenlab.record import CellRecord, Figure, total

Cell = Hole | tuple[Hole, ...] | str | float | bool | None
"""Of a table: where its value is, the holes that it is the sum of, or what it always is."""

_NOTHING: Final[tuple[Cell, ...]] = (None, None, None, None)


@dataclass(slots=True)  # not frozen, which would take three times as long for a million
class Stored:
    """A record's template and its values, each as JSON."""

    template: Template
    values: list[str]

    @property
    def json(self) -> str:
        """The record's JSON."""
        return self.template.fill(self.values)

    @property
    def record(self) -> CellRecord:
        """The record.

        Raises:
            ValueError: it is no `greenlab.record/1`.
        """
        return CellRecord.from_dict(json.loads(self.json))

    def text(self, cell: Cell) -> str | None:
        """What a cell holds, where that is a text or nothing."""
        value = plain(self.values[cell.number]) if isinstance(cell, Hole) else cell
        return value if isinstance(value, str) else None

    def number(self, cell: Cell) -> float | None:
        """What a cell holds, where that is a number or nothing."""
        if isinstance(cell, tuple):
            return sum(float(self.values[hole.number]) for hole in cell)
        value = self.values[cell.number] if isinstance(cell, Hole) else cell
        return None if value in (None, "null") else float(value)


def plain(value: str) -> Any:
    """A value out of its JSON: most are texts without anything to be unescaped."""
    if value[0] == '"' and "\\" not in value:
        return value[1:-1]
    return None if value == "null" else json.loads(value)


def figure_cells(figure: dict[str, Any] | None) -> tuple[Cell, ...]:
    """The cells of a figure's value, bounds and tier."""
    if figure is None:
        return _NOTHING
    return tuple(figure[name] for name in ("value", "low", "high", "tier"))


def kind_cells(template: Template, kind: str) -> tuple[Cell, ...]:
    """The same for the sum over devices of a kind, as `record.total` adds them up."""
    parts = [
        (one["device"], one["energy_j"])
        for one in template.data["components"]
        if one["kind"] == kind
    ]
    if not parts:
        return _NOTHING
    summed = total((device, _without_numbers(figure)) for device, figure in parts)
    if summed.value is None:
        return None, None, None, summed.tier
    known = [figure for _, figure in parts if figure["value"] is not None]
    value, low = (_sum(one[name] for one in known) for name in ("value", "low"))
    high = None if summed.high is None else _sum(one["high"] for one in known)
    return value, low, high, summed.tier


def _without_numbers(figure: dict[str, Any]) -> Figure:
    """The figure with zeros: how it adds up does not depend on them."""
    value, low, high = (
        None if figure[name] is None else 0.0 for name in ("value", "low", "high")
    )
    lacks = tuple(figure.get("lacks") or ())
    return Figure(value, low, high, figure["level"], figure["tier"], None, lacks)


def _sum(cells: Iterable[Hole | None]) -> Cell:
    holes = tuple(one for one in cells if one is not None)
    return holes[0] if len(holes) == 1 else holes or 0.0
