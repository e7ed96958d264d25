"""The runs that no page is sent as records any more: summed up by cell, and over time."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from greenlab.record import CellRecord
from greenlab.record.active_energy import active, active_by_kind
from greenlab.record.cell import KIND_NAMES, ComponentKind, RecordKind
from greenlab.record.figure_sum import FigureSum
from greenlab.record.messages import Curve, EarlierRuns
from greenlab.record.record_addends import counted
from greenlab.record.tally import RecordTally
from greenlab.session.open_window import utc

ROWS: Final = 1000
"""Rows kept. Beyond, the lightest of a kind are put together, so that memory is bounded."""

POINTS: Final = 256
"""Points of the curve: more are not seen in a chart of a few hundred pixels."""


@dataclass(slots=True, repr=False, eq=False)
class _Row:
    """The runs of one cell, span or gap; see `EarlierRuns`."""

    latest: CellRecord
    runs: int = 0
    tally: RecordTally = field(default_factory=RecordTally)
    active: FigureSum = field(default_factory=lambda: FigureSum("no run yet"))
    active_by_kind: dict[ComponentKind, FigureSum] = field(default_factory=dict)
    proofs: FigureSum = field(default_factory=lambda: FigureSum("no proof ran"))
    lost_j: float | None = None
    lost_of_code_j: float = 0.0
    first_j: float | None = None
    later_sum_j: float = 0.0
    later_runs: int = 0
    peak_j: float | None = None
    peak_at: str | None = None
    background: set[int] = field(default_factory=set)
    async_tail: bool = False

    def add(self, record: CellRecord) -> None:
        """The next run."""
        if record.source_hash != self.latest.source_hash:
            self.first_j, self.later_sum_j, self.later_runs = None, 0.0, 0
            self.lost_of_code_j = 0.0
        self.latest = record
        self.runs += 1
        self.tally.add(record)
        if record.kind == "between" and record.name is not None:
            self.proofs.add(record.energy_j)
        for part in record.background or ():
            if part.low_s > 0.0:
                self.background.add(part.execution_count or 0)
        self.async_tail = self.async_tail or bool(record.async_tail)
        added = active(record)
        self.active.add(added)
        for kind, figure in active_by_kind(record).items():
            self._of_kind(kind).add(figure)
        added_j = added.value
        if added_j is None:
            return
        if self.peak_j is None or added_j > self.peak_j:
            self.peak_j, self.peak_at = added_j, utc(_end_of(record))
        if record.status != "ok":
            self.lost_j = (self.lost_j or 0.0) + added_j
            self.lost_of_code_j += added_j
        elif self.first_j is None:
            self.first_j = added_j
        else:
            self.later_sum_j += added_j
            self.later_runs += 1

    def merge(self, other: _Row) -> None:
        """Take in another row: this one is then nobody's in particular."""
        self.latest = _nobody(self.latest)
        self.runs += other.runs
        self.tally.merge(other.tally)
        self.active.merge(other.active)
        for kind, tally in other.active_by_kind.items():
            self._of_kind(kind).merge(tally)
        self.proofs.merge(other.proofs)
        if other.lost_j is not None:
            self.lost_j = (self.lost_j or 0.0) + other.lost_j
        self.first_j, self.later_sum_j, self.later_runs = None, 0.0, 0
        self.background |= other.background
        self.async_tail = self.async_tail or other.async_tail

    def _of_kind(self, kind: ComponentKind) -> FigureSum:
        return self.active_by_kind.setdefault(kind, FigureSum(f"no {kind} figure yet"))

    @property
    def summary(self) -> EarlierRuns:
        """As a page gets it."""
        latest, proofs = self.latest, self.proofs.figure
        return EarlierRuns(
            latest.kind,
            latest.cell_id,
            latest.execution_count,
            latest.name if latest.kind != "between" else None,
            latest.source_hash,
            latest.status,
            self.runs,
            self.tally.totals,
            self.active.figure,
            {kind: tally.figure for kind, tally in self.active_by_kind.items()},
            (self.first_j or 0.0) + self.later_sum_j + self.lost_of_code_j,
            latest.energy_j,
            latest.emissions_g,
            latest.duration_s,
            self.lost_j,
            self.first_j,
            self.later_sum_j / self.later_runs if self.later_runs else None,
            self.later_runs,
            self.peak_j,
            self.peak_at,
            proofs if proofs.value is not None else None,
            tuple(sorted(self.background)),
            self.async_tail,
        )


