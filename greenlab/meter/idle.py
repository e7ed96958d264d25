"""What a device draws at rest, learned from stretches in which little ran."""

from __future__ import annotations

from typing import Final

from greenlab.sensors.base import Interval

MOST_W_PER_BUSY_CPU: Final = 40.0
"""More than one busy thread adds to a package, boosted and alone: an assumed bound."""
SHORTEST_S: Final = 0.05


class IdlePower:
    """Bounds on the power at rest. Each stretch narrows them; a contradiction (the machine
    changed its ways) starts again from the latest stretch."""

    def __init__(self) -> None:
        self._low_w = 0.0
        self._high_w: float | None = None

    def learn(self, energy: Interval, span_s: float, busy_s: float) -> None:
        """From a stretch: its energy in joules and the most CPU seconds busy in it.

        The device never draws less than at rest, so its mean power bounds that from above;
        what the busy time can have added at most bounds it from below.
        """
        if span_s < SHORTEST_S:
            return
        high = energy.high / span_s
        low = max(0.0, energy.low - MOST_W_PER_BUSY_CPU * busy_s) / span_s
        if self._high_w is None or low > self._high_w or high < self._low_w:
            self._low_w, self._high_w = low, high
            return
        self._low_w, self._high_w = max(self._low_w, low), min(self._high_w, high)

    def power_w(self, energy: Interval, span_s: float) -> Interval:
        """Watts at rest, bounded by the window they are used in."""
        most = energy.high / span_s if span_s > 0 else 0.0
        high = most if self._high_w is None else min(self._high_w, most)
        low = min(self._low_w, high)
        return Interval(low, (low + high) / 2, high)
