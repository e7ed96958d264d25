"""`--precise`: wait for the counters' next updates, so that a window's ends are dated.

A plain read knows its value's moment to one update period; a read that sees the value change
knows it to a few microseconds. The price is about one period of waiting at either end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.meter.tracker import SLOW_READ_S
from greenlab.sensors.base import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.meter.bounds import Reading
    from greenlab.meter.tracker import Tracker
    from greenlab.sensors.host import Host

LONGEST_S: Final = 0.03
"""Counters slower than this are not waited for: their windows stay plain."""
_PATIENCE: Final = 3.0


def readings_at_edges(
    readings: Sequence[Reading], trackers: Sequence[Tracker], host: Host
) -> list[Reading]:
    """The readings, each replaced by the counter's next update where that comes soon.

    An update during which this process was held up is waited for once more.
    """
    found = list(readings)
    waiting = {
        index: readings[index]
        for index, tracker in enumerate(trackers)
        if tracker.counter.calibrate and tracker.counter.period_s <= LONGEST_S
    }
    periods = [trackers[index].counter.period_s for index in waiting]
    deadline = host.monotonic() + _PATIENCE * max(periods, default=0.0)
    while waiting and host.monotonic() < deadline:
        for index, old in list(waiting.items()):
            now = waiting[index] = trackers[index].read()
            if now.energy_j is None or now.epoch != old.epoch:
                found[index] = now
                del waiting[index]
            elif now.energy_j != old.energy_j:
                date = Interval(old.before, (old.before + now.after) / 2, now.after)
                found[index] = now._replace(dated=date)
                if now.after - old.before <= SLOW_READ_S:
                    del waiting[index]
    return found
