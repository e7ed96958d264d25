"""What an attribute of a value stands for, as far as no code has to run for it."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Any

from greenlab.cellcode.abstract_values import (
    Defined,
    Imported,
    Known,
    Made,
    Method,
    Value,
    function_in,
    method_of,
    methods,
)
from greenlab.cellcode.introspect import is_a, of_class
from greenlab.cellcode.parsed_source import is_users_module

if TYPE_CHECKING:
    from greenlab.cellcode.values import Scope


def attribute_of(scope: Scope, base: Value | None, attr: str) -> Value | None:
    """`base.attr`, as far as no code has to run for it."""
    match base:
        case Imported(path=imported):
            return Imported(f"{imported}.{attr}")
        case Made():
            return _of_made(base, attr)
        case Defined(node=ast.ClassDef(), thing=thing):
            if (method := method_of(base, attr)) is not None:
                return method
            return _class_level(base, attr) if thing is None else _of_live(scope, thing, attr)
        case Known(thing):
            return _of_live(scope, thing, attr)
    return None


def _of_live(scope: Scope, thing: Any, attr: str) -> Value | None:
    if (own := scope.live.own(thing, attr)) is not None:
        return scope.known(own)
    cls = thing if is_a(thing, type) else type(thing)
    if not is_users_module(cls.__module__):
        return None
    kept = function_in(of_class(cls, attr))
    if is_a(kept, types.FunctionType):
        function = scope.known(kept)
        if isinstance(function, Defined):
            return function if cls is thing else Method(function, Known(thing))
        return None
    if is_a(kept, property):
        return scope.result(scope.known(kept.fget), (Known(thing),), None)
    return None if kept is None else scope.known(kept)


def _of_made(made: Made, attr: str) -> Value | None:
    if made.cls is None:
        return made.attributes.get(attr)
    if (method := method_of(made.cls, attr)) is not None:
        return Method(method, made)
    if attr not in made.attributes:
        made.attributes[attr] = None
        made.attributes[attr] = _set_in_init(made, attr)
    return made.attributes[attr]


def _set_in_init(made: Made, attr: str) -> Value | None:
    """What `__init__` assigns to an attribute of the object that the call makes."""
    assert made.cls is not None
    init = method_of(made.cls, "__init__")
    if init is None:
        # A data class is given its attributes by their names.
        return made.given(attr) or _class_level(made.cls, attr) or _set_later(made, attr)
    from greenlab.cellcode.function_scope import Locals, assigned_to

    if not made.within:
        made.within.append(Locals.of(init, made.scope, call=made.call, holder=made))
    inside = made.within[0]
    assert isinstance(inside, Locals)
    for given in assigned_to(attr, init.node):
        return inside.value(given)
    return _class_level(made.cls, attr) or _set_later(made, attr)


def _set_later(made: Made, attr: str) -> Value | None:
    """What another method assigns to it, such as `setup` or `load`."""
    from greenlab.cellcode.function_scope import Locals, assigned_to

    assert made.cls is not None
    for name in methods(made.cls):
        one = None if name == "__init__" else method_of(made.cls, name)
        if one is None:
            continue
        for given in assigned_to(attr, one.node):
            return Locals.of(one, made.scope, call=None, holder=made).value(given)
    return None


def _class_level(cls: Defined, attr: str) -> Value | None:
    for statement in getattr(cls.node, "body", ()):
        target = _single_target(statement)
        if isinstance(target, ast.Name) and target.id == attr:
            return cls.scope.value(getattr(statement, "value", None))
    return None


def _single_target(statement: ast.AST) -> ast.AST | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return statement.target
    return None
