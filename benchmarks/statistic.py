"""Statistics that the benchmarks share."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def odd(length_s: float, turn: int) -> float:
    """Up to a tenth longer: no length is a whole number of a counter's periods."""
    return length_s * (1.0 + 0.1 * (turn * 0.6180339887 % 1.0))
