"""A number that is known between two bounds: the arithmetic of sensors and the meter."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

Z: Final = 1.96
"""Of the 95 % interval."""


class Interval(NamedTuple):
    """A best value between two bounds, all in the unit the field's name gives."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> Interval:
        """All three times a non-negative factor."""
        return Interval(self.low * factor, self.mid * factor, self.high * factor)


def wilson(share: float, samples: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that was found by a number of equal samples.

    Source: https://doi.org/10.1080/01621459.1927.10502953.
    """
    if samples <= 0:
        return 0.0, 1.0
    square = Z * Z / samples
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(share * (1 - share) / samples + square / 4 / samples)
    return max(0.0, middle - half), min(1.0, middle + half)
