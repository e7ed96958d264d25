"""For how many texts a call of a language model is made, by what the code goes through."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from greenlab.advice.analysis.callers import uses
from greenlab.advice.analysis.row_counts import number, rows
from greenlab.advice.analysis.trip_count import turns
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# Methods that call a function on each value of a column, or on each row of a table.
_APPLIES: Final = frozenset(
    {"apply", "map", "parallel_apply", "progress_apply", "progress_map"}
)
_COMPREHENSIONS: Final = (ast.DictComp, ast.GeneratorExp, ast.ListComp, ast.SetComp)


def texts_asked(call: ast.Call, code: Code, live: Live) -> int | None:
    """The most texts that one loop around this call, or around the helper it is in, has.

    `None` where no loop over live data is found: rounds that a number counts are no texts.
    """
    counts = _counts(call, code, Live(live.namespace, code, live.budget), set())
    return max((one for one in counts if one is not None), default=None)


def _counts(node: ast.AST, code: Code, live: Live, seen: set[ast.AST]) -> Iterator[int | None]:
    for argument in node.args[:1] if isinstance(node, ast.Call) else ():
        yield _over(argument, live) if isinstance(argument, _COMPREHENSIONS) else None
    for above in code.within(node):
        match above:
            case ast.For() if node not in ast.walk(above.iter):
                yield _through(above.iter, live)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                yield _over(above, live)
            case ast.Lambda():
                yield _applied(above, code, live)
            case ast.FunctionDef():
                for unit, use in uses(above, code) if above not in seen else ():
                    seen.add(above)
                    there = live if unit is code else Live({}, unit, live.budget)
                    if (rounds := _applied(use, unit, there)) is not None:
                        yield rounds
                    elif isinstance(unit.parents.get(use), ast.Call):
                        yield from _counts(use, unit, there, seen)
                return


def _over(node: ast.AST, live: Live) -> int | None:
    """The rounds of a comprehension that leaves none of them out."""
    assert isinstance(node, _COMPREHENSIONS)
    first = node.generators[0]
    return None if first.ifs else _through(first.iter, live)


def _through(iterated: ast.expr, live: Live) -> int | None:
    """The texts that a loop goes through, one by one or batch by batch."""
    match iterated:
        case ast.Call(func=func, args=[inner, *_]) if _last(func) in ("tqdm", "track"):
            return _through(inner, live)
        case ast.Call(func=ast.Name(id="range" | "trange"), args=[*ends]) if ends:
            last = ends[0] if len(ends) == 1 else ends[1]
            return None if isinstance(last, ast.Constant) else number(last, live)
        case ast.Call(func=ast.Attribute(value=table, attr="iterrows" | "itertuples")):
            return rows(table, live)
    return turns(iterated, live)


def _applied(function: ast.AST, code: Code, live: Live) -> int | None:
    """The rows of `df[c].apply(function)`, and of `map(function, items)`."""
    match code.parents.get(function):
        case ast.Call(func=ast.Attribute(value=items, attr=attr), args=[first, *_]) if (
            first is function and attr in _APPLIES
        ):
            return rows(items, live)
        case ast.Call(func=ast.Name(id="map"), args=[first, items]) if first is function:
            return _through(items, live)
    return None


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
