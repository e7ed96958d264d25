"""Hide IPython's own syntax from Python's parsers, line for line, and bring it back."""

from __future__ import annotations

import ast
import re
import tokenize
from typing import Final

from greenlab.cellcode.parsing import parse
from greenlab.lazy_dataclasses import dataclass

# A cell under one of these is Python all the same; under any other it is not.
PYTHON_CELL_MAGICS: Final = frozenset({"capture", "energy", "prun", "time", "timeit"})

_MAGIC: Final = r"\s*(?:[%!?]|[^#'\"]*=\s*(?:[%!]\w|!!)|[%\w.*]+\?{1,2}\s*$)"
_CELL_MAGIC: Final = r"%%(\w+)"


@dataclass(frozen=True, slots=True)
class Masked:
    """A cell in which each line of IPython syntax stands hidden behind a placeholder."""

    text: str
    stand_in: str
    hidden: tuple[str, ...] = ()

    def restore(self, text: str) -> str:
        """Put the hidden lines back into `text`, which may have been indented since."""
        if not self.hidden:
            return text
        place = re.compile(rf"([ \t]*){self.stand_in}(\d+)_(?: \+ \\)?")

        def original(match: re.Match[str]) -> str:
            number = int(match[2])
            line = self.hidden[number]
            # A continued line keeps its own indentation, a first line takes the new one.
            continued = number > 0 and self.hidden[number - 1].endswith("\\")
            return line if continued else match[1] + line.lstrip(" \t")

        return place.sub(original, text)


def mask(source: str) -> Masked | None:
    """The cell with its `%`, `!` and `?` lines hidden; `None` if it is not Python.

    `mask(source).restore(mask(source).text) == source` for every cell.
    """
    found = mask_and_parse(source)
    return None if found is None else found[0]


def mask_and_parse(source: str) -> tuple[Masked, ast.Module] | None:
    """The same with the tree of what is left to see."""
    stand_in = "_greenlab_line_"
    while stand_in in source:
        stand_in = f"_{stand_in}"
    for line in source.lstrip().split("\n"):
        if not (cell_magic := re.match(_CELL_MAGIC, line)):
            break
        if cell_magic[1] not in PYTHON_CELL_MAGICS:
            return None
    if (tree := _tree(source)) is not None:
        return Masked(source, stand_in), tree
    lines = source.split("\n")
    hidden: list[str] = []
    continues = False
    for number, full in enumerate(lines):
        line = full.removesuffix("\r")
        if not continues and not (
            re.match(_MAGIC, line) and not _inside("\n".join(lines[:number]))
        ):
            continue
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        place = f"{stand_in}{len(hidden)}_"
        hidden.append(line)
        continues = line.endswith("\\") and number + 1 < len(lines)
        # A continued line becomes a continued expression: one statement, as before.
        lines[number] = f"{indent}{place}{' + ' + chr(92) if continues else ''}"
        lines[number] += full[len(line) :]
    text = "\n".join(lines)
    tree = _tree(text)
    return None if tree is None else (Masked(text, stand_in, tuple(hidden)), tree)


def _tree(text: str) -> ast.Module | None:
    try:
        return parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _inside(before: str) -> bool:
    """Whether these lines end within a string, a bracket or a continued line."""
    if before.endswith("\\"):
        return True
    rows = iter([f"{row}\n" for row in before.split("\n")])  # U+2028 ends no line of Python's
    try:
        for _ in tokenize.generate_tokens(lambda: next(rows, "")):
            pass
    except tokenize.TokenError:
        return True
    except SyntaxError:
        return False
    return False
