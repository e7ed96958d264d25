"""What one process weighs: the meter, the grid and the ledger put together into records."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import platform
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from weakref import ref

from greenlab import carbon, settings
from greenlab.host.clocks import Clocks
from greenlab.host.forks import renew_after_fork
from greenlab.ledger import Ledger
from greenlab.lines import Sampler
from greenlab.meter import Meter
from greenlab.meter.window import Window
from greenlab.record import CellRecord, Intensity
from greenlab.record.cell import RecordKind, Scope, Status
from greenlab.session.between_cells import SHORTEST_GAP_S, Gaps, TimeBetweenCells
from greenlab.session.faults import Faults
from greenlab.session.grids_used import figure_of
from greenlab.session.nesting import Nesting
from greenlab.session.open_window import OpenWindow, enclosing
from greenlab.session.past_records import PastRecords
from greenlab.session.recording import Surroundings, make_record, writable
from greenlab.session.sampled_lines import LinesWanted, lines_of, stored
from greenlab.session.thread_origins import Origins
from greenlab.session.work_counts import MOST_UNITS, Counts, OpenCounts, count_in

if TYPE_CHECKING:
    from greenlab.meter.measurement import Measurement
    from greenlab.record import Figure

log = logging.getLogger(__name__)

T = TypeVar("T")


class Session(PastRecords):
    """Weighs cells and spans of this process, keeps their totals, tells listeners.

    `listeners` are called with each record that is new or has settled, on the thread that
    closed it. All methods may be called from any thread.
    """

    def __init__(
        self, meter: Meter | None = None, ledger: Ledger | None = None, zone: str = ""
    ) -> None:
        self.kernel_id = uuid.uuid4().hex
        self.host: Final = writable(platform.node()) or "unknown"
        self.meter: Final = meter if meter is not None else Meter()
        self.ledger = ledger if ledger is not None else Ledger()
        self.lines: Final = Sampler(self.meter)
        self.zone = zone
        self.intensity: Intensity = figure_of(zone)
        super().__init__(self.intensity)
        self.pue: Final = settings.PUE.number
        self._setting_problems: Final = settings.problems()
        self.notebook: Callable[[], str | None] = lambda: os.environ.get("JPY_SESSION_NAME")
        self.listeners: list[Callable[[CellRecord], None]] = []
        self._nesting: Final = Nesting()
        self._open: Final = OpenCounts()
        self.gaps: Final = Gaps(self._nesting.weighed)
        self._forks = 0
        self._make_anew()
        renew_after_fork(self)
        self._origins = Origins()
        self._unfinished: deque[tuple[OpenWindow, Status, Callable[[CellRecord], object]]] = (
            deque()
        )
        # Weak: a cell whose begin was interrupted is never closed, and not open for ever.
        self._cells: list[ref[OpenWindow]] = []
        self._faults: Final = Faults()
        self.meter.on_settled = self._settle

    def renew(self) -> None:
        """After a fork: whoever held the lock is not in the child, whose ids are its own."""
        self._forks += 1
        if self.listeners:  # the front end is the parent's: it warns, and the child cannot send
            self._faults.were_said(self.warnings())
            self.listeners.clear()
        self.gaps.renew()
        self._nesting.renew()
        self._open.renew()
        self._make_anew()

    def _make_anew(self) -> None:
        self._lock = threading.RLock()
        # The system is asked for chance once: a cell would wait for it.
        self._ids = map(f"{uuid.uuid4().hex[:20]}{{:012x}}".format, itertools.count())

    # Weighing.

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

    def flush(self) -> None:
        """Finish the records of windows that are closed. Whoever looks back calls it first."""
        while self.gaps.ended or self._unfinished:
            try:
                if self.gaps.ended:
                    self._tried(partial(self._weigh_gap, self.gaps.ended.popleft()))
                    continue
                # It stays in line until its record is made, which an interrupt may put off.
                left = self._unfinished[0]
            except IndexError:  # another thread was quicker
                return
            if left[0].publisher == threading.get_ident():
                return  # a listener looks back: its own record is on its way
            self._finish_left(*left)

    def _finish_left(
        self, weighing: OpenWindow, status: Status, then: Callable[[CellRecord], object]
    ) -> None:
        """Make the record of a window that was closed before."""
        record = self._tried(partial(self._finish, weighing, status))
        try:
            self._unfinished.remove((weighing, status, then))
        except ValueError:  # another thread was quicker
            return
        if record is not None:
            self._tried(partial(then, record))

    def _tried(self, step: Callable[[], T]) -> T | None:
        """Do it. Where it fails that is noted: it is not the fault of who looks back."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001
            self.note_trouble(error)
            return None

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

    def _weigh_gap(self, gap: TimeBetweenCells) -> None:
        """The kernel's time from one cell to the next, as a record to be finished first."""
        window = self.meter.gap(gap.before, gap.after)
        if window is None or window.length_s < SHORTEST_GAP_S:
            return
        weighing = OpenWindow(
            gap.record_id, window, "between", name=gap.name, forks=self._forks
        )
        self._nesting.between(weighing, gap)
        self._unfinished.appendleft((weighing, "ok", lambda _record: None))

    def _finish(self, weighing: OpenWindow, status: Status) -> CellRecord:
        late = weighing.kind != "between"  # a counter's next update is long past
        with self._lock:  # to the end: a settled record comes after its first form
            if weighing.record is None:
                measurement = self.meter.stop(weighing.window, weighing.scope, settle=late)
                weighing.background = self._origins.background(weighing, measurement.threads)
                self._origins.note(weighing, measurement.threads)
                grid = self.intensity
                record = self._record(weighing, measurement, status, grid)
                self._closed.append((weighing.window, weighing, status, grid))
                self._grids.note(record)
                self._history.add(record)
                weighing.record = record
            if not weighing.published:
                weighing.publisher = threading.get_ident()
                try:
                    self._publish(weighing.record)
                    weighing.published = True
                finally:
                    weighing.publisher = None
            return weighing.record

    @property
    def running(self) -> OpenWindow | None:
        """The cell that runs now; of several, in subshells, the one begun last."""
        cells = [cell for one in self._cells if (cell := one()) is not None]
        return cells[-1] if cells else None

    def so_far(self, weighing: OpenWindow, part: Measurement) -> CellRecord:
        """A part of an open window, as a record that is not published. Its units of work are
        those of the whole window, and not in it.
        """
        return replace(self._record(weighing, part, "ok", self.intensity), work=())

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
                settled = replace(first, work=holder.counts.work)
                self._publish(self._history.settle(settled))

    def warnings(self) -> tuple[str, ...]:
        """Sentences the user should see: what is wrong and what fixes it."""
        grid = self.intensity.reason if self.intensity.value is None else None
        known = (self.ledger.warning, *self._setting_problems, grid, self._faults.latest)
        return tuple(text for text in known if text)

    def note_trouble(self, error: BaseException) -> None:
        """Keep a fault of greenlab's own out of the user's cells, and in sight."""
        with contextlib.suppress(Exception):
            self._faults.note(error)
            if not self.listeners:
                self._faults.log(self.warnings())

    # Settings and the end.

    def set_zone(self, zone: str, *, from_the_start: bool = False) -> None:
        """Use another zone from the next record on; empty means the machine's own.

        `from_the_start`: the setting held all along, and was not known until now. Records at
        hand are made anew with its figure, under their ids, and name the zone that they had.
        """
        if zone == self.zone:
            return
        with self._lock:
            before, self.zone = self.intensity, zone
            self.intensity = figure_of(zone)
            self._grids.change(self.intensity, from_the_start=from_the_start)
            if not from_the_start or self.intensity == before:
                return
            right = replace(self.intensity, instead_of=before.zone)
            for index, (window, weighing, status, grid) in enumerate(self._closed):
                if grid == before:
                    self._closed[index] = (window, weighing, status, right)
            for record in tuple(self._history.recent):
                if record.intensity == before:
                    grams = carbon.emissions(record.energy_j, right, record.pue)
                    corrected = replace(record, intensity=right, emissions_g=grams)
                    self._publish(self._history.settle(corrected))

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

    def _record(
        self, weighing: OpenWindow, measurement: Measurement, status: Status, grid: Intensity
    ) -> CellRecord:
        notebook = self._tried(self.notebook)
        around = Surroundings(self.kernel_id, self.host, notebook, grid, self.pue)
        lines = self._tried(partial(lines_of, self.lines, weighing, measurement, self._cell_id))
        return make_record(around, weighing, measurement, status, lines)

    def _cell_id(self, execution_count: int) -> str | None:
        """Of an earlier cell of this process."""
        for one in reversed(self._history.recent):
            if one.kind == "cell" and one.execution_count == execution_count:
                return one.cell_id
        return None

    def _settle(self, window: Window, measurement: Measurement) -> None:
        """A slow counter moved, or another stalled: replace the record everywhere."""
        self._tried(partial(self._replace, window, measurement))

    def _replace(self, window: Window, measurement: Measurement) -> None:
        with self._lock:
            entry = next((one for one in self._closed if one[0] is window), None)
            if entry is None:
                return
            weighing, status, grid = entry[1:]
            settled = self._record(weighing, measurement, status, grid)
            self._publish(self._history.settle(settled))

    def _publish(self, record: CellRecord) -> None:
        self._tried(partial(self.ledger.add, self._nesting.as_stored(stored(record))))
        if not self.listeners:  # a script: no front end shows what is wrong
            self._tried(lambda: self._faults.log(self.warnings()))
        for listener in tuple(self.listeners):
            self._tried(partial(listener, record))
