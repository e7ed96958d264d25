"""What pairs of runs say: a paired t interval of the log ratio, looked at a few times only.

Looking after every pair finds a saving in identical code far more often than it should. So
the looks are fixed beforehand and share the error between them (Bonferroni): with four
looks each interval holds the truth in 1 - 0.05/4 of cases.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from functools import cache
from typing import Final, Literal, NamedTuple

ALPHA: Final = 0.05
"""The chance of a wrong finding over all looks together."""
LOOKS: Final = (3, 5, 8, 12)
MARGIN: Final = 0.05
"""The least saving that counts, as a fraction of the energy before."""

Finding = Literal["verified", "rejected", "open"]


class RatioInterval(NamedTuple):
    """A mean and the bounds that hold it."""

    low: float
    mean: float
    high: float


def ratio(before: Sequence[float], after: Sequence[float], level: float) -> RatioInterval:
    """After over before: the geometric mean of the pairs' ratios and its t interval.

    `level`: the share of cases in which the interval holds the truth.

    Raises:
        ValueError: fewer than two pairs, or an energy that is not positive.
    """
    if any(value <= 0 for value in (*before, *after)):
        raise ValueError("a ratio needs energies above 0")
    logs = [math.log(b / a) for a, b in zip(before, after, strict=True)]
    low, mean, high = interval(logs, level)
    return RatioInterval(math.exp(low), math.exp(mean), math.exp(high))


def mean_ratio(before: Sequence[float], after: Sequence[float]) -> float:
    """After over before: the geometric mean of the pairs' ratios, of one pair or more."""
    both = zip(before, after, strict=True)
    return math.exp(statistics.fmean(math.log(b / a) for a, b in both))


def interval(values: Sequence[float], level: float) -> RatioInterval:
    """The mean of a few values and its two-sided t interval.

    Raises:
        ValueError: fewer than two values.
    """
    if len(values) < 2:
        raise ValueError("an interval needs two values or more")
    mean = statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(len(values))
    reach = t_quantile((1 + level) / 2, len(values) - 1) * error
    return RatioInterval(mean - reach, mean, mean + reach)


def level(looks: Sequence[int]) -> float:
    """The level of each look's interval."""
    return 1 - ALPHA / len(looks)


def judge(found: RatioInterval, margin: float = MARGIN) -> Finding:
    """`verified`: a saving of `margin` or more; `rejected`: such a saving is ruled out."""
    if found.high < 1 - margin:
        return "verified"
    return "rejected" if found.low > 1 - margin else "open"


def is_hopeless(values: Sequence[float], bound: float, last: int, level: float) -> bool:
    """Whether an interval that is open at `bound` would be open after `last` values as well.

    Their spread is taken to stay, and the mean to move towards a decision by as much as it is
    unsure of now. So about one of twenty proofs that a last look would decide is given up.
    """
    mean, error = statistics.fmean(values), statistics.stdev(values) / math.sqrt(len(values))
    reach = t_quantile((1 + level) / 2, last - 1) * statistics.stdev(values) / math.sqrt(last)
    return abs(mean - bound) + error < reach


@cache
def t_quantile(probability: float, freedom: int) -> float:
    """Student's t: the value below which `probability` lies; from 0.5 up, below 1.

    The distribution's finite sums, inverted by halving.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.

    Raises:
        ValueError: the probability is not in [0.5, 1), or there is no degree of freedom.
    """
    if not 0.5 <= probability < 1 or freedom < 1:
        raise ValueError(f"no t quantile for {probability} with {freedom} degrees of freedom")
    inside = 2 * probability - 1
    low, high = 0.0, math.pi / 2  # of atan(t / sqrt(freedom)), which is bounded
    for _ in range(100):
        middle = (low + high) / 2
        if _within(middle, freedom) < inside:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _within(angle: float, freedom: int) -> float:
    """P(|t| < sqrt(freedom) tan(angle))."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = cosine if odd else 1.0
    series = term if freedom > 1 else 0.0
    for k in range(2 if odd else 1, freedom - 2, 2):
        term *= cosine**2 * k / (k + 1)
        series += term
    if odd:
        return 2 / math.pi * (angle + sine * series)
    return sine * series
