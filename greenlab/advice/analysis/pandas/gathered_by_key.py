"""Dictionaries in which a loop gathers sums, counts or lists by a key: what `groupby` does."""

from __future__ import annotations

import ast
from collections import Counter

from greenlab.cellcode.ast_queries import loaded

_PUTS_IN = ("add", "append")


def gathered_by_key(loop: ast.For) -> frozenset[str]:
    """The names of dictionaries that a loop only adds to, each round under a key of its own."""
    uses = Counter(one.id for one in ast.walk(loop) if isinstance(one, ast.Name))
    known: Counter[str] = Counter()
    for node in ast.walk(loop):
        match node:
            case ast.If(
                test=ast.Compare(ops=[ast.NotIn() | ast.In()], comparators=[ast.Name(id=name)])
            ):
                known[name] += 1
            case ast.AugAssign(target=ast.Subscript() as target) if _name(target):
                known[_name(target)] += 1
            case ast.Assign(targets=[ast.Subscript() as target], value=value) if _name(target):
                name = _name(target)
                if _adds_to(value, name):
                    known[name] += 2
                elif name not in loaded(value) and _begins(value):
                    known[name] += 1
            case ast.Call(func=ast.Attribute(value=held, attr=attr)) if attr in _PUTS_IN:
                known[_list_of(held)] += 1
    return frozenset(name for name, many in known.items() if name and uses[name] == many)


def _name(target: ast.expr) -> str:
    """`d` for `d[k]` and `d[k]["sum"]`; empty for others."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _adds_to(value: ast.expr, name: str) -> bool:
    """`d.get(k, 0) + x` and `d[k] + x`."""
    match value:
        case ast.BinOp(left=held, op=ast.Add(), right=more) if name not in loaded(more):
            pass
        case _:
            return False
    match held:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=whose), attr="get")):
            return whose == name
    return isinstance(held, ast.Subscript) and _name(held) == name


def _begins(value: ast.expr) -> bool:
    """An empty sum, count or list."""
    match value:
        case ast.Constant(value=0 | 0.0 | ""):
            return True
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Call(args=[], keywords=[]):
            return True
        case ast.Dict(values=values):
            return all(map(_begins, values))
    return False


def _list_of(held: ast.expr) -> str:
    """`d` for `d[k]` and `d.setdefault(k, [])`; empty for others."""
    match held:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="setdefault")):
            return name
    return _name(held) if isinstance(held, ast.Subscript) else ""
