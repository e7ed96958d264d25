"""What a device draws when idle, learned from stretches in which little ran."""

from __future__ import annotations

from typing import Final

from greenlab.interval import Interval

MOST_W_PER_BUSY_CPU: Final = 100.0
"""More than one busy thread adds to a package, boosted and alone, with all that it wakes: an
assumed bound. Too low, it would take work for rest; too high, it only learns more slowly."""
SHORTEST_S: Final = 0.05
_OVERRULED_BY: Final = 3
_STANDING_STILL: Final = 0.5


class IdlePower:
    """Bounds on the idle power. Each stretch narrows them; stretches that contradict
    them three times running (the machine changed its ways) replace them.

    `added_w`: the most that one busy CPU adds. `None` for devices whose draw does not
    follow the CPUs: the least mean power seen is then the best guess.
    """

    def __init__(self, added_w: float | None = MOST_W_PER_BUSY_CPU) -> None:
        self._added_w = added_w
        self._low_w = 0.0
        self._high_w: float | None = None
        self._contradicted = 0

    def learn(self, energy: Interval, span_s: float, busy_s: float) -> None:
        """From a stretch: its energy in joules and the most CPU seconds busy in it.

        The device never draws less than when idle, so its mean power bounds that from above;
        what the busy time can have added at most bounds it from below.
        """
        if span_s < SHORTEST_S:
            return
        high, low = energy.high / span_s, 0.0
        if self._added_w is not None:
            low = max(0.0, energy.low - self._added_w * busy_s) / span_s
        if self._high_w is None:
            self._low_w, self._high_w = low, high
        elif low > self._high_w or high < self._low_w:
            self._contradicted += 1
            if self._contradicted >= _OVERRULED_BY:
                self._low_w, self._high_w, self._contradicted = low, high, 0
        else:
            self._contradicted = 0
            self._low_w, self._high_w = max(self._low_w, low), min(self._high_w, high)

    def power_w(self, energy: Interval, span_s: float) -> Interval:
        """Idle watts, bounded by the window they are used in."""
        most = energy.high / span_s if span_s > 0 else 0.0
        high = most if self._high_w is None else min(self._high_w, most)
        low = min(self._low_w, high)
        return Interval(low, high if self._added_w is None else (low + high) / 2, high)

    def below_rest(self, energy: Interval, span_s: float) -> bool:
        """Whether a counter shows so little that it must have stalled for a while."""
        return energy.high < _STANDING_STILL * self._low_w * span_s

    def quiet(self, energy_j: float, span_s: float) -> bool:
        """Whether a stretch's mean power is near the idle power."""
        return self._high_w is not None and energy_j <= 1.25 * self._high_w * span_s
