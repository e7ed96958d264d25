"""Energy between two moments from a counter that is read a little before and after them.

Source of the formulas: each read is bracketed by two times, (s-, s+) before the window and
(e-, e+) after it; the counter shows what was used up to some moment at most one update
period ahead of the read. What the reads cover beyond the window, or miss of it, is worth at
most the device's power cap. See docs on how short windows are measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from greenlab.sensors.base import Interval

if TYPE_CHECKING:
    from greenlab.sensors.base import Counter


class Reading(NamedTuple):
    """A bracketed read. `energy_j` goes on rising across wraps; `None`: `reason` says why.

    Readings can be compared only within one `epoch`: a break in the counter starts another.
    """

    before: float
    after: float
    energy_j: float | None
    epoch: int
    reason: str | None = None


def energy_between(
    start: Reading, end: Reading, begun: float, ended: float, counter: Counter
) -> Interval:
    """Joules used from `begun` to `ended` (monotonic seconds): a hard interval and a best.

    Raises:
        ValueError: a reading holds no energy.
    """
    if start.energy_j is None or end.energy_j is None:
        raise ValueError("a reading without energy")
    change_j = end.energy_j - start.energy_j
    period, cap_w, step_j = counter.period_s, counter.cap_w, counter.step_j
    beyond = max(0.0, begun - start.before + period) + max(0.0, end.after - ended)
    missed = max(0.0, ended - end.before + period) + max(0.0, start.after - begun)
    low = max(0.0, change_j - step_j - cap_w * beyond)
    high = min(change_j + step_j + cap_w * missed, cap_w * (ended - begun))
    span = (end.before + end.after - start.before - start.after) / 2
    mid = change_j * (ended - begun) / span if span > 0 else change_j
    high = max(low, high)
    return Interval(low, min(max(mid, low), high), high)