class Earlier:
    """Sums of the records that were added, in memory bounded by `ROWS` and `POINTS`.

    Records inside another one are part of it, and passed over. Not locked: its session is.
    """

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._sums: dict[str, float] = {}
        self._points: list[tuple[float, dict[str, float]]] = []
        self._stride = 1
        self._skipped = 0

    def add(self, record: CellRecord) -> None:
        """The record that comes next in time."""
        if record.counted_in is not None:
            return
        key = key_of(record)
        if key not in self._rows:
            self._make_room(record.kind)
            self._rows[key] = _Row(record)
        self._rows[key].add(record)
        self._draw(record)

    def replace(self, first: CellRecord, settled: CellRecord) -> None:
        """Another form of a record that was added, as with another grid's grams."""
        row = self._rows.get(key_of(first))
        if row is not None and first.counted_in is None:
            row.tally.add(first, -1)
            row.tally.add(settled)
            row.active.add(active(first), -1)
            row.active.add(active(settled))
            for kind, figure in active_by_kind(first).items():
                row._of_kind(kind).add(figure, -1)
            for kind, figure in active_by_kind(settled).items():
                row._of_kind(kind).add(figure)

    def including(self, records: tuple[CellRecord, ...]) -> Earlier:
        """These sums with more records in them; they themselves stay as they are."""
        other = Earlier()
        other._rows = dict(self._rows)
        other._sums, other._points = dict(self._sums), list(self._points)
        other._stride, other._skipped = self._stride, self._skipped
        for key in {key_of(record) for record in records} & other._rows.keys():
            other._rows[key] = deepcopy(other._rows[key])
        for record in records:
            other.add(record)
        return other

    @property
    def rows(self) -> tuple[EarlierRuns, ...]:
        """One for each cell, span name and kind of gap."""
        return tuple(row.summary for row in self._rows.values())

    def heaviest(self, most: int) -> tuple[EarlierRuns, ...]:
        """The heaviest rows of cells and spans, and that of the time between."""
        work = [row for row in self._rows.values() if row.latest.kind != "between"]
        work.sort(key=lambda row: row.active.figure.value or 0.0, reverse=True)
        rest = [row for row in self._rows.values() if row.latest.kind == "between"]
        return tuple(row.summary for row in work[:most] + rest)

    @property
    def curve(self) -> Curve:
        """The energy summed up over time; its last point holds all of it."""
        kinds = [kind for kind in KIND_NAMES if kind in self._sums]
        return Curve(
            tuple(at for at, _ in self._points),
            {kind: tuple(sums.get(kind, 0.0) for _, sums in self._points) for kind in kinds},
        )

    def _make_room(self, kind: RecordKind) -> None:
        """Where there are too many rows, the lightest of this kind joins other light ones."""
        if len(self._rows) < ROWS:
            return
        others = f"other {kind}"
        alike = [key for key, row in self._rows.items() if row.latest.kind == kind]
        light = min(
            (key for key in alike if key != others),
            key=lambda key: self._rows[key].active.figure.value or 0.0,
            default=None,
        )
        if light is None:
            return
        row = self._rows.pop(light)
        if others not in self._rows:
            self._rows[others] = _Row(_nobody(row.latest))
        self._rows[others].merge(row)

    def _draw(self, record: CellRecord) -> None:
        if not self._points:
            self._points.append((_start_of(record), {}))
        for part in counted(record).components:
            value = part.energy_j.value
            if value is not None:
                self._sums[part.kind] = self._sums.get(part.kind, 0.0) + value
        last = self._points[-1][0]
        point = (max(_end_of(record), last), dict(self._sums))
        self._skipped += 1
        if self._skipped < self._stride and len(self._points) > 1:
            self._points[-1] = point  # the last one holds all of it
            return
        self._skipped = 0
        self._points.append(point)
        if len(self._points) > POINTS:
            self._points = [self._points[0], *self._points[2::2]]
            self._stride *= 2


def key_of(record: CellRecord) -> str:
    """Which row a record belongs to, as `keyOf` in `src/model/ranking.ts`."""
    if record.kind == "between":
        return "between"
    if record.kind == "span":
        return f"span {record.name or record.cell_id or record.id}"
    return f"cell {record.cell_id or record.source_hash or record.id}"


def _nobody(record: CellRecord) -> CellRecord:
    return replace(record, cell_id=None, execution_count=None, name=None, source_hash=None)


def _start_of(record: CellRecord) -> float:
    return datetime.fromisoformat(record.started_at).timestamp()


def _end_of(record: CellRecord) -> float:
    return _start_of(record) + record.duration_s
