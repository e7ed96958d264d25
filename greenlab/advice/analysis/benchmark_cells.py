"""Cells that measure alternatives against each other: both of them are meant to be there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from typing import Final

from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code

_COMPARES: Final = frozenset({"compare", "Proof"})
_CLOCKS: Final = frozenset(
    {"default_timer", "monotonic", "perf_counter", "perf_counter_ns", "process_time", "time_ns"}
)
# A start and an end make one time, a third look at the clock another.
_LOOKS: Final = 3
_TIMEIT: Final = re.compile(r"\s*(?:[^#'\"]*=\s*)?%timeit\b")


def is_experiment(code: Code) -> bool:
    """Whether a cell compares by `greenlab.compare`, or has `%timeit` try two things or more.

    Several `%time` or `greenlab.measure` are the steps of one work as a rule.
    """
    paths = (code.path(call.func) or "" for call in code.calls)
    compares = any(
        path.startswith("greenlab.") and path.rpartition(".")[2] in _COMPARES for path in paths
    )
    return compares or sum(bool(_TIMEIT.match(line)) for line in code.masked.hidden) > 1


def makes(code: Code, name: str) -> bool:
    """Whether the cell calls this already: a candidate beside the baseline it would replace."""
    return any(
        name in (written_name(call.func), (code.path(call.func) or "").rpartition(".")[2])
        for call in code.calls
    )


def times_itself(code: Code) -> bool:
    """Whether one block of the cell looks at a clock three times: it takes several times.

    They may be those of alternatives, or of steps. An epoch timed within a whole training is
    two blocks.
    """
    looks: Counter[int] = Counter()
    for call in code.calls:
        alone = (
            isinstance(call.func, ast.Name) and call.func.id == "time"
        )  # from time import time
        if written_name(call.func) in _CLOCKS or code.path(call.func) == "time.time" or alone:
            looks[id(code.block(code.statement(call)))] += 1
    return max(looks.values(), default=0) >= _LOOKS


def times_each(code: Code) -> bool:
    """Whether a loop keeps the time that each of its rounds takes, and trains nothing.

    `times.append(perf_counter() - start)`: the latency of each call is what is asked for.
    """
    for call in code.calls:
        if written_name(call.func) != "append" or not call.args:
            continue
        taken = any(
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Sub)
            and any(_is_clock(inner, code) for inner in ast.walk(node))
            for node in ast.walk(call.args[0])
        )
        loops = [
            above for above in code.within(call) if isinstance(above, (ast.For, ast.While))
        ]
        if taken and loops and not _trains(loops[0]):
            return True
    return False


def _is_clock(node: ast.AST, code: Code) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return written_name(node.func) in _CLOCKS or code.path(node.func) == "time.time"


def _trains(loop: ast.AST) -> bool:
    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(loop)}
    return any("train" in name or name in ("backward", "fit") for name in names)
