"""One counter, read with care: bracketed, unwrapped, and doubted when it misbehaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.meter.bounds import Reading, energy_between
from greenlab.sensors.base import CounterError, Gauge, GpuCounter, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.sensors.base import Counter
    from greenlab.sensors.host import Host

SLOW_READ_S: Final = 60e-6
TRIES: Final = 4
KEEP_ALIVE_S: Final = 60.0
_DOUBT: Final = 2.0
"""A change above so many times the cap is no energy: the counter restarted or lies."""
_CALIBRATION_S: Final = 0.006
_SHORTEST_PERIOD_S: Final = 0.5e-3
_MARGIN: Final = 1.5
"""Periods seen for milliseconds stand for all: half more is allowed for."""


class Tracker:
    """Reads a counter and says what can be concluded from two of its readings."""

    def __init__(self, counter: Counter, host: Host) -> None:
        self.counter = counter
        self._host = host
        self.gpu: GpuCounter | None = counter if isinstance(counter, GpuCounter) else None
        self.gauge: Gauge | None = counter if isinstance(counter, Gauge) else None
        # A slow counter gains nothing from a tight bracket, and its driver may take long.
        self._tries = TRIES if counter.calibrate else 1
        self._safe_period_s = counter.period_s
        self._raw_j: float | None = None
        self._turns_j = 0.0
        self._at = 0.0
        self._epoch = 0
        self._break = ""

    @property
    def keep_alive_s(self) -> float | None:
        """How often it must be read: no two wraps may hide between readings."""
        top = self.counter.range_j
        if top is None:
            return self.counter.poll_s
        return min(KEEP_ALIVE_S, top / self.counter.cap_w / 4)

    def read(self) -> Reading:
        """The counter now. A read that took long is repeated; the tightest one counts."""
        clock, read_j = self._host.monotonic, self.counter.read_j
        best: tuple[float, float, float] | None = None
        for _ in range(self._tries):
            before = clock()
            try:
                raw_j = read_j()
            except CounterError as error:
                return Reading(before, clock(), None, self._epoch, str(error))
            except Exception as error:  # noqa: BLE001 a driver's bug must not reach the cell
                reason = f"{self.counter.device}: {type(error).__name__}: {error}"
                return Reading(before, clock(), None, self._epoch, reason)
            after = clock()
            if best is None or after - before < best[1] - best[0]:
                best = before, after, raw_j
            if after - before <= SLOW_READ_S:
                break
        assert best is not None
        before, after, raw_j = best
        energy_j = self._unwrap(raw_j, after)
        doubt_j = self.gauge.doubt_j if self.gauge else 0.0
        return Reading(before, after, energy_j, self._epoch, doubt_j=doubt_j)

    def _unwrap(self, raw_j: float, now: float) -> float:
        last_j, span = self._raw_j, now - self._at
        self._raw_j, self._at = raw_j, now
        if last_j is None:
            return raw_j
        counter = self.counter
        top = counter.range_j
        most_j = counter.cap_w * _DOUBT * (span + counter.period_s) + counter.step_j
        if top is not None and counter.cap_w * span > 0.9 * top:
            self._broken(f"not read for {span:.0f} s, in which it may have wrapped twice")
        elif raw_j >= last_j:
            if raw_j - last_j > most_j:
                self._broken("the counter jumped by more than the device can draw")
        elif top is not None and 0.0 <= raw_j - last_j + top <= most_j:
            self._turns_j += top
        else:
            self._broken("the counter restarted")
        return raw_j + self._turns_j

    def _broken(self, reason: str) -> None:
        self._epoch += 1
        self._break = f"{self.counter.device}: {reason}"

    def between(
        self,
        start: Reading,
        end: Reading,
        begun: float,
        ended: float,
        *,
        outside_w: Interval | None = None,
    ) -> Interval | str:
        """Joules used from `begun` to `ended`, or the reason why that is not known."""
        reason = start.reason or end.reason
        if reason:
            return reason
        if start.epoch != end.epoch:
            return self._break
        self._notice_standstill(start, end)
        if self._stands_still(start, end):
            return f"{self.counter.device}: the counter stands still"
        return energy_between(start, end, begun, ended, self.counter, outside_w=outside_w)

    def _stands_still(self, start: Reading, end: Reading) -> bool:
        return (
            start.energy_j == end.energy_j
            and end.before - start.after > 2 * self._safe_period_s
        )

    def _notice_standstill(self, start: Reading, end: Reading) -> None:
        """No change for longer than the period: it was taken too short, be careful again."""
        span = end.before - start.after
        if start.energy_j == end.energy_j and span > self.counter.period_s:
            self.counter.period_s = self._safe_period_s


def calibrate(trackers: Sequence[Tracker], host: Host) -> None:
    """Find how often the counters move by looking on for 6 ms.

    The longest time seen between two changes, and half more, becomes the period; a counter
    that changes less than three times meanwhile keeps its safe bound.
    """
    watched = [tracker for tracker in trackers if tracker.counter.calibrate]
    edges: dict[Tracker, list[float]] = {tracker: [] for tracker in watched}
    gaps: dict[Tracker, float] = dict.fromkeys(watched, 0.0)
    last = {tracker: tracker.read() for tracker in watched}
    start = host.monotonic()
    while watched and host.monotonic() - start < _CALIBRATION_S:
        for tracker in watched:
            now, old = tracker.read(), last[tracker]
            if now.energy_j != old.energy_j:
                seen = edges[tracker]
                if seen:
                    gaps[tracker] = max(gaps[tracker], now.after - seen[-1])
                seen.append(old.before)
            last[tracker] = now
    for tracker in watched:
        if len(edges[tracker]) >= 3:
            period = max(_SHORTEST_PERIOD_S, gaps[tracker] * _MARGIN)
            tracker.counter.period_s = min(tracker.counter.period_s, period)
