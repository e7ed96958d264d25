"""How many candidates a grid search has, from the grid as code or as a live object."""

from __future__ import annotations

import ast
import math
from typing import Any, Final

from greenlab.cellcode.abstract_values import Known, Made, Parts, Value
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

_NUMBERED: Final = frozenset({"geomspace", "linspace", "logspace"})
"""Functions of numpy's whose third argument is how many values they give."""


def candidates(grid: ast.expr | None, code: Code, live: Live) -> int | None:
    """The product of the numbers of values, added up over several grids; `None` if unknown."""
    if grid is None:
        return None
    thing = live.resolve(grid)
    value = Known(thing) if thing is not None else code.value(grid)
    if isinstance(grid, ast.Dict) and value is None:
        return math.prod(_width(None, one, live) for one in grid.values)
    return _of(value, live)


def _of(value: Value | None, live: Live) -> int | None:
    match value:
        case Known(thing) if type(thing) is dict:
            return math.prod(_width(Known(one), None, live) for one in thing.values())
        case Known(thing) if type(thing) in (list, tuple):
            return _sum([_of(Known(one), live) for one in thing])
        case Parts(parts=parts) if all(type(key) is str for key in parts):
            return math.prod(_width(one, None, live) for one in parts.values())
        case Parts(parts=parts):
            return _sum([_of(one, live) for one in parts.values()])
    return None


def _sum(parts: list[int | None]) -> int | None:
    known = [one for one in parts if one is not None]
    return sum(known) if len(known) == len(parts) else None


def _width(value: Value | None, node: ast.expr | None, live: Live) -> int:
    """How many values stand for one argument; 1 where that cannot be told."""
    match value:
        case Known(thing) if type(thing) in (list, tuple, range):
            return len(thing)
        case Known(thing):
            return live.rows(thing) or 1
        case Parts(parts=parts):
            return len(parts)
        case Made(path=made, call=call, scope=scope) if _name(made) in _NUMBERED:
            number = scope.value(call.args[2]) if len(call.args) > 2 else None
            many = number.thing if isinstance(number, Known) else _NUMBERED
            return many if type(many) is int else 1
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return len(elements)
    return 1


def _name(made: str) -> str:
    return made.removesuffix("()").rpartition(".")[2]


def splits(call: ast.Call) -> int:
    """How often each candidate is fitted: `cv`, if it is a number."""
    given: Any = next((word.value for word in call.keywords if word.arg == "cv"), None)
    number = given.value if isinstance(given, ast.Constant) else None
    return number if type(number) is int else 5
