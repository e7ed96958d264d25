"""Where a sampled line stands for people: in which cell or file, and what it says."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from greenlab.lines.calls import Place
from greenlab.lines.user_code import BY_MAGICS, UserCode

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

    `source`, `execution_count`, `cell_id`: of the cell that ran; `source` is `None` for a
    block. `own_files`: the names under which that cell's code was seen: `%%capture` and the
    like run their body under another one, which IPython counts as another cell.
    `cell_id_of(execution_count)`: of earlier cells.
    """

    user: UserCode
    source: str | None = None
    execution_count: int | None = None
    cell_id: str | None = None
    own_files: frozenset[str] = frozenset()
    cell_id_of: Callable[[int], str | None] = field(default=lambda _count: None)

    def place(self, seen: Place) -> Located:
        """Where a line stands."""
        if seen.file in BY_MAGICS:
            if self.source is None:
                return Located(seen.file, seen.line)
            line = seen.line + lines_of_magics(self.source)
            return Located(None, line, self.execution_count, self.cell_id)
        count = self.user.execution_count(seen.file)
        if count is None:
            return Located(seen.file, seen.line)
        if count != self.execution_count and seen.file not in self.own_files:
            return Located(None, seen.line, count, self.cell_id_of(count))
        return Located(
            None, seen.line + self._shift(seen.file), self.execution_count, self.cell_id
        )

    def text(self, seen: Place) -> str | None:
        """What a line says, `None` where the source is not at hand."""
        place = self.place(seen)
        own = place.file is None and place.execution_count == self.execution_count
        if own and self.source is not None:
            lines = self.source.splitlines()
            text = lines[place.line - 1] if place.line <= len(lines) else ""
        else:
            text = linecache.getline(seen.file, seen.line)
        return text.strip()[:LONGEST] or None

    def _shift(self, file: str) -> int:
        """How many lines further down the cell has what is in a file of it: those of the magics
        at its top, where the file holds only what is below them.
        """
        magics = lines_of_magics(self.source or "")
        whole, known = len((self.source or "").splitlines()), len(linecache.getlines(file))
        below = known > 0 and abs(known - (whole - magics)) < abs(known - whole)
        return magics if below else 0


def lines_of_magics(source: str) -> int:
    """How many lines a cell has up to the last of the cell magics at its top."""
    last = 0
    for number, line in enumerate(source.splitlines(), 1):
        text = line.strip()
        if text.startswith("%%"):
            last = number
        elif text and not text.startswith("#"):
            break
    return last
