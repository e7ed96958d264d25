"""The user's functions in which a cell was seen to work, as code to read."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from greenlab.cellcode.abstract_values import FUNCTIONS, Defined
from greenlab.cellcode.introspect import is_a
from greenlab.cellcode.parsed_source import SourceText, Texts, function_around, parsed
from greenlab.cellcode.values import Scope
from greenlab.record.hot_stack import UserLine


def functions_at(
    lines: Iterable[UserLine], cell: SourceText, scope: Scope, texts: Texts
) -> Iterator[Defined]:
    """The function around each line, once; those whose text is not at hand are left out.

    `cell`, `scope`: the cell that ran, and the names of its notebook.
    """
    met: set[tuple[str, str]] = set()
    for line in lines:
        name = function_around(line.function)
        if not name or (line.file, name) in met:
            continue
        met.add((line.file, name))
        text = texts.of_file(line.file)
        if text is None:
            continue
        if text.source.strip() == cell.source.strip():
            text = cell
        read = parsed(text.source)
        node = None if read is None else read.around(name, line.line)
        if isinstance(node, FUNCTIONS):
            file = None if text.place is None else text.place.file
            own = None if file is None else _globals_of(file)
            # The names are the notebook's, too, where `%run` has run the file.
            yield Defined(node, text, scope if own is None else scope.of_module(own), name)


def _globals_of(file: str) -> Mapping[str, Any] | None:
    for module in tuple(sys.modules.values()):
        if is_a(module, types.ModuleType) and vars(module).get("__file__") == file:
            return vars(module)
    return None
