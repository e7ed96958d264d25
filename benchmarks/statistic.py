"""Statistics that the benchmarks share."""

from __future__ import annotations

import math
import statistics
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


# Student's t, 97.5 %, by degrees of freedom (scipy.stats.t.ppf(0.975, n)).
T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def log_ratio_interval(logs: Sequence[float]) -> tuple[float, float, float]:
    """The mean ratio of pairs from their log ratios, and the 95 % t interval of it.

    Raises:
        ValueError: there are fewer than two pairs.
    """
    if len(logs) < 2:
        raise ValueError("an interval needs two pairs")
    middle = statistics.fmean(logs)
    t = T_975[min(len(logs) - 1, len(T_975)) - 1]
    half = t * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(middle), math.exp(middle - half), math.exp(middle + half)
