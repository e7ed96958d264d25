"""Whether code uses what a change would take away or make worse, such as `train_score_`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, Final

from greenlab.advice.analysis.sklearn.estimators import held
from greenlab.advice.rule import Plan
from greenlab.cellcode.ast_queries import calls, loaded, parameters_of, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.cellcode.parsed_source import parsed

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


def is_read_in(affects: Iterable[str], cell: str, sources: Iterable[str]) -> bool:
    """Whether cells that may not have run yet read what a change takes away or makes worse.

    Of an object that `cell` names: another model's `feature_importances_` stay what they are.
    `src/model/affected.ts` follows these rules (`tests/affected_cases.json`).
    """
    names = {name for name in affects if name not in _COMMON}
    if not names or (read := parsed(cell)) is None:
        return False
    here = loaded(read.tree) | stored(read.tree)
    return any(_reads(names, here, source) for source in sources)


def _reads(affects: set[str], names: set[str], source: str) -> bool:
    if not any(name in source for name in affects) or (read := parsed(source)) is None:
        return False
    for node in ast.walk(read.tree):
        if isinstance(node, ast.Name) and node.id in affects:
            return True
        if isinstance(node, ast.Attribute) and node.attr in affects:
            called = {id(call.func) for call in calls(node.value)}
            direct = {
                one.id
                for one in ast.walk(node.value)
                if isinstance(one, ast.Name) and id(one) not in called
            }
            if not direct or _behind(direct, read.tree) & names:
                return True
    return False


def _behind(names: set[str], tree: ast.AST) -> set[str]:
    """These names and those of the same cell that their values come of, through its calls."""
    found = set(names)
    pairs: list[tuple[set[str], set[str]]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                pairs.append((set().union(*map(stored, targets)), loaded(value)))
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
                | ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                pairs.append((stored(target), loaded(value)))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                given = [
                    loaded(call)
                    for call in calls(tree)
                    if isinstance(call.func, ast.Name) and call.func.id == name
                ]
                pairs.append((parameters_of(node), set().union(*given) - {name}))
    while more := {one for into, of in pairs if into & found for one in of} - found:
        found |= more
    return found


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
