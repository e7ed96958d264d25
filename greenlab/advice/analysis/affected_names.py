"""Whether code uses what a change would take away or make worse, such as `train_score_`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from greenlab.advice.analysis.sklearn.estimators import held
from greenlab.advice.rule import Plan
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# Other objects have these as well: they count only on an object that is known to be meant.
_COMMON: Final = frozenset({"apply", "support_"})
MAX_CELLS: Final = 200


def used_here(plan: Plan, code: Code, live: Live) -> list[str]:
    """What this code uses of what the change affects."""
    return sorted(set(_uses(plan, code, live))) if plan.affects else []


def used_elsewhere(plan: Plan, others: Iterable[str], live: Live) -> list[str]:
    """The same in other cells, given by their sources."""
    found: set[str] = set()
    for source in list(others)[-MAX_CELLS:]:
        if any(name in source for name in plan.affects):
            code = Code.of(source, live.names)
            found |= set(_uses(plan, code, live)) if code else set()
    return sorted(found)


def is_read_in(affects: Iterable[str], sources: Iterable[str]) -> bool:
    """Whether cells that may not have run yet name what a change takes away or makes worse.

    `src/model/affected.ts` asks the same of a page's cells.
    """
    names = [name for name in affects if name not in _COMMON]
    if not names:
        return False
    used = re.compile(rf"(?<![\w'\"])({'|'.join(map(re.escape, names))})(?![\w'\"])")
    return any(used.search(source) for source in sources)


def _uses(plan: Plan, code: Code, live: Live) -> Iterator[str]:
    for node in code.nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in plan.affects:
                yield name
            case ast.Attribute(value=base, attr=name) if name in plan.affects:
                thing = live.resolve(base)
                known = thing is not None
                if _is_of(plan, thing, live) if known else name not in _COMMON:
                    yield name


def _is_of(plan: Plan, thing: Any, live: Live) -> bool:
    """Whether an object is of a class that is changed, or holds one."""
    return not plan.affects_of or any(
        type(one).__name__ in plan.affects_of for one in held(thing, live)
    )
