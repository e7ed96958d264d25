"""What is known of a value in code that is read: a live object, or what makes one."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from greenlab.cellcode.introspect import (
    instance_dict,
    is_a,
    lineage,
    mro,
    of_class,
    path,
    path_of_thing,
)
from greenlab.cellcode.parsed_source import Definition, SourceText, is_users_module

if TYPE_CHECKING:
    from greenlab.cellcode.values import Scope

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
CALLABLES: Final = (*FUNCTIONS, ast.Lambda)


@dataclass(frozen=True, eq=False)
class Known:
    """A live object."""

    thing: Any


@dataclass(frozen=True, eq=False)
class Defined:
    """A function, lambda or class of the user's: its node, its text, the names it sees.

    `thing`: the live one, `None` where code is only read. `name`: as in `Trainer.step`.
    `owner`: the class whose method it is.
    """

    node: Definition | ast.Lambda
    text: SourceText
    scope: Scope
    name: str
    thing: Any = None
    owner: Defined | None = None


@dataclass(frozen=True, eq=False)
class Method:
    """A function of the user's, bound to the object it is called on."""

    function: Defined
    holder: Value


@dataclass(frozen=True, eq=False)
class Made:
    """An object that `call` makes, of the class, or by the function, at `path`."""

    path: str
    call: ast.Call
    scope: Scope
    cls: Defined | None = None
    attributes: dict[str, Value | None] = field(default_factory=dict)
    within: list[Scope] = field(default_factory=list)
    """The names in its `__init__`, once they were asked for."""

    def given(self, *names: str, position: int | None = None) -> Value | None:
        """What the call was given under one of these names, or at this position."""
        words = dict(words_of(self.call, self.scope))
        if found := next((words[name] for name in names if name in words), None):
            return found
        if position is not None and position < len(self.call.args):
            return self.scope.value(self.call.args[position])
        return None


@dataclass(frozen=True, eq=False)
class Imported:
    """A library's module, class or function, by its path, where code is only read."""

    path: str


@dataclass(frozen=True, eq=False)
class Parts:
    """A list, tuple or dictionary that the code spells out."""

    parts: Mapping[Any, Value | None]


Value = Known | Defined | Method | Made | Imported | Parts


def words_of(call: ast.Call, scope: Scope) -> Iterator[tuple[str, Value | None]]:
    """What a call is given by name: `a=1`, and the keys of a dictionary after `**`."""
    for word in call.keywords:
        if word.arg is not None:
            yield word.arg, scope.value(word.value)
            continue
        match scope.value(word.value):
            case Parts(parts):
                several: Mapping[Any, Value | None] = parts
            case Known(thing) if type(thing) is dict:
                several = {key: scope.known(one) for key, one in thing.items()}
            case _:
                continue
        yield from ((key, one) for key, one in several.items() if type(key) is str)


def path_of(value: Value | None) -> str | None:
    """A value's dotted path, as `path_of_thing`: of an object that of its class and `()`."""
    match value:
        case Known(thing):
            return path_of_thing(thing)
        case Defined(name=name, thing=thing):
            return path_of_thing(thing) if thing is not None else f"__main__.{name}"
        case Made(path=made):
            return f"{made}()"
        case Imported(path=imported):
            return imported
    return None


def method_of(cls: Defined, name: str) -> Defined | None:
    """A method of a class of the user's, its bases of the user's own included."""
    assert isinstance(cls.node, ast.ClassDef)
    if cls.thing is not None:
        kept = function_in(of_class(cls.thing, name))
        found = cls.scope.known(kept) if is_a(kept, types.FunctionType) else None
        return found if isinstance(found, Defined) else None
    for node in cls.node.body:
        if isinstance(node, FUNCTIONS) and node.name == name:
            return Defined(node, cls.text, cls.scope, f"{cls.name}.{name}", None, cls)
    for base in cls.node.bases:
        above = cls.scope.value(base)
        if not isinstance(above, Defined) or not isinstance(above.node, ast.ClassDef):
            continue
        if (found := method_of(above, name)) is not None:
            return found
    return None


def methods(cls: Defined) -> Iterator[str]:
    """The names of the methods of a class of the user's, its user's bases' included."""
    if cls.thing is not None:
        for one in mro(cls.thing):
            if is_users_module(one.__module__):
                table = instance_dict(one)
                yield from (
                    name for name in table if is_a(unwrapped(table[name]), types.FunctionType)
                )
        return
    assert isinstance(cls.node, ast.ClassDef)
    yield from (node.name for node in cls.node.body if isinstance(node, FUNCTIONS))


def bases(value: Value | None) -> Iterator[str]:
    """The paths of the classes that such an object descends from, as far as is known."""
    match value:
        case Known(thing):
            yield from lineage(thing)
        case Made(cls=Defined(thing=thing)) if thing is not None:
            yield from map(path, mro(thing))
        case Made(cls=Defined(node=ast.ClassDef(bases=above), scope=scope)):
            for base in above:
                inner = scope.value(base)
                if isinstance(inner, Defined) and isinstance(inner.node, ast.ClassDef):
                    yield from bases(Made(inner.name, ast.Call(base, [], []), scope, inner))
                elif (name := scope.path(base)) is not None:
                    yield name
        case Made(path=name):
            yield name


def is_module(value: Value | None) -> bool:
    """Whether this is a module of Python's."""
    return isinstance(value, Known) and is_a(value.thing, types.ModuleType)


def function_in(kept: Any) -> Any:
    """The function that a class keeps as it is, or as a static or class method."""
    if is_a(kept, staticmethod) or is_a(kept, classmethod):
        kept = kept.__func__
    return unwrapped(kept)


def unwrapped(thing: Any) -> Any:
    """What a decorator was put around, by the `__wrapped__` that `functools.wraps` leaves."""
    for _ in range(8):  # decorators one around the other
        if not is_a(thing, types.FunctionType):
            break
        inner = instance_dict(thing).get("__wrapped__")
        if not is_a(inner, types.FunctionType):
            break
        thing = inner
    return thing


def thing_of(value: Value | None) -> Any:
    """The live object that a value is, or `None`."""
    match value:
        case Known(thing) | Defined(thing=thing):
            return thing
    return None
