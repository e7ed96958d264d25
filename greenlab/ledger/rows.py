"""A record as a row, and rows summed up again as figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from greenlab.record import CellRecord, Figure, total
from greenlab.record.figure import TIERS
from greenlab.record.messages import Totals
from greenlab.record.tally import counted

KINDS: Final = ("cpu", "ram", "gpu")
QUANTITIES: Final = ("energy", "emissions", *KINDS)
_PARTS: Final = (
    "value REAL",
    "low REAL",
    "high REAL",
    "level REAL",
    "tier INTEGER",
    "note TEXT",
)

COLUMNS: Final = (
    "id TEXT PRIMARY KEY",
    "kernel_id TEXT NOT NULL",
    "notebook TEXT",
    "started REAL NOT NULL",  # seconds since the epoch
    "duration_s REAL NOT NULL",
    "kind TEXT NOT NULL",
    "parent_id TEXT",
    "basis TEXT",  # "average lifecycle": only grams of one basis add up
    *(f"{quantity}_{part}" for quantity in QUANTITIES for part in _PARTS),
    "record TEXT NOT NULL",  # the whole record as JSON; what precedes is there to be summed
)
INSERT_VALUES: Final = f"VALUES ({', '.join('?' * len(COLUMNS))})"

SPAN: Final = "MIN(started), MAX(started + duration_s)"
"""From the first record's begin to the last one's end."""

_MOST_REASONS: Final = 5


def row(record: CellRecord) -> tuple[Any, ...]:
    """The columns of one record."""
    intensity, summed = record.intensity, counted(record)
    figures = [summed.energy_j, summed.emissions_g]
    cells: list[Any] = []
    for figure in figures:
        cells += _cells(figure)
    for kind in KINDS:
        parts = [(c.device, c.energy_j) for c in summed.components if c.kind == kind]
        cells += _cells(total(parts)) if parts else [None] * len(_PARTS)
    return (
        record.id,
        record.kernel_id,
        record.notebook,
        seconds(record.started_at),
        record.duration_s,
        record.kind,
        record.parent_id,
        None if record.emissions_g.value is None else f"{intensity.kind} {intensity.basis}",
        *cells,
        json.dumps(record.to_dict(), separators=(",", ":"), allow_nan=False),
    )


def seconds(iso: str) -> float:
    """Seconds since the epoch of an ISO 8601 time; without an offset it is UTC.

    Raises:
        ValueError: the text is not such a time.
    """
    moment = datetime.fromisoformat(iso)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def sums() -> str:
    """The SQL expressions that `totals` reads, over any set of rows."""
    expressions = [
        "count(*) FILTER (WHERE kind = 'cell')",
        "total(duration_s)",
        "group_concat(DISTINCT basis)",
        *(_sum(quantity) for quantity in QUANTITIES),
        _sum("energy", "kind = 'between'"),
    ]
    return ", ".join(expressions)


def _sum(quantity: str, only: str = "1") -> str:
    """The expressions that `_figure` reads: one quantity, over the rows where `only` holds."""
    q, known = quantity, f"{quantity}_value IS NOT NULL"
    return ", ".join(
        f"{expression} FILTER (WHERE {only})"
        for expression in (
            f"count({q}_tier)",
            f"count({q}_value)",
            f"count({q}_high)",
            f"total({q}_value)",
            f"total({q}_low)",
            f"total({q}_high)",
            f"min(CASE WHEN {known} THEN {q}_level END)",
            f"max(CASE WHEN {known} THEN {q}_tier END)",
            f"json_group_array(DISTINCT {q}_note)",
        )
    )


def totals(values: Sequence[Any]) -> Totals:
    """What the expressions of `sums` gave, as figures; as `record.total` would add them up."""
    cells, duration_s, bases, *rest = values
    width = len(rest) // (len(QUANTITIES) + 1)
    *each, between_j = (_figure(*rest[i : i + width]) for i in range(0, len(rest), width))
    figures = dict(zip(QUANTITIES, each, strict=True))
    emissions_g = figures["emissions"] or _NONE
    if bases and "," in bases:
        emissions_g = Figure.missing(
            f"these records rest on figures that do not add up ({bases.replace(',', ', ')}): "
            "narrow the choice to one zone by notebook or date"
        )
    return Totals(
        energy_j=figures["energy"] or _NONE,
        emissions_g=emissions_g,
        by_kind={kind: figure for kind in KINDS if (figure := figures[kind]) is not None},
        cells=cells,
        duration_s=duration_s,
        between_j=between_j if between_j and between_j.value is not None else None,
    )


def read(text: str) -> CellRecord:
    """The record of a row.

    Raises:
        ValueError: it is not a `greenlab.record/1`.
    """
    return CellRecord.from_dict(json.loads(text))


_NONE: Final = Figure.missing("no records")


def _cells(figure: Figure) -> tuple[Any, ...]:
    note = None
    lacks = figure.lacks
    if figure.value is None and not lacks:
        lacks = ("some cells",)
    if figure.reason or lacks:
        note = json.dumps([figure.reason, lacks])
    tier = TIERS.index(figure.tier)
    return figure.value, figure.low, figure.high, figure.level, tier, note


def _figure(  # noqa: PLR0917 - the nine sums of one quantity, as SQL gives them
    count: int,
    known: int,
    bounded: int,
    value: float,
    low: float,
    high: float,
    level: float | None,
    tier: int | None,
    notes: str,
) -> Figure | None:
    """The sum of one quantity; `None` when no row has it."""
    if not count:
        return None
    parsed = [json.loads(note) for note in json.loads(notes) if note is not None]
    lacks = tuple(dict.fromkeys(gap for _, gaps in parsed for gap in gaps))
    reason = _joined(text for text, _ in parsed if text)
    if not known or level is None or tier is None:
        return Figure.missing(reason or "no sensor", lacks)
    closed = known == bounded and not lacks
    return Figure(value, low, high if closed else None, level, TIERS[tier], reason, lacks)


def _joined(reasons: Iterable[str]) -> str | None:
    distinct = list(dict.fromkeys(reasons))
    if len(distinct) > _MOST_REASONS:
        more = len(distinct) - _MOST_REASONS
        distinct = [*distinct[:_MOST_REASONS], f"and {more} more reasons"]
    return "; ".join(distinct) or None
