"""Power that is sampled, made into a counter by adding it up.

While a window is open it is sampled twice for each time that its reading is made anew: once
would miss some and see others twice. Between two samples the mean of both is taken (the
trapezoid rule), which is a model of what happened. What that leaves open is kept beside the
energy and widens the interval: half the difference of two neighbouring samples for the time
between them, all that the device can draw where samples are missing, and so much of each watt
as the chip's own accuracy. Power that comes and goes in step with the samples can still
deceive, so the interval claims nine cases in ten.

A reading is old when it is read: it is the mean of the time before it was made, and stands
until the next one. Energy that is added up from such readings is late by `lag_s`, so a window's
best value is looked up that much later (`greenlab/meter/timeline.py`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

SHORTEST_POLL_S: Final = 0.01
"""More often would cost more than it tells."""
LONGEST_S: Final = 1.0
"""No reading in use is made less often, or is the mean of a longer time."""
_MISSED: Final = 3.0
_MISSED_S: Final = 0.3
"""A gap of so many polls, and so long, holds no samples that speak for it."""
_CHANGES: Final = 16
"""Of a reading, evenly apart: they tell how often it is made anew."""


class _Sample(NamedTuple):
    """All that is known after a sample. Replaced as a whole: an interrupt of the user's may
    come between any two steps.
    """

    at: float
    power_w: float
    energy_j: float
    doubt_j: float


class PowerGauge:
    """A `Gauge` whose subclass says the power now in `power_w`.

    `update_s`: how often the chip makes its reading anew, by its own word or its kind;
    `longest_s`: how old a reading can be at most.
    """

    kind: ComponentKind
    device: str
    source: str
    cap_w: float
    tier: Tier = "modelled"
    range_j: float | None = None
    step_j = 0.0
    calibrate = False
    late = False
    poll_s: float | None
    shortest_poll_s = SHORTEST_POLL_S
    level = 0.9
    accuracy = 0.02

    def __init__(self, host: Host, update_s: float, longest_s: float | None = None) -> None:
        self._host = host
        self._update_s = self.lag_s = min(update_s, LONGEST_S)
        self.poll_s = self._every_s = max(self.shortest_poll_s, self._update_s / 2)
        # The mean of as long as it then stands, unless less is known.
        self.period_s = longest_s or 2 * self._update_s
        self.caveat = f"its power is sampled every {self._every_s * 1e3:.0f} ms and added up"
        self._last: _Sample | None = None
        self._apart_s: tuple[float, ...] = ()
        self._changed_at, self._same = -math.inf, 0

    def power_w(self) -> float:
        """Watts now.

        Raises:
            CounterError: it cannot be read.
        """
        raise NotImplementedError

    def read_j(self) -> float:
        """Joules since the first sample."""
        # The time before: another thread may hold up this one as soon as the driver answers.
        now, power_w = self._host.monotonic(), self.power_w()
        last = self._last
        if last is None:
            self._last = _Sample(now, power_w, 0.0, 0.0)
            return 0.0
        span_s = now - last.at
        change_j = span_s * (power_w + last.power_w) / 2
        doubt_w = abs(power_w - last.power_w) / 2
        if span_s > max(_MISSED_S, _MISSED * self._every_s):
            doubt_w = self.cap_w
        doubt_j = last.doubt_j + self.accuracy * change_j + span_s * doubt_w
        energy_j = last.energy_j + change_j
        self._last = _Sample(now, power_w, energy_j, doubt_j)
        self._learn_pace(now, changed=power_w != last.power_w)
        return energy_j

    @property
    def doubt_j(self) -> float:
        """Joules that the samples so far leave open, either way."""
        return self._last.doubt_j if self._last is not None else 0.0

    def _learn_pace(self, now: float, *, changed: bool) -> None:
        """Learn how old readings are: one that changes every tenth sample is made so often.

        Believed only if many changes in a row are evenly apart: an idle chip shows one number
        for long, whatever its pace.
        """
        self._same += 1
        if not changed:
            return
        apart_s, samples = now - self._changed_at, self._same
        self._changed_at, self._same = now, 0
        quick_s = 1.5 * self._every_s
        if samples == 1 and apart_s > quick_s:  # a late sample: it may have changed long ago
            return
        self._apart_s = (*self._apart_s, apart_s)[-_CHANGES:]
        shortest_s, longest_s = min(self._apart_s), max(self._apart_s)
        if shortest_s <= quick_s:
            self.lag_s = self._update_s
        elif len(self._apart_s) == _CHANGES and longest_s - shortest_s <= 2 * quick_s:
            self.lag_s = sum(self._apart_s) / _CHANGES
