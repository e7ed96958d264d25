"""Dataclasses to plain JSON and back, by their type hints.

A reader meets records of other versions: unknown fields are ignored and missing ones
take their default, so fields can be added without breaking anyone.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
_PLAIN = frozenset({str, int, float, bool, type(None)})
OMITTED_WHEN_EMPTY = frozenset({"reason", "lacks", "lines", "work"})


Reader = Callable[[Any], Any]

_plans: dict[Any, tuple[tuple[str, Reader], ...]] = {}


def _plan(cls: Any) -> tuple[tuple[str, Reader], ...]:
    """Names of a dataclass's fields and what reads each from JSON, worked out once."""
    if cls not in _plans:
        hints = typing.get_type_hints(cls)
        _plans[cls] = tuple(
            (one.name, reader(hints[one.name])) for one in dataclasses.fields(cls)
        )
    return _plans[cls]


def to_dict(value: Any) -> Any:
    """A dataclass (or a container of them) as JSON-ready dicts, lists and scalars.

    Empty optional parts (`reason` and `lacks` of a figure, `lines` and `work` of a record) are
    left out.
    """
    if type(value) in _PLAIN or isinstance(value, (str, int, float)):
        return value
    if dataclasses.is_dataclass(value):
        data = {}
        for name, _ in _plan(type(value)):
            item = getattr(value, name)
            if item or name not in OMITTED_WHEN_EMPTY:
                data[name] = item if type(item) in _PLAIN else to_dict(item)
        return data
    if isinstance(value, Mapping):
        return {str(key): to_dict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_dict(item) for item in value]
    raise TypeError(f"not JSON: {type(value).__name__}")


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass `cls` from what `to_dict` gave, possibly by another version.

    Raises:
        ValueError: a required field is absent or has the wrong shape; names the field.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{cls.__name__}: expected an object, got {type(data).__name__}")
    kwargs = {}
    for name, read in _plan(cls):
        if name in data:
            try:
                kwargs[name] = read(data[name])
            except (TypeError, ValueError) as error:
                raise ValueError(f"{cls.__name__}.{name}: {error}") from None
    try:
        return cls(**kwargs)
    except TypeError as error:
        raise ValueError(f"{cls.__name__}: {error}") from None


@cache
def reader(hint: Any) -> Reader:
    """What gives a value of this type from JSON, or raises `TypeError` or `ValueError`."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [reader(arg) for arg in args if arg is not type(None)]
        return lambda value: None if value is None else inner(value)
    if origin is typing.Literal:
        return lambda value: value if value in args else _refuse_word(value, args)
    if origin is tuple:
        item = reader(args[0])
        return lambda value: tuple(map(item, value))
    if origin is dict:
        item = reader(args[1])
        return lambda value: {str(key): item(one) for key, one in value.items()}
    if dataclasses.is_dataclass(hint):
        return lambda value: from_dict(hint, value)  # type: ignore[arg-type]
    if hint is float:
        return lambda value: value if type(value) is float else _float(value)
    if hint is Any:
        return lambda value: value
    return lambda value: value if type(value) is hint else _refuse(value, hint)


def _float(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return _refuse(value, float)


def _refuse(value: Any, hint: Any) -> typing.NoReturn:
    raise TypeError(f"expected {hint.__name__}, got {type(value).__name__}")


def _refuse_word(value: Any, words: tuple[Any, ...]) -> typing.NoReturn:
    raise ValueError(f"{value!r} is none of {', '.join(map(str, words))}")
