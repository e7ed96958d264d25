"""Whether work left on the GPU is seen without waiting for it, and what asking costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.statistic import percentile

LENGTHS_S = (0.0, 0.001, 0.01, 0.1)
TURNS = 30


def rows(
    launch: Callable[[float], None], wait: Callable[[], None], ask: Callable[[], bool | None]
) -> list[list[object]]:
    """For work of each length: what was left when it was asked for, how often it was seen, and
    the time that asking took.
    """
    found: list[list[object]] = []
    for length_s in LENGTHS_S:
        left_s, asked_s, seen, unknown = [], [], 0, 0
        for _ in range(TURNS):
            wait()
            if length_s:
                launch(length_s)
            begun = time.perf_counter()
            answer = ask()
            asked = time.perf_counter()
            wait()
            left_s.append(time.perf_counter() - asked)
            asked_s.append(asked - begun)
            seen += answer is True
            unknown += answer is None
        found.append(
            [
                f"{length_s * 1e3:g} ms",
                f"{statistics.median(left_s) * 1e3:.2f} ms",
                f"{seen} of {TURNS}" if not unknown else f"{unknown} of {TURNS} not reported",
                f"{percentile(asked_s, 0.95) * 1e6:.0f} µs",
            ]
        )
    return found
