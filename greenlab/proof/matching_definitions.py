"""Definitions of the same names as live ones, to be tried in their place."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from greenlab.cellcode.abstract_values import unwrapped
from greenlab.cellcode.introspect import is_a
from greenlab.cellcode.parsed_source import Texts, first_line
from greenlab.cellcode.parsed_source import parsed as read
from greenlab.proof.code_version import CannotReplaceError, CodeVersion
from greenlab.proof.definitions import defined, only_defines, parsed
from greenlab.proof.redefinition import DEFINING_CELL, Redefinition


def are_definitions(text: object, beside: object) -> bool:
    """Whether `text` gives other definitions for a version that works with them."""
    if not isinstance(text, str) or not only_defines(text):
        return False
    return not (isinstance(beside, str) and only_defines(beside))


def versions(
    first: CodeVersion, text: str, namespace: Mapping[str, Any], texts: Texts | None = None
) -> tuple[CodeVersion, CodeVersion]:
    """The first version as it is, and with the definitions of `text` in place of the live ones.

    `texts` gives the text in which a live function stands.

    Raises:
        UnfitError: none of them is there to be replaced, or they cannot be; the message says
            what to do.
    """
    texts = texts or Texts()
    names = [name for name in defined(parsed(text)) if "." not in name]
    before, files = [], set()
    for name in names:
        for function in _functions(namespace.get(name)):
            if (source := _definition(function, name, texts)) is not None:
                before.append(source)
                files.add(function.__code__.co_filename)
                break
    if not before and (other := [name for name in names if name in namespace]):
        raise CannotReplaceError(
            f"{other[0]} is no plain function or class here: it was compiled, or its source is "
            "not at hand"
        )
    if not before:
        raise CannotReplaceError(
            f"the other version only defines {', '.join(names)}, which this notebook has not "
            "defined: there is nothing to put it in the place of"
        )
    pair = Redefinition.pair("\n".join(before), text, DEFINING_CELL, files)
    return replace(first, redefined=pair[0]), replace(first, redefined=pair[1])


def _functions(thing: Any) -> Iterator[types.FunctionType]:
    """A live function, or the methods of a live class."""
    thing = unwrapped(thing)
    if is_a(thing, types.FunctionType):
        yield thing
    elif is_a(thing, type):
        for value in vars(thing).values():
            inner = unwrapped(getattr(value, "__func__", value))
            if is_a(inner, types.FunctionType):
                yield inner


def _definition(function: types.FunctionType, name: str, texts: Texts) -> str | None:
    """The lines that define a name, in the text in which this function stands."""
    text = texts.of(function)
    found = None if text is None else read(text.source)
    node = None if found is None else found.defined(name)
    if text is None or found is None or node is None:
        return None
    lines = found.masked.text.split("\n")
    return "\n".join(lines[first_line(node) - 1 : node.end_lineno])
