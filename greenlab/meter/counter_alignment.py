"""Align a window with its counters (`--precise`): wait for their next updates at both ends.

A plain read knows its value's moment to one update period; a read that sees the value change
knows it to a few microseconds. The price is about one period of waiting at either end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.interval import Interval
from greenlab.meter.counter_reader import SLOW_READ_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greenlab.host.host import Host
    from greenlab.meter.bounds import Reading
    from greenlab.meter.counter_reader import Tracker

LONGEST_S: Final = 0.03
"""Counters slower than this are not waited for: their windows stay plain."""
_PATIENCE: Final = 3.0


def readings_at_edges(
    readings: Mapping[Tracker, Reading], host: Host
) -> dict[Tracker, Reading]:
    """The readings, each replaced by the counter's next update where that comes soon.

    An update during which this process was held up is waited for once more.
    """
    found = dict(readings)
    waiting = {
        tracker: reading
        for tracker, reading in readings.items()
        if tracker.counter.calibrate and tracker.counter.period_s <= LONGEST_S
    }
    periods = [tracker.counter.period_s for tracker in waiting]
    deadline = host.monotonic() + _PATIENCE * max(periods, default=0.0)
    while waiting and host.monotonic() < deadline:
        for tracker, old in list(waiting.items()):
            now = waiting[tracker] = tracker.read()
            if now.energy_j is None or now.epoch != old.epoch:
                found[tracker] = now
                del waiting[tracker]
            elif now.energy_j != old.energy_j:
                date = Interval(old.before, (old.before + now.after) / 2, now.after)
                found[tracker] = now._replace(dated=date)
                if now.after - old.before <= SLOW_READ_S:
                    del waiting[tracker]
    return found
