"""Makes records of closed windows, at once or at the next flush, and again as they settle."""

from __future__ import annotations

import os
import platform
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from greenlab import settings
from greenlab.lines import Sampler
from greenlab.meter import Meter
from greenlab.session.between_cells import SHORTEST_GAP_S, Gaps, TimeBetweenCells
from greenlab.session.open_window import OpenWindow
from greenlab.session.published_records import PublishedRecords
from greenlab.session.sampled_lines import lines_of
from greenlab.session.thread_origins import Origins
from greenlab.session.window_record import Surroundings, make_record, writable

if TYPE_CHECKING:
    from greenlab.ledger import Ledger
    from greenlab.meter.measurement import Measurement
    from greenlab.meter.window import Window
    from greenlab.record import CellRecord, Intensity
    from greenlab.record.cell import Status


class RecordMaking(PublishedRecords):
    """Makes the records of windows that are closed, and of the times between cells.

    `_unfinished`: closed windows in line for the next `flush`, and who gets their records.
    `_forks`: see `OpenWindow.forks`.
    """

    def __init__(self, meter: Meter | None, ledger: Ledger | None, zone: str) -> None:
        self.kernel_id = uuid.uuid4().hex
        self.host: Final = writable(platform.node()) or "unknown"
        self.meter: Final = meter if meter is not None else Meter()
        super().__init__(ledger, zone)
        self.pue: Final = settings.PUE.number
        self.notebook: Callable[[], str | None] = lambda: os.environ.get("JPY_SESSION_NAME")
        self.lines: Final = Sampler(self.meter)
        self.gaps: Final = Gaps(self._nesting.weighed)
        self._forks = 0
        self._origins = Origins()
        self._unfinished: deque[tuple[OpenWindow, Status, Callable[[CellRecord], object]]] = (
            deque()
        )
        self.meter.on_settled = self._settle

    def renew(self) -> None:
        """After a fork."""
        self._forks += 1
        self.gaps.renew()
        super().renew()

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

    def so_far(self, weighing: OpenWindow, part: Measurement) -> CellRecord:
        """A part of an open window, as a record that is not published. Its units of work are
        those of the whole window, and not in it.
        """
        return replace(self._record(weighing, part, "ok", self.intensity), work=())

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

    def _record(
        self, weighing: OpenWindow, measurement: Measurement, status: Status, grid: Intensity
    ) -> CellRecord:
        notebook = self._tried(self.notebook)
        around = Surroundings(self.kernel_id, self.host, notebook, grid, self.pue)
        lines = self._tried(partial(lines_of, weighing, measurement, self._cell_id))
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
            self._publish_again(self._record(weighing, measurement, status, grid))
