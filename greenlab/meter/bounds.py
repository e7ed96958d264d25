"""Energy between two moments from a counter that is read a little before and after them.

Each read is bracketed by two times, (s-, s+) before the window [a, b] and (e-, e+) after
it. The counter shows what was used up to some moment at most one update period before the
read. With the change dE, the least step q, the period d and a power cap P:

    low  = dE - q - P [(a - s- + d)+ + (e+ - b)+]
    high = dE + q + P [(b - e- + d)+ + (s+ - a)+]
    best = dE (b - a) / ((e- + e+)/2 - (s- + s+)/2)

The interval is hard: it holds however the reads were delayed. Where the moments of the
counter's updates are known (settled GPU windows) they take the place of the brackets.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from greenlab.interval import Interval

if TYPE_CHECKING:
    from greenlab.sensors.base import Counter


class Reading(NamedTuple):
    """A bracketed read. `energy_j` goes on rising across wraps; `None`: `reason` says why.

    Readings can be compared only within one `epoch`: a break in the counter starts another.
    `dated`: when the counter got this value (monotonic seconds), where that was found out.
    `doubt_j`: what a gauge left open up to here, in joules; only differences mean anything.
    `seen`: begin of the first read that gave this value; `older`: of the last one that gave
    another. `stood_s`: how long the counter may have stalled so far, beyond its period.
    `late_j`: how much of the joules came in after the window's own end, where that is known.
    """

    before: float
    after: float
    energy_j: float | None
    epoch: int
    reason: str | None = None
    dated: Interval | None = None
    doubt_j: float = 0.0
    seen: float = math.inf
    older: float = -math.inf
    stood_s: float = 0.0
    late_j: float = math.inf

    def date(self, period_s: float) -> Interval:
        """The moment up to which the value counts: earliest, best, latest."""
        if self.dated is not None:
            return self.dated
        # Seen for longer than a period, it had not moved when it should have.
        since = self.seen if self.before - self.seen > period_s else self.before
        return Interval(since - period_s, (self.before + self.after) / 2, self.after)


def energy_between(
    start: Reading,
    end: Reading,
    begun: float,
    ended: float,
    counter: Counter,
    *,
    outside_w: Interval | None = None,
    capped: bool = True,
) -> Interval:
    """Joules used from `begun` to `ended` (monotonic seconds): a hard interval and a best.

    `outside_w`: power right before and after the window, where that is known; what the
    reads cover beyond the window is then taken off at this power. No bound rests on it after
    the window: a device may work on, and be idle at the next look. `capped`: false where the
    device was found to draw more than its cap, which then bounds nothing.

    Raises:
        ValueError: a reading holds no energy.
    """
    if start.energy_j is None or end.energy_j is None:
        raise ValueError("a reading without energy")
    change_j = end.energy_j - start.energy_j
    first, last = start.date(counter.period_s), end.date(counter.period_s)
    cap_w, length = counter.cap_w, ended - begun
    step_j = counter.step_j + end.doubt_j - start.doubt_j
    outside_cap_w = cap_w if outside_w is None else min(cap_w, outside_w.high)
    beyond_j = outside_cap_w * max(0.0, begun - first.low)
    beyond_j += min(cap_w * max(0.0, last.high - ended), end.late_j)
    missed = max(0.0, ended - last.low) + max(0.0, first.high - begun)
    low = max(0.0, change_j - step_j - beyond_j)
    high = change_j + step_j + cap_w * missed
    high = max(low, min(high, cap_w * length) if capped else high)
    span = last.mid - first.mid
    if outside_w is not None:
        # At least what the device draws anyway: an update may have been dated one too far.
        mid = max(change_j - outside_w.mid * (span - length), outside_w.mid * length)
    else:
        mid = change_j * length / span if span > 0 else change_j
    return Interval(low, min(max(mid, low), high), high)


def part_time(energy: Interval, doubt_j: float, most_j: float) -> Interval:
    """The interval of a counter that looks at the power only now and then.

    It takes what it saw for all of a period. Where the power changes, at both ends of a window,
    that is wrong by at most `doubt_j`, what the device can draw in the time it looked away.
    Power that comes and goes within the window evens out over the periods, unless it keeps
    step with them. `most_j`: what the device can draw in the window.
    """
    high = min(energy.high + doubt_j, max(energy.high, most_j))
    return Interval(max(0.0, energy.low - doubt_j), energy.mid, high)
