"""Totals of two sources, without access to their records."""

from __future__ import annotations

from greenlab.record.figure import Figure
from greenlab.record.figure_sum import SOME_CELLS, total
from greenlab.record.messages import Totals
from greenlab.record.unit_counts import add_up


def mixed(*bases: str) -> Figure:
    """The sum of grams that rest on different kinds of grid figures."""
    listed = f" ({', '.join(bases)})" if bases else ""
    return Figure.missing(
        f"figures that do not add up{listed}: keep to one zone, as by notebook or date"
    )


def _holds_any(totals: Totals) -> bool:
    return bool(totals.by_kind) or totals.duration_s > 0


def plus(one: Totals, other: Totals) -> Totals:
    """Totals of all that two have, without asking their records: by `total`'s rules."""
    if not _holds_any(one) or not _holds_any(other):
        return other if _holds_any(other) else one

    def both(first: Figure | None, second: Figure | None) -> Figure | None:
        known = [(SOME_CELLS, figure) for figure in (first, second) if figure is not None]
        return total(known) if known else None

    kinds = dict.fromkeys((*one.by_kind, *other.by_kind))
    grams = one.emissions_g
    if grams.value is not None or one.energy_j.value is None:
        grams = total([(SOME_CELLS, grams), (SOME_CELLS, other.emissions_g)])
    return Totals(
        total([(SOME_CELLS, one.energy_j), (SOME_CELLS, other.energy_j)]),
        grams,
        {
            kind: figure
            for kind in kinds
            if (figure := both(one.by_kind.get(kind), other.by_kind.get(kind))) is not None
        },
        one.cells + other.cells,
        one.duration_s + other.duration_s,
        both(one.between_j, other.between_j),
        _active(one.active_j, other.active_j),
        add_up([*one.work, *other.work]),
    )


def _active(one: Figure | None, other: Figure | None) -> Figure | None:
    """The sum, which lacks what one of them does not know."""
    if one is None and other is None:
        return None
    unknown = Figure.missing("what work added is not known")
    return total([(SOME_CELLS, one or unknown), (SOME_CELLS, other or unknown)])
