"""Dataclasses whose methods are made when they are first needed.

The standard decorator compiles six methods of each class that is frozen and has slots, which
took half of the time of `%load_ext`: most of these classes are messages and documents that a
session never makes. Here such classes share all methods but `__init__`, which is compiled with
the first instance. `fields`, `replace`, `copy` and `pickle` work as ever.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
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


def _lazy(cls: type[Any]) -> type[Any]:
    made = dataclasses.dataclass(slots=True, init=False, repr=False, eq=False)(cls)

    def init(self: Any, *values: Any, **named: Any) -> None:
        made.__init__ = _compiled_init(made)
        made.__init__(self, *values, **named)

    made.__init__ = init
    for name, method in _SHARED.items():
        if name not in vars(cls):
            setattr(made, name, method)
    return made


def _compiled_init(cls: type[Any]) -> Callable[..., None]:
    """What the standard decorator would have made: each field set in its slot."""
    names: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    head, body = ["self"], []
    for one in dataclasses.fields(cls):
        name = one.name
        names[f"set_{name}"] = getattr(cls, name).__set__
        value = name
        if one.default_factory is not dataclasses.MISSING:
            names[f"make_{name}"] = one.default_factory
            head.append(f"{name}=MISSING")
            value = f"make_{name}() if {name} is MISSING else {name}"
        elif one.default is not dataclasses.MISSING:
            names[f"usual_{name}"] = one.default
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
    return attrgetter(*names) if names else lambda _: None


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = _compared(self.__class__)
    return (values(self),) == (values(other),)


def _hash(self: Any) -> int:
    return hash(_compared(self.__class__)(self))


def _repr(self: Any) -> str:
    shown = (
        f"{one.name}={getattr(self, one.name)!r}"
        for one in dataclasses.fields(self)
        if one.repr
    )
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse(_self: Any, name: str, *_value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _set_state(self: Any, values: list[Any]) -> None:
    for one, value in zip(dataclasses.fields(self), values, strict=True):
        object.__setattr__(self, one.name, value)


_SHARED: Final[dict[str, Callable[..., Any]]] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
}
