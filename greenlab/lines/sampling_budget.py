"""How often the sampling thread looks, so that it takes no more than its share of a core.

The share is of the time that a cell has run. What was saved in the second before looks begin
is spent in the next one or two, when a line's share of the cell is known least.
"""

from __future__ import annotations

from typing import Final

PERIOD_S: Final = 0.01
ASKED_PERIOD_S: Final = 0.005
"""Where the user asked for lines."""
SHARE: Final = 0.005
ASKED_SHARE: Final = 0.02
"""Of a core: all that the thread uses, waking included."""
_SPENT_WITHIN_S: Final = 1.5
"""What was saved is spent within this time; no more than this time's share is kept."""
_USUAL_COST_S: Final = 50e-6
_SMOOTH: Final = 0.1
_ONCE: Final = 4.0
"""Of the usual cost. What costs more once, as the first look at a library's files, does not
count."""
_GOLDEN: Final = 0.6180339887498949
"""Periods vary by its multiples' fractions: a loop of the same length is not always seen at the
same line. No random number of the user's is drawn."""


class Budget:
    """Times are monotonic seconds, costs CPU seconds of the thread."""

    def __init__(self) -> None:
        self._cost_s = _USUAL_COST_S
        self._saved_s = self._counted_to = 0.0
        self._phase = 0.0

    def begin(self, since: float) -> None:
        """Looks begin, for code that has run since then."""
        self._saved_s, self._counted_to = 0.0, since

    def wait_s(self, now: float, cost_s: float, *, asked: bool) -> float:
        """Seconds to the next look, after one that cost so much."""
        period_s, share = (ASKED_PERIOD_S, ASKED_SHARE) if asked else (PERIOD_S, SHARE)
        cost_s = min(cost_s, _ONCE * self._cost_s)
        self._cost_s += _SMOOTH * (cost_s - self._cost_s)
        saved_s = self._saved_s + share * (now - self._counted_to) - cost_s
        self._saved_s, self._counted_to = min(saved_s, share * _SPENT_WITHIN_S), now
        share = max(share / 2, share + self._saved_s / _SPENT_WITHIN_S)
        self._phase = (self._phase + _GOLDEN) % 1.0
        return max(period_s, self._cost_s / share) * (0.75 + 0.5 * self._phase)
