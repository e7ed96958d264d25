"""The cell magics at the top of a cell, and where below them the compiled code begins."""

from __future__ import annotations

import getopt
from collections.abc import Sequence
from typing import Final

CALLS_CELL_MAGIC: Final = "get_ipython().run_cell_magic("
_CALL: Final = "get_ipython()"
"""Into calls of it IPython rewrites its own syntax."""
_PRUN: Final = "%%prun"
_PRUN_OPTIONS: Final = "D:l:rs:T:q"


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


def lines_above_body(source: str) -> int:
    """How many lines of a cell are above the first one that its last cell magic compiles.

    IPython leaves out blank lines; `%%prun` begins with the statement on its own line, if any.
    """
    magics, lines = lines_of_magics(source), source.splitlines()
    if magics and _has_statement(lines[magics - 1].split()):
        return magics - 1
    while magics < len(lines) and not lines[magics].strip():
        magics += 1
    return magics


def lines_above(source: str, compiled: Sequence[str]) -> int | None:
    """How many lines of a cell are above those that were compiled; `None` where these are not
    the lines at its end.
    """
    cell = source.rstrip().splitlines()
    end = len(compiled)
    while end and not compiled[end - 1].strip():
        end -= 1
    above = len(cell) - end
    if above < 0:
        return None
    same = 0
    for written, ran in zip(cell[above:], compiled[:end], strict=True):
        if written.strip() == ran.strip():
            same += 1
        elif _CALL not in ran and ran.strip() != "#":  # what `%%energy` becomes
            return None
    return above if same or above == 0 else None


def _has_statement(words: Sequence[str]) -> bool:
    if not words or words[0] != _PRUN:
        return False
    try:
        return bool(getopt.getopt(list(words[1:]), _PRUN_OPTIONS)[1])
    except getopt.GetoptError:
        return False
