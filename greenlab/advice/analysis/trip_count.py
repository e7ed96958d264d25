"""How often a loop goes round, as far as that is plain."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.pandas.live_tables import rows
from greenlab.cellcode.introspect import Live

# They go through what they are given, to its end.
_AS_LONG: Final = frozenset({"enumerate", "list", "reversed", "sorted", "tqdm", "track"})


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


def turns(iterated: ast.expr, live: Live) -> int | None:
    """How often a loop over this goes round, `None` where that is not plain."""
    if (count := counted(iterated, live)) is not None:
        return count
    match iterated:
        case ast.Call(func=ast.Name(id="range" | "trange"), args=[number]):
            return _number(number, live)
        case ast.Call(func=func, args=[of, *_]) if _last(func) in _AS_LONG:
            return turns(of, live)
        case ast.Call(func=ast.Attribute(value=of, attr="items" | "keys" | "values"), args=[]):
            return turns(of, live)
        case ast.Subscript(
            value=ast.Name() as of,
            slice=ast.Slice(lower=ast.Constant(value=int(lower)), upper=None, step=None),
        ) if lower >= 0:
            whole = turns(of, live)
            return None if whole is None else max(0, whole - lower)
        case ast.Attribute(value=of, attr="index"):
            return rows(of, live)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return len(items)
    held = live.resolve(iterated)
    return len(held) if type(held) in (list, tuple, range, dict) else rows(iterated, live)


def _number(node: ast.expr, live: Live) -> int | None:
    """`len(x)`, and `x.shape[0]`."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[of]):
            return turns(of, live)
        case ast.Subscript(
            value=ast.Attribute(value=of, attr="shape"), slice=ast.Constant(value=0)
        ):
            return rows(of, live)
    return None


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
