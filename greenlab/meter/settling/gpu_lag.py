"""Late energy: a GPU's counter moves after the cell, so its window settles afterwards.

A short-lived background thread watches for the counter's next two updates. They give its
rhythm, and with it the moment of the update before the window:

    E = dE(update before -> update after) - P_idle * (span - T)

That holds while the GPU rested right before and after the window; else the change is
shared out by time, and the interval keeps the power cap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from greenlab.interval import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenlab.host.host import Host
    from greenlab.meter.attribution.idle_power import IdlePower
    from greenlab.meter.bounds import Reading
    from greenlab.meter.counter_reader import Tracker
    from greenlab.meter.window import Window

POLL_S: Final = 0.003
PERIODS_TO_WAIT: Final = 4
MOST_OF_A_CORE: Final = 0.05
"""Watching never takes more: drivers that answer slowly are asked less often."""
MOST_AT_ONCE: Final = 8
"""Windows that settle at a time; those closed beyond keep their first, wide interval."""

_PAIRS: Final = 32
_TIGHT: Final = 0.1
"""Updates dated less closely than this part of the time between them teach nothing."""


def watch_updates(
    last: dict[Tracker, Reading], host: Host, read: Callable[[Tracker], Reading]
) -> dict[Tracker, list[Reading]]:
    """Each counter's next two readings with a new value, dated; fewer if it does not move
    in time or fails.
    """
    updates: dict[Tracker, list[Reading]] = {tracker: [] for tracker in last}
    waiting = dict(last)
    patience = max((tracker.counter.period_s for tracker in last), default=0.0)
    deadline = host.monotonic() + PERIODS_TO_WAIT * patience
    cost_s = 0.0
    while waiting and host.monotonic() < deadline:
        host.sleep(max(POLL_S, cost_s / MOST_OF_A_CORE))
        begun = host.monotonic()
        for tracker, old in list(waiting.items()):
            now = waiting[tracker] = read(tracker)
            if now.energy_j is None or now.epoch != old.epoch:
                del waiting[tracker]
            elif now.energy_j != old.energy_j:
                date = Interval(old.before, (old.before + now.after) / 2, now.after)
                updates[tracker].append(now._replace(dated=date))
                if len(updates[tracker]) == 2:
                    del waiting[tracker]
        cost_s = host.monotonic() - begun
    return updates


class Pace:
    """A counter's mean time between updates, over the settlements so far.

    One pair of updates tells it to within a poll or two; going back from them multiplies
    that error by the periods gone back.
    """

    def __init__(self) -> None:
        # Replaced as a whole: windows settle side by side.
        self._seen_s: tuple[float, ...] = ()
        self.last: Reading | None = None
        """The last update seen: the work of the windows before it is all counted."""

    def note(self, first: Interval, second: Interval) -> None:
        """Take in two updates in a row, if both were seen soon enough to tell."""
        unsure_s = max(date.high - date.low for date in (first, second))
        apart_s = second.mid - first.mid
        if unsure_s <= _TIGHT * apart_s:
            self._seen_s = (*self._seen_s, apart_s)[-_PAIRS:]

    def mean_s(self) -> float | None:
        """Seconds from one update to the next; `None` before any was seen well."""
        return sum(self._seen_s) / len(self._seen_s) if self._seen_s else None


def dated_start(
    start: Reading, end: Reading, updates: list[Reading], period_s: float, pace: Pace
) -> tuple[Reading, float]:
    """The reading at the start, dated by going back from the two updates after the end;
    and the seconds between these two.

    Near an update the dates alone leave open whether it came before the start. Whether the
    counter moved from the start to the end tells: if not, the first update is the next one.
    Power from the two updates needs the same rhythm: an error in it then cancels out.
    """
    first, second = (update.date(period_s) for update in updates)
    pace.note(first, second)
    pace.last = updates[1]
    apart_s = second.mid - first.mid
    rhythm = pace.mean_s() or apart_s
    if rhythm <= 0:
        return start, apart_s
    back = 1
    if end.energy_j != start.energy_j:
        back = max(2, math.ceil((first.mid - start.before) / rhythm - 1e-9))
    date = start.date(period_s)
    guess = min(max(first.mid - back * rhythm, date.low), date.high)
    dated = start._replace(dated=Interval(date.low, guess, date.high))
    return dated, rhythm * max(1, round(apart_s / rhythm))


def rested_before(
    window: Window, tracker: Tracker, idle: IdlePower, update: Reading | None
) -> bool:
    """Whether the device drew little right before the window, and for long enough.

    Since the gap's begin, or since the last update seen in it: at the begin, work of the
    window before may not be in the counter yet.
    """
    if window.gap is None:
        return False
    start, begin = window.begin.reading(tracker), window.gap.reading(tracker)
    for last in (update, begin):
        if last is None or last.before < begin.before:
            continue
        if start.energy_j is None or last.energy_j is None or start.epoch != last.epoch:
            continue
        span_s = start.before - last.after
        if span_s >= 3 * tracker.counter.period_s:
            return idle.quiet(start.energy_j - last.energy_j, span_s)
    return False
