"""What is in a tuple, list or dict, whether it is alive or only written in the code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from greenlab.cellcode.abstract_values import Known, Parts, Value, words_of

if TYPE_CHECKING:
    from greenlab.cellcode.values import Scope


def item(base: Value | None, key: Any) -> Value | None:
    """`base[key]` of a container whose parts are known."""
    match base:
        case Parts(parts) if type(key) in (str, int):
            return parts.get(key)
        case Known(thing) if type(thing) is dict and type(key) in (str, int):
            return _known(thing.get(key))
        case Known(thing) if type(thing) in (list, tuple) and type(key) is int:
            return _known(thing[key]) if -len(thing) <= key < len(thing) else None
    return None


def first_of(value: Value | None) -> Value | None:
    """One element of a container: the first stands for all."""
    match value:
        case Parts(parts):
            return next(iter(parts.values()), None)
        case Known(thing) if type(thing) in (list, tuple) and thing:
            return _known(thing[0])
        case Known(thing) if type(thing) is dict and thing:
            return _known(next(iter(thing)))
    return None


def items_of(value: Value | None, what: str) -> Value | None:
    """One element of `dict.items()`, `.values()` or `.keys()`."""
    match value:
        case Parts(parts) if parts:
            key, one = next(iter(parts.items()))
        case Known(thing) if type(thing) is dict and thing:
            key, one = next(iter(thing.items()))
            one = _known(one)
        case _:
            return None
    return {"items": Parts({0: Known(key), 1: one}), "values": one, "keys": Known(key)}[what]


def parts_of(scope: Scope, node: ast.Tuple | ast.List | ast.Dict) -> dict[Any, Value | None]:
    """The parts of `[1, 2]`, and of `{"a": 1, **others}`."""
    if not isinstance(node, ast.Dict):
        return {place: scope.value(one) for place, one in enumerate(node.elts)}
    found: dict[Any, Value | None] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant):
            found[key.value] = scope.value(value)
        elif key is None:
            found.update(words_of(ast.Call(value, [], [ast.keyword(None, value)]), scope))
    return found


def _known(thing: Any) -> Value | None:
    return None if thing is None else Known(thing)
