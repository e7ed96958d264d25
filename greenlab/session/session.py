"""What one process weighs: the meter, the grid and the ledger put together into records."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import ref

from greenlab.host.clocks import Clocks
from greenlab.host.forks import renew_after_fork
from greenlab.meter.window import Window
from greenlab.session.open_window import OpenWindow, enclosing
from greenlab.session.record_making import RecordMaking
from greenlab.session.work_counts import MOST_UNITS, Counts, OpenCounts, count_in

if TYPE_CHECKING:
    from greenlab.ledger import Ledger
    from greenlab.meter import Meter
    from greenlab.record import CellRecord, Figure
    from greenlab.record.cell import RecordKind, Scope, Status
    from greenlab.session.sampled_lines import LinesWanted


class Session(RecordMaking):
    """Weighs cells and spans of this process, keeps their totals, tells listeners.

    `listeners` are called with each record that is new or has settled, on the thread that
    closed it. All methods may be called from any thread.

    Here windows open and close. Its base classes, each of which knows only the next, do the
    rest: `RecordMaking`, `PublishedRecords`, `PastRecords`.
    """

    def __init__(
        self, meter: Meter | None = None, ledger: Ledger | None = None, zone: str = ""
    ) -> None:
        super().__init__(meter, ledger, zone)
        self._ids = _record_ids()
        self._open: Final = OpenCounts()
        # Weak: a cell whose begin was interrupted is never closed, and not open for ever.
        self._cells: list[ref[OpenWindow]] = []
        renew_after_fork(self)

    def renew(self) -> None:
        """After a fork: the child's ids are its own."""
        super().renew()
        self._open.renew()
        self._ids = _record_ids()

    def begin(
        self,
        kind: RecordKind,
        *,
        name: str | None = None,
        scope: Scope = "process",
        cell_id: str | None = None,
        execution_count: int | None = None,
        source_hash: Callable[[], str] | None = None,
        precise: bool = False,
        parent_id: str | None = None,
        lines: LinesWanted | None = None,
    ) -> OpenWindow:
        """Open a window. A span belongs to what encloses it, or to `parent_id`: that groups it,
        and what it is counted in is what holds it all the same.

        `precise` waits for the counters' next update here and at the end. `source_hash` is
        asked for when the record is made. `lines`: whether its lines are asked for, or
        sampled once it has run for a second; `None`: neither.
        """
        around = (enclosing() or self.running) if kind == "span" else None
        around_id = around.id if around is not None else None
        weighing = OpenWindow(
            next(self._ids),
            self.meter.start(precise=precise),
            kind,
            scope,
            name,
            cell_id,
            execution_count,
            source_hash,
            parent_id or around_id,
            counted_in=around_id,
            forks=self._forks,
        )
        at = Clocks.monotonic()
        if kind == "cell":
            self._cells.append(ref(weighing))
            self.gaps.end(weighing.window, at)
        self._nesting.begin(weighing, around, at)
        self._open.opened(weighing)
        if lines is not None:
            weighing.watched = self._tried(partial(lines.watch, self.lines, weighing.window))
        return weighing

    def end(
        self,
        weighing: OpenWindow,
        status: Status,
        before_record: Callable[[], object] | None = None,
    ) -> CellRecord:
        """Close a window: its record is kept in the ledger and sent to the listeners.

        `before_record` is called when the window is closed. Once more for the same one, after
        an interrupt, it goes on where it was.
        """
        self._close(weighing)
        if before_record is not None:
            self._tried(before_record)
        self.flush()
        return self._finish(weighing, status)

    def end_soon(
        self, weighing: OpenWindow, status: Status, then: Callable[[CellRecord], object]
    ) -> None:
        """Close a window now and leave its record, handed to `then`, to the next `flush`."""
        self._close(weighing)
        left = any(one is weighing for one, _, _ in tuple(self._unfinished))
        if weighing.record is None and not left:
            self._unfinished.append((weighing, status, then))

    def _close(self, weighing: OpenWindow) -> None:
        self.meter.end(weighing.window)
        at = Clocks.monotonic()
        if weighing.watched is not None:
            self.lines.leave(weighing.watched)
        if weighing.forks != self._forks:
            # Begun before a fork: the parent's record holds it, and keeps its id.
            weighing.parent_id, weighing.id = weighing.id, next(self._ids)
            weighing.counted_in = weighing.parent_id
            weighing.forks, weighing.begun = self._forks, None
            if weighing.counts is not None and weighing.counts.forks != self._forks:
                weighing.counts = None  # the parent's
        self._nesting.end(weighing, self.gaps, at)
        self._open.closed(weighing)
        if weighing.counts is not None and weighing.counted_in is not None:
            own = weighing.counts.own
            if own:
                self._tried(partial(self._hand_over, own, weighing.counted_in))
        if weighing.kind == "cell":
            self._cells = [one for one in self._cells if one() not in (None, weighing)]
            # While another cell is open, in a subshell, it is no time between cells.
            if not self._cells:
                self.gaps.begin(weighing.window, next(self._ids), at)

    @property
    def running(self) -> OpenWindow | None:
        """The cell that runs now; of several, in subshells, the one begun last."""
        cells = [cell for one in self._cells if (cell := one()) is not None]
        return cells[-1] if cells else None

    def time_since_cell(self) -> OpenWindow | None:
        """The time since the last cell, while none runs: not a record yet."""
        before = self.gaps.before
        if before is None or before.end is None or self.running is not None:
            return None
        window = Window(before.end)
        return OpenWindow("", window, "between", name=self.gaps.name, forks=self._forks)

    def count_units(
        self, unit: str, count: float, energy_j: Figure | None = None
    ) -> str | None:
        """Count units of work in the innermost window around the code that calls, and in those
        around it; why not, where that cannot be done. `energy_j`: what they took.
        """
        weighing = self.counting_in()
        if weighing is None:
            return "no cell is weighed and no greenlab.measure() block is open here"
        if not count_in(weighing, self._forks, unit, count, energy_j):
            return f"there are {MOST_UNITS} other units already"
        if weighing.forks != self._forks:
            return "this process was forked from the one that measures, which does not get it"
        return None

    def counting_in(self) -> OpenWindow | None:
        """The innermost window around the code that calls."""
        return enclosing() or self._open.around(self.running)

    def _hand_over(self, own: dict[str, float], record_id: str) -> None:
        """What was counted in a window that another one holds: sums ask that one alone."""
        closed = (one for _, one, _, _ in tuple(self._closed))
        holder = self._open.named(record_id)
        holder = holder or next((one for one in closed if one.id == record_id), None)
        if holder is None:
            return
        if holder.counts is None:
            holder.counts = Counts(self._forks)
        holder.counts.take_in(own)
        with self._lock:
            if holder.record is not None:
                first = self._history.latest(holder.record)
                self._publish_again(replace(first, work=holder.counts.work))

    def close(self) -> None:
        """Close the counters and the ledger; the time since the last cell is recorded."""
        if self.gaps.open:
            now = self.meter.start()
            self.meter.end(now)
            self.gaps.end(now, Clocks.monotonic())
        self.flush()
        self.meter.wait()
        self.meter.on_settled = None
        self.listeners.clear()
        self.lines.close()
        self.meter.close()
        self._nesting.close()
        self.ledger.close()


def _record_ids() -> Iterator[str]:
    """Ids that no other process has. The system is asked for chance once: a cell would wait."""
    return map(f"{uuid.uuid4().hex[:20]}{{:012x}}".format, itertools.count())
