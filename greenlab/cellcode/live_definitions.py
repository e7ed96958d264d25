"""Where in its text a live function or class of the user's is defined."""

from __future__ import annotations

import ast
import types
from typing import Any

from greenlab.cellcode.abstract_values import unwrapped
from greenlab.cellcode.introspect import instance_dict, is_a
from greenlab.cellcode.parsed_source import Definition, SourceText, anonymous, parsed


def node_of(thing: Any, text: SourceText) -> Definition | ast.Lambda | None:
    """The definition of a function or class in this text."""
    if (read := parsed(text.source)) is None:
        return None
    line = thing.__code__.co_firstlineno if is_a(thing, types.FunctionType) else None
    node: Definition | ast.Lambda | None = read.defined(thing.__qualname__, line)
    if line is not None and thing.__name__ == "<lambda>":
        node = anonymous(read, line)
    if node is None and (text.place is None or text.place.file is None):
        node = read.defined(thing.__qualname__)  # below a cell magic lines count anew
    return node


def any_method(cls: type) -> types.FunctionType | None:
    """A function that stands in the body of a class, to tell where its text is."""
    for held in instance_dict(cls).values():
        kept = unwrapped(held.__func__ if is_a(held, staticmethod) else held)
        if (
            is_a(kept, types.FunctionType)
            and kept.__module__ == cls.__module__
            and kept.__qualname__ == f"{cls.__qualname__}.{kept.__name__}"
        ):
            found: types.FunctionType = kept
            return found
    return None
