"""How often a loop goes round, as far as that is plain."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.row_counts import number, rows
from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.introspect import Live

# They go through what they are given first, to its end.
_AS_LONG: Final = frozenset({"enumerate", "list", "reversed", "sorted", "tqdm", "track", "zip"})


def counted(iterated: ast.expr, live: Live | None = None) -> int | None:
    """The `n` of `range(n)`, through `tqdm`; `None` for anything else.

    Without `live` only a number that stands there itself counts.
    """
    match iterated:
        case ast.Call(func=ast.Name(id="range" | "trange"), args=[ast.Constant(value=int(n))]):
            return n
        case ast.Call(func=ast.Name(id="range" | "trange"), args=[ast.Name() as name]) if live:
            n = live.resolve(name)
            return n if type(n) is int else None
        case ast.Call(func=ast.Name(id="tqdm"), args=[ast.Call() as inner, *_]):
            return counted(inner, live)
    return None


def turns(iterated: ast.expr, live: Live, depth: int = 8) -> int | None:
    """How often a loop over this goes round, `None` where that is not plain."""
    if not depth:
        return None
    if (count := counted(iterated, live)) is not None:
        return count
    if (inner := _as_long_as(iterated)) is not None:
        return turns(inner, live, depth - 1)
    match iterated:
        case ast.Call(func=ast.Name(id="range" | "trange"), args=[*ends]):
            return _stepped(ends, live)
        case ast.Subscript(
            value=ast.Name() as of,
            slice=ast.Slice(lower=ast.Constant(value=int(lower)), upper=None, step=None),
        ) if lower >= 0:
            whole = turns(of, live, depth - 1)
            return None if whole is None else max(0, whole - lower)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return len(items)
    held = live.resolve(iterated)
    found = len(held) if type(held) in (list, tuple, range, dict) else rows(iterated, live)
    before = live.came_from(iterated) if found is None else None
    return found if before is None or before[2] else turns(before[0], before[1], depth - 1)


def _as_long_as(iterated: ast.expr) -> ast.expr | None:
    """What an expression goes through to its end, `None` where it is not of that kind.

    Of a column without what is missing in it, the whole column.
    """
    match iterated:
        case ast.Call(func=func, args=[of, *_]) if written_name(func) in _AS_LONG:
            return of
        case ast.Call(
            func=ast.Attribute(value=of, attr="dropna" | "items" | "keys" | "values"), args=[]
        ):
            return of
        case ast.Call(
            func=ast.Attribute(value=of, attr="to_dict"), args=[ast.Constant(value="records")]
        ):
            return of
        case ast.ListComp(generators=[one]) | ast.GeneratorExp(generators=[one]):
            return None if one.ifs else one.iter
    return None


def _stepped(ends: list[ast.expr], live: Live) -> int | None:
    """How many numbers `range(…)` gives."""
    known = [number(one, live) for one in ends]
    given = [one for one in known if one is not None]
    return (
        len(range(*given)) if 0 < len(given) == len(known) <= 3 and 0 not in given[2:] else None
    )
