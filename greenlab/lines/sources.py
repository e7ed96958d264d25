"""Where a sampled line stands for people: in which cell or file, and what it says."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from greenlab.cellcode.cell_magics import CALLS_CELL_MAGIC, lines_above, lines_of_magics
from greenlab.cellcode.parsed_source import SourceText
from greenlab.lines.calls import Place
from greenlab.lines.window_code import BY_MAGICS, WindowCode, function_in_text

LONGEST: Final = 120
"""Characters of a line that are kept."""


class Located(NamedTuple):
    """A line of a file, or of a cell: then `file` is `None`."""

    file: str | None
    line: int
    execution_count: int | None = None
    cell_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """How lines that were seen in a cell are found again.

    `code`: whose code it was. `execution_count`, `cell_id`: of the cell that ran. `own_files`:
    the names under which that cell's code was seen: `%%capture` and the like run their body
    under another one, which IPython counts as another cell. `cell_id_of(execution_count)`: of
    earlier cells.
    """

    code: WindowCode
    execution_count: int | None = None
    cell_id: str | None = None
    own_files: frozenset[str] = frozenset()
    cell_id_of: Callable[[int], str | None] = field(default=lambda _count: None)

    def place(self, seen: Place) -> Located:
        """Where a line stands."""
        return self._find(seen)[0]

    def text(self, seen: Place) -> str | None:
        """What a line says, `None` where the source is not at hand."""
        place, source = self._find(seen)
        if source is None:
            text = linecache.getline(seen.file, seen.line)
        else:
            lines = source.splitlines()
            text = lines[place.line - 1] if place.line <= len(lines) else ""
        return text.strip()[:LONGEST] or None

    def function(self, seen: Place) -> str:
        """The qualified name of the function that a line is in."""
        return function_in_text(seen.file, seen.function)

    def _find(self, seen: Place) -> tuple[Located, str | None]:
        """Where a line stands, and that cell's text; `None` for a file's."""
        if seen.file in BY_MAGICS:
            origin = self.code.origin(seen)
            if origin is None:
                return Located(seen.file, seen.line), None
            return self._in_cell(origin.text, seen.line + origin.above)
        count = self.code.user.execution_count(seen.file)
        if count is None:
            return Located(seen.file, seen.line), None
        if seen.file not in self.own_files:
            text = self.code.texts.of_file(seen.file)
            place = None if text is None else text.place
            if place is not None and place.execution_count:
                # Not the file's number: `%%capture` counts its body as the next cell.
                count = place.execution_count
            if count != self.execution_count:
                if text is None or place is None:
                    return Located(None, seen.line, count, self.cell_id_of(count)), None
                return self._in_cell(text, _line_in(text.source, seen), count)
        own = SourceText(self.code.source or "")
        located, source = self._in_cell(own, _line_in(own.source, seen))
        return located, source or None

    def _in_cell(
        self, text: SourceText, line: int, count: int | None = None
    ) -> tuple[Located, str]:
        place = text.place
        if place is None:
            return Located(None, line, self.execution_count, self.cell_id), text.source
        count = place.execution_count or count
        cell_id = place.cell_id
        if cell_id is None and count is not None:
            cell_id = self.cell_id_of(count)
        return Located(None, line, count, cell_id), text.source


def _line_in(source: str, seen: Place) -> int:
    """The line of a cell at which a line of what was compiled of it stands."""
    compiled = linecache.getlines(seen.file)
    above = lines_above(source, compiled)
    if above is None and compiled and CALLS_CELL_MAGIC in compiled[0]:
        return lines_of_magics(source)
    return seen.line + (above or 0)
