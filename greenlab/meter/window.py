"""A stretch of time that is being weighed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import ref

from greenlab.meter.bounds import Reading
from greenlab.meter.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greenlab.meter.attribution.cpu_time import CpuSnapshot
    from greenlab.meter.attribution.host_busy import BusySnapshot
    from greenlab.meter.counter_reader import Tracker


class Moment(NamedTuple):
    """Everything that is read at one end of a window. `at`: monotonic seconds; `wall`:
    seconds since the epoch; `slept`: how long the machine has slept so far; `busy`: `None`
    while it is left for later; `threads`: CPU seconds of the user's threads.
    """

    at: float
    wall: float
    slept: float
    cpu: CpuSnapshot
    busy: BusySnapshot | None
    readings: Mapping[Tracker, Reading]
    threads: dict[int, float] = {}  # noqa: RUF012  never changed

    def reading(self, tracker: Tracker) -> Reading:
        """A counter's own reading; one without energy if it was not among those read."""
        found = self.readings.get(tracker)
        if found is not None:
            return found
        reason = f"{tracker.counter.device}: it could be read only at one end of this window"
        return Reading(self.at, self.at, None, 0, reason)


class Window:
    """Opened by `Meter.start`, closed by `Meter.stop`. Windows may nest and overlap.

    `gap`: the end of the window before, if none was open in between. `measured`: its figures
    were asked for once. `precise`: its ends are at updates of the counters. `timeline`: what
    was read in between, `None` if nothing was.
    """

    __slots__ = ("__weakref__", "begin", "end", "gap", "measured", "precise", "timeline")

    def __init__(
        self, begin: Moment, gap: Moment | None = None, *, precise: bool = False
    ) -> None:
        self.begin = begin
        self.gap = gap
        self.precise = precise
        self.end: Moment | None = None
        self.measured = False
        self.timeline: Timeline | None = None

    @property
    def started_at(self) -> float:
        """Seconds since the epoch."""
        return self.begin.wall

    @property
    def length_s(self) -> float:
        """Seconds; 0 while it is open."""
        return 0.0 if self.end is None else self.end.at - self.begin.at


class OpenWindows:
    """Those of a meter that are open; false if there is none. Not locked: the meter is.

    Held weakly: a window whose opener was interrupted, or forgot it, is not open for ever.
    """

    def __init__(self) -> None:
        self._refs: set[ref[Window]] = set()

    def __bool__(self) -> bool:
        if self._refs:
            self._refs = {one for one in self._refs if one() is not None}
        return bool(self._refs)

    def add(self, window: Window) -> None:
        """It has been opened."""
        self._refs.add(ref(window))

    def discard(self, window: Window) -> None:
        """It is closed."""
        self._refs.discard(ref(window))

    def clear(self) -> None:
        """None is open any more."""
        self._refs.clear()

    def note(self, readings: Mapping[Tracker, Reading]) -> None:
        """Points for the timeline of each."""
        if not readings:
            return
        for one in self._refs:
            window = one()
            if window is None:
                continue
            if window.timeline is None:
                window.timeline = Timeline(window.begin.readings)
            window.timeline.add(readings)
