"""Dataclasses whose methods and fields are made when they are first needed.

The standard decorator compiles six methods of each class that is frozen and has slots, and
looks at the annotation of each field, which took half of the time of `%load_ext`: most of these
classes are messages and documents that a session never makes. Here such classes share all
methods but `__init__`, which is compiled with the first instance; what the standard library
knows of the fields is asked of it when it first matters. `fields`, `replace`, `copy`, `pickle`
and `signature` work as ever. A class that asks for more than plain fields is left to the
standard decorator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, NoReturn

__all__ = ["dataclass"]

if TYPE_CHECKING:  # to type checkers it is the standard one
    from dataclasses import dataclass
else:

    def dataclass(cls: type[Any] | None = None, /, **options: bool) -> Any:
        """The standard `dataclass`; lazy where it is asked for frozen classes with slots."""
        if options != {"frozen": True, "slots": True}:
            return dataclasses.dataclass(cls, **options)
        return _lazy if cls is None else _lazy(cls)


_OWN: Final = frozenset({"__init__", "__eq__", "__hash__", "__setattr__", "__delattr__"})
_ARGUMENTS: Final = frozenset({"self", "MISSING"})
"""Names in the compiled `__init__` which a field would hide."""
_NO_FIELDS: Final = ("KW_ONLY", "InitVar", "ClassVar")
"""Annotations of what is no field, or one of another kind."""


def _plain(cls: type[Any]) -> bool:
    """Whether a class is nothing but fields, given in their order, and methods; what it
    inherits from, if anything, is one of those made here.
    """
    if cls.__bases__ != (object,) and (len(cls.__bases__) > 1 or _inherited(cls) is None):
        return False
    if not _OWN.isdisjoint(cls.__dict__) or not cls.__doc__:
        return False
    noted = cls.__annotations__
    if not _ARGUMENTS.isdisjoint(noted):
        return False
    if any(word in str(one) for one in noted.values() for word in _NO_FIELDS):
        return False
    return not any(
        one.kw_only is True or not one.init or one.hash is not None
        for one in cls.__dict__.values()
        if isinstance(one, dataclasses.Field)
    )


def _lazy(cls: type[Any]) -> type[Any]:
    if not _plain(cls):
        return dataclasses.dataclass(frozen=True, slots=True)(cls)
    names, (noted, defaults) = tuple(cls.__annotations__), _inherited(cls) or ({}, {})
    own = {name: value for name, value in vars(cls).items() if name not in _OF_A_DICT}
    defaults = defaults | {name: own.pop(name) for name in names if name in own}
    slots = tuple(name for name in names if name not in noted)
    noted = noted | cls.__annotations__
    shared = {"__match_args__": tuple(noted), **_SHARED}
    made: Any = type(cls.__name__, cls.__bases__, {**shared, **own, "__slots__": slots})
    made.__qualname__ = cls.__qualname__
    made.__plain_fields__ = noted, defaults
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        setattr(made, name, _AsStandard(made, name))

    def init(self: Any, *values: Any, **named: Any) -> None:
        made.__init__ = _compiled_init(made)
        made.__init__(self, *values, **named)

    made.__init__ = init
    made.__signature__ = _SIGNATURE
    return made  # type: ignore[no-any-return]


def _inherited(cls: type[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The annotations and the defaults of the fields that a class inherits from one of ours."""
    return vars(cls.__bases__[0]).get("__plain_fields__")


class _AsStandard:
    """What the standard decorator notes on a class: put there when it is first asked for."""

    __slots__ = ("_made", "_name")

    def __init__(self, made: type[Any], name: str) -> None:
        self._made, self._name = made, name

    def __get__(self, _instance: object, _cls: type[Any]) -> Any:
        made: Any = self._made
        noted, defaults = made.__plain_fields__
        own = {"__annotations__": noted, "__module__": made.__module__, "__doc__": made.__doc__}
        plain: Any = type(made.__name__, (), {**own, **defaults})
        plain = dataclasses.dataclass(init=False, repr=False, eq=False)(plain)
        asked_for = plain.__dataclass_params__
        asked_for.init = asked_for.repr = asked_for.eq = asked_for.frozen = True
        made.__dataclass_fields__ = plain.__dataclass_fields__
        made.__dataclass_params__ = asked_for
        return getattr(made, self._name)


class _Signature:
    """What `inspect.signature` of a class asks for: that of the `__init__` to be compiled."""

    def __get__(self, _instance: object, cls: type[Any]) -> Any:
        if "__signature__" not in vars(cls):  # a subclass may have an `__init__` of its own
            raise AttributeError("__signature__")
        import inspect

        return inspect.Signature(
            [
                inspect.Parameter(
                    one.name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=_usual(one, inspect.Parameter.empty),
                    annotation=one.type,
                )
                for one in dataclasses.fields(cls)
            ],
            return_annotation=None,
        )


_SIGNATURE: Final = _Signature()


def _usual(one: dataclasses.Field[Any], none: object) -> object:
    """What stands for a field that is not given; as the standard decorator shows it."""
    if one.default_factory is not dataclasses.MISSING:
        return dataclasses._HAS_DEFAULT_FACTORY  # type: ignore[attr-defined]
    return none if one.default is dataclasses.MISSING else one.default


def _compiled_init(cls: type[Any]) -> Callable[..., None]:
    """What the standard decorator would have made: each field set in its slot."""
    names: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    head, body = ["self"], []
    noted, defaults = cls.__plain_fields__
    for name in noted:
        names[f"set_{name}"] = getattr(cls, name).__set__
        value: str = name
        usual: Any = defaults.get(name, dataclasses.MISSING)
        make: Any = dataclasses.MISSING
        if isinstance(usual, dataclasses.Field):
            usual, make = usual.default, usual.default_factory
        if make is not dataclasses.MISSING:
            names[f"make_{name}"] = make
            head.append(f"{name}=MISSING")
            value = f"make_{name}() if {name} is MISSING else {name}"
        elif usual is not dataclasses.MISSING:
            names[f"usual_{name}"] = usual
            head.append(f"{name}=usual_{name}")
        else:
            head.append(name)
        body.append(f"    set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("    self.__post_init__()")
    exec("\n".join((f"def __init__({', '.join(head)}):", *(body or ["    pass"]))), names)  # noqa: S102
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


@cache
def _compared(cls: type[Any]) -> Callable[[Any], Any]:
    """What gives the fields of an instance that make it equal to another one."""
    names = [one.name for one in dataclasses.fields(cls) if one.compare]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(self.__class__)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_compared(self.__class__)(self))


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (
        f"{one.name}={getattr(self, one.name)!r}"
        for one in dataclasses.fields(self)
        if one.repr
    )
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _set(_self: Any, name: str, _value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_self: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _set_state(self: Any, values: list[Any]) -> None:
    for one, value in zip(dataclasses.fields(self), values, strict=True):
        object.__setattr__(self, one.name, value)


_OF_A_DICT: Final = frozenset({"__dict__", "__weakref__"})
"""What a class without slots has more."""

_SHARED: Final[dict[str, Callable[..., Any]]] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _set,
    "__delattr__": _delete,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
    "__replace__": dataclasses.replace,
}
