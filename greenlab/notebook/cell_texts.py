"""The cell in which a function of the notebook was defined: its id, and its text as it ran."""

from __future__ import annotations

import linecache
import types
from collections.abc import Iterator
from typing import Any, Final

from greenlab.cellcode.cell_magics import lines_above, lines_above_body
from greenlab.cellcode.parsed_source import (
    SourceText,
    Texts,
    is_users_module,
    parsed,
    text_of_file,
)
from greenlab.cellcode.source_hash import source_hash
from greenlab.record import Place

MOST_CELLS: Final = 10_000
_SEARCHED: Final = 100
"""So many of the latest cells are looked through."""


class CellTexts(Texts):
    """Finds texts by the file names that IPython gives cells, in what IPython itself keeps."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._ids: dict[int, str | None] = {}

    def ran(self, execution_count: int | None, cell_id: str | None) -> None:
        """A cell ran under this number."""
        if execution_count is not None:
            self._ids[execution_count] = cell_id
            if len(self._ids) > MOST_CELLS:
                del self._ids[next(iter(self._ids))]

    def of(self, function: types.FunctionType) -> SourceText | None:
        """The text in which a live function stands, `None` where it is not at hand."""
        if (text := self.of_file(function.__code__.co_filename)) is not None:
            return text
        return self._defining(function) if is_users_module(function.__module__) else None

    def of_file(self, file: str) -> SourceText | None:
        """The text of a file, or of a cell by the file name that IPython gave it."""
        numbers = getattr(getattr(self._shell, "compile", None), "_filename_map", {})
        number = numbers.get(file)
        if number is None:
            return text_of_file(file)
        compiled = linecache.cache.get(file)
        lines = [] if compiled is None or len(compiled) != 4 else compiled[2]
        found = self._cell(number)
        if lines and (found is None or lines_above(found.source, lines) is None):
            found = self._with_body(lines) or found
        return found or text_of_file(file)

    def cells(self) -> Iterator[SourceText]:
        """The cells that ran, the latest first."""
        last = len(self._raw()) - 1
        for number in range(last, max(last - _SEARCHED, 0), -1):
            if (text := self._cell(number)) is not None:
                yield text

    def _with_body(self, lines: list[str]) -> SourceText | None:
        """The cell whose body `%%capture` or the like ran as if it were the next cell."""
        for text in self.cells():
            above = lines_above(text.source, lines)
            if above and above == lines_above_body(text.source):
                return text
        return None

    def _defining(self, function: types.FunctionType) -> SourceText | None:
        """Below `%%time` and its like code has no file: the last cell that defines the name."""
        top = function.__qualname__.partition(".")[0]
        for text in self.cells():
            read = parsed(text.source) if top in text.source else None
            if read is not None and top in read.top_level:
                return text
        return None

    def _cell(self, number: int | None) -> SourceText | None:
        raw = self._raw()
        if number is None or not 0 < number < len(raw) or type(raw[number]) is not str:
            return None
        source = raw[number]
        place = Place(self._ids.get(number), number, source_hash(source))
        return SourceText(source, place)

    def _raw(self) -> list[Any]:
        kept = getattr(getattr(self._shell, "history_manager", None), "input_hist_raw", [])
        return kept if type(kept) is list else []
