"""The loops that go round a node, by way of helpers, too, and what changes in each round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from greenlab.advice.analysis.callers import parameters, uses
from greenlab.advice.analysis.loop_data_flow import sources
from greenlab.cellcode.ast_queries import loaded, written_name
from greenlab.cellcode.cell_ast import Code

Loop = ast.For | ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp | ast.Call
# They hand on what they are given, and say how far they are.
PASSED_THROUGH: Final = frozenset({"list", "reversed", "sorted", "tqdm", "track", "trange"})
# Methods that call a function on each value of a column, or on each row of a table.
APPLIES: Final = frozenset({"apply", "map", "progress_apply", "progress_map"})
# Methods of pools of threads and processes that call a function on each item they are given.
POOLS: Final = frozenset({"imap", "imap_unordered", "map"})
_DEPTH: Final = 3  # helpers that call helpers
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


@dataclass(frozen=True)
class Round:
    """A loop around a node, and the name of what changes in each round.

    `given`: the names by which a helper that the loop calls is handed the item.
    """

    loop: Loop
    items: ast.expr
    item: ast.Name | ast.arg
    code: Code
    within: ast.FunctionDef | None = None
    given: frozenset[str] = frozenset()


def rounds(node: ast.AST, code: Code, depth: int = _DEPTH) -> Iterator[Round]:
    """The loop nearest around a node, or those around each call of the helper it is in."""
    for above in code.within(node):
        if isinstance(above, (ast.While, ast.AsyncFor, ast.ClassDef, ast.AsyncFunctionDef)):
            return
        if isinstance(above, (ast.For, *_COMPREHENSIONS)):
            head = above if isinstance(above, ast.For) else above.generators[0]
            chooses = head.ifs if isinstance(head, ast.comprehension) else []
            heads = [one for part in (head.iter, *chooses) for one in ast.walk(part)]
            if not _leaves_early(above) and node not in heads:
                for items, item in _over(head.iter, head.target):
                    yield Round(above, items, item, code)
            return
        if isinstance(above, ast.Lambda):
            yield from _handed(above, above, code)
            return
        if isinstance(above, ast.FunctionDef):
            if depth:
                yield from _of_helper(above, code, depth)
            return


def _of_helper(helper: ast.FunctionDef, code: Code, depth: int) -> Iterator[Round]:
    names = parameters(helper)
    for unit, use in uses(helper, code):
        call = unit.parents.get(use)
        if not isinstance(call, ast.Call):
            continue
        if call.func is not use:
            for one in _handed(use, helper, unit):
                yield replace(one, within=helper, given=frozenset(names[:1]))
            continue
        for one in rounds(call, unit, depth - 1):
            named = {*one.given} or {name_of(one.item)}
            body: ast.AST = one.within or body_of(one.loop)
            pairs = [*zip(names, call.args, strict=False)]
            pairs += [(word.arg, word.value) for word in call.keywords if word.arg]
            handed = {name for name, value in pairs if sources(loaded(value), body) & named}
            if handed:
                yield replace(one, within=helper, given=frozenset(handed))


def _handed(
    function: ast.AST, node: ast.Lambda | ast.FunctionDef, code: Code
) -> Iterator[Round]:
    """The rounds of `df[c].apply(function)` and `map(function, items)`."""
    call = code.parents.get(function)
    if not isinstance(call, ast.Call) or not call.args or call.args[0] is not function:
        return
    if not node.args.args:
        return
    item = node.args.args[0]
    if isinstance(call.func, ast.Attribute) and call.func.attr in POOLS and len(call.args) == 2:
        yield Round(call, call.args[1], item, code)
    elif isinstance(call.func, ast.Attribute) and call.func.attr in APPLIES:
        yield Round(call, call.func.value, item, code)
    elif isinstance(call.func, ast.Name) and call.func.id == "map" and len(call.args) == 2:
        yield Round(call, call.args[1], item, code)


def _over(iterated: ast.expr, target: ast.expr) -> Iterator[tuple[ast.expr, ast.Name]]:
    """What is gone through and the name for a part of it, in `for part in …`."""
    targets = target.elts if isinstance(target, ast.Tuple) else []
    match iterated:
        case ast.Call(func=func, args=[inner, *_]) if written_name(func) in PASSED_THROUGH:
            yield from _over(inner, target)
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if len(targets) == 2:
            yield from _over(inner, targets[1])
            yield from _names([targets[0]], inner)
        case ast.Call(func=ast.Name(id="zip"), args=parts) if len(targets) == len(parts):
            for part, one in zip(parts, targets, strict=True):
                yield from _over(part, one)
        case ast.Call(func=ast.Attribute(value=held, attr="items" | "iterrows")) if targets:
            yield from _names(targets, held)
        case _:  # `for a, b in pairs`: parts of one item
            yield from _names(targets or [target], iterated)


def _names(targets: list[ast.expr], items: ast.expr) -> Iterator[tuple[ast.expr, ast.Name]]:
    yield from ((items, one) for one in targets if isinstance(one, ast.Name))


def _leaves_early(loop: Loop) -> bool:
    if not isinstance(loop, ast.For):
        head, *more = loop.generators  # type: ignore[union-attr]
        return bool(more) or not all(map(_leaves_out_nothing, head.ifs))
    return any(isinstance(node, (ast.Break, ast.Return)) for node in ast.walk(loop))


def _leaves_out_nothing(test: ast.expr) -> bool:
    """Whether a condition only leaves out what is empty or missing."""
    match test:
        case ast.Name() | ast.Call(func=ast.Attribute(value=ast.Name(), attr="strip"), args=[]):
            return True
        case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
        case ast.Call(func=func, args=[ast.Name(), *_]):
            return written_name(func) in ("isinstance", "len", "notna", "notnull")
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len")),
            ops=[ast.Gt() | ast.GtE()],
            comparators=[ast.Constant(value=0 | 1 | 2 | 3)],
        ):
            return True
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(map(_leaves_out_nothing, parts))
    return False


def body_of(loop: Loop) -> ast.AST:
    """What runs in each round: of `apply`, the function if it stands there."""
    if isinstance(loop, ast.Call):
        given = loop.args[0]
        return given if isinstance(given, ast.Lambda) else loop
    return loop


def name_of(item: ast.Name | ast.arg) -> str:
    """The name of a loop's variable, or of the parameter that is given the item."""
    return item.id if isinstance(item, ast.Name) else item.arg
