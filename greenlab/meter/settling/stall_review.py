"""What later readings say of windows that are closed already.

A counter that stops in a window's last second and moves on later shows too little, and at the
window's end nothing tells. Later readings do: the value stands on, or leaps by more than the
device can have drawn meanwhile. The windows that lean on it are then worked out once more.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greenlab.host.host import Host
    from greenlab.meter.bounds import Reading
    from greenlab.meter.counter_reader import Tracker
    from greenlab.meter.estimate import WindowEstimate
    from greenlab.meter.measurement import Measurement
    from greenlab.meter.window import Moment, Window
    from greenlab.record.cell import Scope

KEPT: Final = 16
POLL_S: Final = 0.003
PATIENCE_S: Final = 1.0


class Hindsight:
    """The latest windows and what was said of them. Not locked: its meter is."""

    def __init__(self, trackers: Sequence[Tracker], weighing: WindowEstimate) -> None:
        self._trackers, self._weighing = trackers, weighing
        self._said: deque[tuple[Window, Scope, Measurement]] = deque(maxlen=KEPT)
        self._standstills = 0

    def note(self, window: Window, scope: Scope, said: Measurement) -> None:
        """Keep what was said of a window, in the place of what was said before."""
        for index, (other, _, _) in enumerate(self._said):
            if other is window:
                self._said[index] = window, scope, said
                return
        self._said.append((window, scope, said))

    def review(self) -> list[tuple[Window, Measurement]]:
        """The windows whose figures must change, with the new ones. Costs next to nothing
        where no counter was found to have stalled, or to move less often, since then.
        """
        found = sum(tracker.standstills + tracker.slowed for tracker in self._trackers)
        if found == self._standstills:
            return []
        self._standstills = found
        changed = []
        for index, (window, scope, said) in enumerate(self._said):
            stood = self._stood(window)
            fresh = self._weighing.again(said, window, scope, stood) if stood else said
            if fresh != said:
                self._said[index] = window, scope, fresh
                changed.append((window, fresh))
        return changed

    def _stood(self, window: Window) -> set[Tracker]:
        """The counters that stalled at one of the window's ends, or move less often than
        was thought.
        """
        end = window.end
        assert end is not None
        return {
            tracker
            for tracker, first in window.begin.readings.items()
            if tracker.counter.calibrate
            and (tracker.slowed or tracker.stood(first) or tracker.stood(end.reading(tracker)))
        }


def behind(
    end: Moment, host: Host, read: Callable[[Tracker], Reading]
) -> dict[Tracker, Reading]:
    """The fast counters that have not moved since a window's end, though they should have.

    One that did move has told enough: its tracker notices whether by too much.
    """
    late = {}
    for tracker, last in end.readings.items():
        newest, period_s = tracker.newest, tracker.counter.period_s
        if tracker.counter.calibrate and host.monotonic() - last.before > period_s:
            told = newest is not None and newest.before - last.before > period_s
            now = newest if newest is not None and told else read(tracker)
            moved = now.energy_j is None or now.energy_j != last.energy_j
            if not moved and not tracker.stood(now):
                late[tracker] = now
    return late


def look_on(
    last: dict[Tracker, Reading], host: Host, read: Callable[[Tracker], Reading]
) -> None:
    """Read these counters until each has moved, or is known to have stalled; for a second at
    most.
    """
    deadline = host.monotonic() + PATIENCE_S
    waiting = dict(last)
    while waiting and host.monotonic() < deadline:
        host.sleep(POLL_S)
        for tracker, old in list(waiting.items()):
            now = read(tracker)
            if now.energy_j != old.energy_j or tracker.stood(now):
                del waiting[tracker]
