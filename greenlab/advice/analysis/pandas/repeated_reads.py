"""Files that are parsed more than once: by several calls, in a loop, in a helper of one."""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.callers import calls_of, parameters
from greenlab.advice.analysis.trip_count import turns
from greenlab.advice.rewriting.edits import Edit, Insert, Replace
from greenlab.advice.rule import Plan
from greenlab.cellcode.ast_queries import loaded, stored, written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# Where the cell calls one of these, the file may be another one by the next time.
WRITES: Final = frozenset(
    {"Popen", "check_call", "copyfile", "move", "open", "run", "sleep", "system", "to_csv",
     "urlretrieve", "write", "write_text", "writerow", "writerows"}
)  # fmt: skip
# What comes of one of these is no part of the table any more.
_SUMS_UP: Final = frozenset(
    {"count", "describe", "max", "mean", "median", "min", "nunique", "quantile", "std", "sum",
     "unique", "value_counts", "var"}
)  # fmt: skip
_DEPTH: Final = 3  # helpers that call helpers
_BY_HAND: Final = "To change by hand: parse the file once, and take a .copy() where it is used."
_RISK: Final = "The same tables. The parsed one stays in memory, besides its copies."
Loop = ast.For | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class Runs:
    """How often a call ran with the same arguments, at least, and the loops around it."""

    times: int
    loops: frozenset[ast.AST] = frozenset()


def loops(call: ast.AST, names: set[str], code: Code) -> list[Loop]:
    """The loops that go round a call and do not change these names, inmost first."""
    found: list[Loop] = []
    for above in code.within(call):
        if isinstance(
            above, (ast.FunctionDef, ast.Lambda, ast.While, ast.If, ast.IfExp, ast.Try)
        ):
            break
        if isinstance(above, Loop):
            if names & stored(above) or (
                not isinstance(above, ast.For)
                and (len(above.generators) > 1 or above.generators[0].ifs)
            ):
                break
            if call not in ast.walk(_iterated(above)):  # that is done once, before it
                found.append(above)
    return found


def runs(call: ast.Call, code: Code, live: Live) -> Runs:
    """How often a call ran as it stands, by way of the helper it stands in, too."""
    return _runs(call, loaded(call), code, live, _DEPTH)


def once(calls: Sequence[ast.Call], code: Code) -> Plan | None:
    """Parse before the first use; each use gets a copy, as it may be changed.

    `None` where the file may be another one by then. In words where the loop is that of a
    helper's caller.
    """
    first = calls[0]
    around = loops(first, loaded(first), code)
    loop = next(iter(around[::-1]), None)
    names = {written_name(call.func) for call in code.calls}
    if names & WRITES:
        return None
    if len(calls) == 1 and loop is None:
        return Plan(_RISK, _BY_HAND)
    anchor = code.statement(loop or first)
    blocks = {id(code.block(code.statement(loop or call))[0]) for call in calls}
    if len(blocks) > 1 or len(first.args) != 1:
        return None
    if loop is None and loaded(first) & {
        name for call in calls for name in _later(call, first, code)
    }:
        return None
    used = loaded(code.tree) | stored(code.tree)
    table = next(name for name in ("parsed", "parsed_table") if name not in used)
    edits: list[Edit] = [Insert(anchor.lineno, f"{table} = {code.text(first)}")]
    for call in calls:
        use = table if _sums_up(call, code) else f"{table}.copy()"
        edits.append(Replace.of(code.masked.text, call, use))
    return Plan(_RISK, _BY_HAND, tuple(edits))


def helper_around(node: ast.AST, code: Code) -> ast.FunctionDef | None:
    """The function that a node runs with each time: no condition stands between."""
    for above in code.within(node):
        if isinstance(above, ast.FunctionDef):
            kept = any("cache" in ast.unparse(mark) for mark in above.decorator_list)
            return None if kept else above
        if isinstance(above, (ast.If, ast.IfExp, ast.Lambda, ast.Try, ast.While, ast.ClassDef)):
            return None
    return None


def _runs(node: ast.AST, names: set[str], code: Code, live: Live, depth: int) -> Runs:
    around = loops(node, names, code)
    here = Runs(
        math.prod(turns(_iterated(loop), live) or 1 for loop in around), frozenset(around)
    )
    helper = helper_around(node, code)
    if helper is None or not depth:
        return here
    given = parameters(helper)
    own = stored(helper) | {one.arg for one in helper.args.kwonlyargs}
    if names & own - {*given}:
        return here  # it works out itself which file that is
    several: Counter[str] = Counter()
    met: frozenset[ast.AST] = frozenset()
    for unit, call in calls_of(helper, code):
        there = Live({}, unit, live.budget)
        parts = [
            one
            for name, one in zip(given, call.args, strict=False)
            if name in names and not isinstance(one, ast.Starred)
        ]
        parts += [word.value for word in call.keywords if word.arg in names]
        held = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        reads = set().union(*(loaded(one) for one in (*parts, *held)))
        outer = _runs(call, reads, unit, there, depth - 1)
        several[" ".join(ast.unparse(one) for one in (*held, *parts))] += outer.times
        met |= outer.loops
    return Runs(here.times * max(several.values(), default=1), here.loops | met)


def _iterated(loop: Loop) -> ast.expr:
    return loop.iter if isinstance(loop, ast.For) else loop.generators[0].iter


def _sums_up(call: ast.Call, code: Code) -> bool:
    """Whether what is done with the table right away leaves nothing of it to be changed."""
    node: ast.AST = call
    while isinstance(above := code.parents[node], (ast.Attribute, ast.Subscript, ast.Call)):
        if node not in (getattr(above, "value", None), getattr(above, "func", None)):
            return False
        if isinstance(above, ast.Attribute) and above.attr in _SUMS_UP:
            return isinstance(code.parents[above], ast.Call)
        node = above
    return False


def _later(call: ast.Call, first: ast.Call, code: Code) -> set[str]:
    """The names that the cell binds between two calls."""
    return {
        name
        for node in code.tree.body
        if first.lineno <= node.lineno <= call.lineno
        for name in stored(node)
    }
