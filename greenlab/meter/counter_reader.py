"""Read one counter: dated by clock readings, unwrapped, and doubted when it misbehaves."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import Interval
from greenlab.meter.bounds import Reading, energy_between
from greenlab.sensors.base import CounterError, Gauge, GpuCounter

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.sensors.base import Counter

SLOW_READ_S: Final = 60e-6
TRIES: Final = 4
KEEP_ALIVE_S: Final = 1.0
"""How often a counter is read while a window is open: a standstill of 2 s is then seen."""
_DOUBT: Final = 2.0
"""A change above so many times the cap is no energy: the counter restarted or lies."""
_STANDSTILL: Final = 2.0
"""Safe periods without a change that are no update period any more."""
_CATCHES_UP_S: Final = 60.0
_DUE: Final = 0.45
"""Of its period: a counter that somebody else has just read need not be read again."""
_LEAPT: Final = "the counter jumped by more than the device can draw"


class _State(NamedTuple):
    """What is known of a counter. Replaced as a whole: an interrupt of the user's, which may
    come between any two steps, finds the old state or the new one.

    `before`: begin of the last read; `seen`: of the first one that gave this value; `older`:
    of the last one that gave another value. `stood_s`: time it may have stalled so far.
    """

    raw_j: float
    turns_j: float
    epoch: int
    broken: str
    before: float
    after: float
    seen: float
    older: float
    stood_s: float


class Tracker:
    """Reads a counter and says what can be concluded from two of its readings."""

    def __init__(self, counter: Counter, host: Host) -> None:
        self.counter = counter
        self._host = host
        self.gpu: GpuCounter | None = counter if isinstance(counter, GpuCounter) else None
        self.gauge: Gauge | None = counter if isinstance(counter, Gauge) else None
        self.blind_s: float = getattr(counter, "blind_s", 0.0)
        self.newest: Reading | None = None
        """The last reading, whoever asked for it."""
        # A slow counter gains nothing from a tight bracket, and its driver may take long.
        self._tries = TRIES if counter.calibrate else 1
        self._safe_period_s = counter.period_s
        self._state: _State | None = None
        # Values (epoch, joules) at which the counter was seen to stall.
        self._stood_at: deque[tuple[int, float]] = deque(maxlen=16)
        self.standstills = 0
        """How many values of `_stood_at` there were so far."""
        self.slowed = 0
        """How often its update period was found to have been taken too short."""

    @property
    def keep_alive_s(self) -> float | None:
        """How often it must be read: no two wraps may hide between readings."""
        top = self.counter.range_j
        if top is None:
            return self.counter.poll_s
        return min(KEEP_ALIVE_S, top / self.counter.cap_w / 4)

    @property
    def lag_s(self) -> float:
        """How old its energy is on average when it is read, where that is known."""
        return self.gauge.lag_s if self.gauge is not None else 0.0

    def due(self, now: float) -> bool:
        """Whether it should be read again, so that no wrap and no sample is missed."""
        every_s = self.keep_alive_s or KEEP_ALIVE_S
        return self.newest is None or now - self.newest.before >= _DUE * every_s

    def recent(self) -> Reading:
        """The newest reading if the counter has hardly moved since, else one from now."""
        newest = self.newest
        if newest is not None and newest.energy_j is not None:
            fresh_s = self.counter.poll_s or self.counter.period_s
            if self._host.monotonic() - newest.before <= fresh_s:
                return newest
        return self.read()

    def moves_every(self, period_s: float, safe_s: float) -> None:
        """Set the update period that was found, and the one to fall back upon."""
        self.counter.period_s, self._safe_period_s = period_s, safe_s

    def read(self) -> Reading:
        """The counter now. A read that took long is repeated; the tightest one counts."""
        self.newest = reading = self._read()
        return reading

    def _read(self) -> Reading:
        clock, read_j = self._host.monotonic, self.counter.read_j
        best: tuple[float, float, float] | None = None
        for _ in range(self._tries):
            before = clock()
            try:
                raw_j = read_j()
            except CounterError as error:
                return self._unread(before, str(error))
            except Exception as error:  # noqa: BLE001 a driver's bug must not reach the cell
                reason = f"{self.counter.device}: {type(error).__name__}: {error}"
                return self._unread(before, reason)
            after = clock()
            if best is None or after - before < best[1] - best[0]:
                best = before, after, raw_j
            if after - before <= SLOW_READ_S:
                break
        assert best is not None
        state = self._state = self._next(*best)
        return Reading(
            state.before,
            state.after,
            state.raw_j + state.turns_j,
            state.epoch,
            seen=state.seen,
            older=state.older,
            stood_s=state.stood_s,
            doubt_j=self.gauge.doubt_j if self.gauge else 0.0,
        )

    def _unread(self, before: float, reason: str) -> Reading:
        epoch = self._state.epoch if self._state is not None else 0
        return Reading(before, self._host.monotonic(), None, epoch, reason)

    def _next(self, before: float, after: float, raw_j: float) -> _State:
        """The state after a read: wraps unrolled, breaks and standstills noticed."""
        last = self._state
        if last is None:
            return _State(raw_j, 0.0, 0, "", before, after, before, -math.inf, 0.0)
        turns_j, broken = self._unwrap(last, raw_j, after)
        self._notice_leap(last, raw_j + turns_j, after)
        if broken is not None:
            reason = f"{self.counter.device}: {broken}"
            return _State(
                raw_j, 0.0, last.epoch + 1, reason, before, after, before, last.before, 0.0
            )
        if raw_j == last.raw_j and turns_j == last.turns_j:
            self._notice_standstill(last, before)
            return last._replace(before=before, after=after)
        stood_s = last.stood_s
        if (last.epoch, last.raw_j + last.turns_j) in self._stood_at:
            stood_s += before - last.older
        return _State(
            raw_j, turns_j, last.epoch, last.broken, before, after, before, last.before, stood_s
        )

    def _unwrap(self, last: _State, raw_j: float, now: float) -> tuple[float, str | None]:
        """Joules of all turns so far; or the reason why the counter cannot be followed."""
        counter, span = self.counter, now - last.after
        top = counter.range_j
        most_j = counter.cap_w * _DOUBT * (span + counter.period_s) + counter.step_j
        if top is not None and counter.cap_w * span > 0.9 * top:
            return 0.0, f"not read for {span:.0f} s, in which it may have wrapped twice"
        if raw_j >= last.raw_j:
            if (last.epoch, last.raw_j + last.turns_j) in self._stood_at:
                # It may catch up with what it missed: that is no leap.
                most_j += counter.cap_w * _DOUBT * min(last.after - last.older, _CATCHES_UP_S)
            leapt = raw_j - last.raw_j > most_j
            return last.turns_j, _LEAPT if leapt else None
        if top is not None and 0.0 <= raw_j - last.raw_j + top <= most_j:
            return last.turns_j + top, None
        return 0.0, "the counter restarted"

    def _notice_standstill(self, last: _State, now: float) -> None:
        """No change for longer than the period: it was taken too short, be careful again."""
        if now - last.seen > self.counter.period_s < self._safe_period_s:
            self.counter.period_s = self._safe_period_s
            self.slowed += 1
        if now - last.seen > _STANDSTILL * self._safe_period_s:
            self._note_standstill(last)

    def _notice_leap(self, last: _State, energy_j: float, now: float) -> None:
        """More than can have been drawn since the last read: that one showed an old value."""
        counter = self.counter
        span_s = now - last.before + counter.period_s
        most_j = counter.cap_w * span_s + counter.step_j
        if counter.calibrate and energy_j - (last.raw_j + last.turns_j) > most_j:
            self._note_standstill(last)

    def _note_standstill(self, last: _State) -> None:
        if self.gauge is not None:  # what is added up stands still where no power is drawn
            return
        value = last.epoch, last.raw_j + last.turns_j
        if value not in self._stood_at:
            self._stood_at.append(value)
            self.standstills += 1

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
            return self._state.broken if self._state is not None else "the counter restarted"
        if self._stands_still(start, end):
            return f"{self.counter.device}: the counter has stalled"
        leapt = self._leapt(start, end)
        start, end = self._at_worst(start), self._at_worst(end)
        energy = energy_between(
            start, end, begun, ended, self.counter, outside_w=outside_w, capped=not leapt
        )
        most_j = self.counter.cap_w * (ended - begun)
        if leapt:
            # It caught up with what it missed before the window, or the cap is too low.
            return Interval(0.0, min(energy.mid, most_j), energy.high)
        stood_j = self.counter.cap_w * max(0.0, end.stood_s - start.stood_s)
        return energy._replace(high=max(energy.high, min(energy.high + stood_j, most_j)))

    def doubt(self, start: Reading, end: Reading) -> str | None:
        """What makes a window's figure less sure than usual, in words."""
        counter = self.counter
        if self._leapt(start, end):
            return f"{counter.device}: {_LEAPT}"
        if end.stood_s > start.stood_s or self.stood(start) or self.stood(end):
            return f"{counter.device}: the counter stalled for a while"
        return None

    def _leapt(self, start: Reading, end: Reading) -> bool:
        """Whether it rose by more from one reading to the other than the device can draw."""
        span_s = end.after - start.before + self.counter.period_s
        most_j = self.counter.cap_w * span_s + self.counter.step_j
        return (end.energy_j or 0.0) - (start.energy_j or 0.0) > most_j

    def stood(self, reading: Reading) -> bool:
        """Whether the counter was found to have stalled at this value, perhaps later."""
        return (reading.epoch, reading.energy_j) in self._stood_at

    def _at_worst(self, reading: Reading) -> Reading:
        """Where the counter stood at this value, it may be as old as the last other one."""
        return reading._replace(seen=reading.older) if self.stood(reading) else reading

    def _stands_still(self, start: Reading, end: Reading) -> bool:
        return (
            self.gauge is None
            and start.energy_j == end.energy_j
            and end.before - start.after > _STANDSTILL * self._safe_period_s
        )
