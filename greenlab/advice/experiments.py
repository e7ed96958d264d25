"""Cells that measure alternatives against each other: both of them are meant to be there."""

from __future__ import annotations

import re
from typing import Final

from greenlab.advice.code import Code

_COMPARES: Final = frozenset({"compare", "Proof"})
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
        name in (getattr(call.func, "id", None), getattr(call.func, "attr", None))
        for call in code.calls
    )
