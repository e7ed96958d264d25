"""Whether a cell takes the time of several things, as one does to compare them."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Final

from greenlab.advice.code import Code

CLOCKS: Final = frozenset(
    {"default_timer", "monotonic", "perf_counter", "perf_counter_ns", "process_time", "time_ns"}
)
# A start and an end make one time, a third look at the clock another.
LOOKS: Final = 3


def times_itself(code: Code) -> bool:
    """Whether one block of the cell looks at a clock three times, or runs `timeit` twice.

    An epoch timed within a whole training is two blocks, and no comparison.
    """
    looks: Counter[int] = Counter()
    runs = sum(line.lstrip().startswith(("%timeit", "%time ")) for line in code.masked.hidden)
    for call in code.calls:
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in CLOCKS or code.path(call.func) == "time.time" or _is_time(call.func):
            looks[id(code.block(code.statement(call)))] += 1
        runs += (code.path(call.func) or "").startswith("timeit.")
    return max(looks.values(), default=0) >= LOOKS or runs > 1


def _is_time(func: ast.expr) -> bool:
    """`time()` as `from time import time` has it: of a built-in function no path is known."""
    return isinstance(func, ast.Name) and func.id == "time"
