"""What recorded traces say: when a counter moves, how long a power value averages.

Pure functions on lists of (seconds, value), in the order of time.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.statistic import percentile

Trace = Sequence[tuple[float, float]]

T_95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
"""Two-sided 95 % quantiles of Student's t by degrees of freedom."""


def edges(trace: Trace) -> list[float]:
    """When the value changed: half-way between the last sample before and the first after."""
    return [
        (before[0] + after[0]) / 2 for before, after in pairwise(trace) if after[1] != before[1]
    ]


@dataclass(frozen=True)
class Period:
    """Seconds between a counter's updates. `resolution_s`: between two looks, median."""

    median_s: float
    p5_s: float
    p95_s: float
    updates: int
    resolution_s: float


def period(trace: Trace) -> Period:
    """How often a counter moves.

    Raises:
        ValueError: it moved fewer than three times.
    """
    at = edges(trace)
    if len(at) < 3:
        raise ValueError(f"the counter moved {len(at)} times in the trace; three are needed")
    gaps = [after - before for before, after in pairwise(at)]
    looks = [after[0] - before[0] for before, after in pairwise(trace)]
    return Period(
        statistics.median(gaps),
        percentile(gaps, 0.05),
        percentile(gaps, 0.95),
        len(at),
        statistics.median(looks),
    )


def rise_s(trace: Trace, stepped_at: float, settle_s: float = 1.0) -> float:
    """Seconds from a tenth to nine tenths of a step up in power that came at `stepped_at`.

    The levels are the medians before the step and in the last `settle_s` of the trace. A mean
    over W seconds rises along a line, so that W is this divided by 0.8.

    Raises:
        ValueError: the trace shows no step up, or does not reach nine tenths of it.
    """
    before = [value for at, value in trace if at < stepped_at]
    last = trace[-1][0] if trace else 0.0
    after = [value for at, value in trace if at > max(stepped_at, last - settle_s)]
    if not before or not after:
        raise ValueError("the trace needs samples before the step and after it")
    low, high = statistics.median(before), statistics.median(after)
    if high <= low:
        raise ValueError(f"the power did not rise: {low:.0f} before, {high:.0f} after")
    return _reaches(trace, stepped_at, low + 0.9 * (high - low)) - _reaches(
        trace, stepped_at, low + 0.1 * (high - low)
    )


def _reaches(trace: Trace, since: float, level: float) -> float:
    for at, value in trace:
        if at >= since and value >= level:
            return at
    raise ValueError("the power never reached its level after the step")


def mean_power(trace: Trace) -> float:
    """Mean of the slope of a counter, in its unit per second, from its first edge to its last.

    Raises:
        ValueError: it moved fewer than twice.
    """
    at = edges(trace)
    if len(at) < 2:
        raise ValueError("the counter hardly moved in the trace")
    values = [b[1] for a, b in pairwise(trace) if b[1] != a[1]]
    return (values[-1] - values[0]) / (at[-1] - at[0])


@dataclass(frozen=True)
class Ratio:
    """After by before, with the 95 % interval of the mean log ratio."""

    value: float
    low: float
    high: float
    pairs: int


def paired(before: Sequence[float], after: Sequence[float]) -> Ratio:
    """The ratio of pairs measured alternately.

    Raises:
        ValueError: fewer than two pairs, or a value that is not above 0.
    """
    if len(before) < 2 or min(*before, *after) <= 0:
        raise ValueError("a ratio needs two pairs and values above 0")
    logs = [math.log(b / a) for a, b in zip(before, after, strict=True)]
    middle = statistics.fmean(logs)
    half = T_95.get(len(logs) - 1, 2.26) * statistics.stdev(logs) / math.sqrt(len(logs))
    return Ratio(math.exp(middle), math.exp(middle - half), math.exp(middle + half), len(logs))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table.

    Raises:
        ValueError: a row is longer or shorter than the heads.
    """
    if any(len(row) != len(heads) for row in rows):
        raise ValueError("every row needs a cell for every head")
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
