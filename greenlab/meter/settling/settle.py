"""Windows measured once more, when the counters that move late have moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.interval import Interval
from greenlab.meter.settling.gpu_lag import Pace, dated_start, rested_before, watch_updates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greenlab.host.host import Host
    from greenlab.meter.bounds import Reading
    from greenlab.meter.counter_reader import Tracker
    from greenlab.meter.estimate import WindowEstimate
    from greenlab.meter.measurement import Measurement
    from greenlab.meter.window import Moment, Window
    from greenlab.record.cell import Scope

_QUIET_MARGIN: Final = 1.5


class LateCounters:
    """Those of a meter's trackers whose counters move late. False if there is none."""

    def __init__(
        self,
        host: Host,
        trackers: Sequence[Tracker],
        weighing: WindowEstimate,
        read: Callable[[Tracker], Reading],
    ) -> None:
        self._host, self._weighing, self._read = host, weighing, read
        self._paces = {tracker: Pace() for tracker in trackers if tracker.counter.late}

    def __bool__(self) -> bool:
        return bool(self._paces)

    def settled(self, window: Window, end: Moment, scope: Scope) -> Measurement:
        """The window measured again between the updates around it, which are waited for."""
        late = {
            tracker: last
            for tracker, last in end.readings.items()
            if tracker.counter.late and last.energy_j is not None
        }
        starts, ends = dict(window.begin.readings), dict(end.readings)
        outside_w: dict[Tracker, Interval] = {}
        for tracker, updates in watch_updates(late, self._host, self._read).items():
            pace = self._paces.setdefault(tracker, Pace())
            if updates:
                last, cap_w = late[tracker], tracker.counter.cap_w
                late_j = (updates[0].energy_j or 0.0) - (last.energy_j or 0.0)
                late_j += cap_w * max(0.0, last.after - end.at)
                ends[tracker] = updates[0]._replace(late_j=late_j)
            if len(updates) == 2 and tracker in starts:
                period_s, idle = tracker.counter.period_s, self._weighing.idle[tracker]
                rested = rested_before(window, tracker, idle, pace.last)
                starts[tracker], span_s = dated_start(
                    starts[tracker], late[tracker], updates, period_s, pace
                )
                after_j = (updates[1].energy_j or 0.0) - (updates[0].energy_j or 0.0)
                if rested and idle.quiet(after_j, span_s):
                    rest_w = after_j / span_s
                    outside_w[tracker] = Interval(0.0, rest_w, _QUIET_MARGIN * rest_w)
        return self._weighing.measure(
            window.begin._replace(readings=starts),
            end._replace(readings=ends),
            scope,
            gap=window.gap,
            outside_w=outside_w,
            timeline=window.timeline,
        )
