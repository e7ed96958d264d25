"""A leading `%%energy` line: read from the raw cell, taken off before IPython runs it.

Taking the line off, rather than running the cell inside a magic, leaves errors, `await`,
the last value and Run All exactly as they are without us. The header becomes an empty
comment, so that line numbers stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from greenlab.cellcode.source_hash import normalized
from greenlab.notebook.options import OptionError, Options, parse, without_compare

MAGIC = "%%energy"
NOTHING_BELOW = "there is no code below %%energy: put what is to be measured there"


def read(raw_cell: str) -> Options | None:
    """The options of a cell that begins with a valid `%%energy` line, else `None`.

    Blank lines and comments may stand above it. A line that does not parse stays for the
    registered magic, which raises the usage error.
    """
    if MAGIC not in raw_cell:  # most cells: no need to look at their lines
        return None
    line = _header_line(normalized(raw_cell).split("\n"))
    return _options(line[1]) if line is not None else None


def strip(lines: list[str], clean: Callable[[list[str]], list[str]]) -> list[str]:
    """The input transformer: a valid header line becomes an empty comment.

    `clean`: what IPython does to a cell before it is compiled (indentation, prompts): done
    to the code below the header, as below any other magic.
    """
    if MAGIC not in "".join(lines):
        return lines
    found = _header_line(lines)
    if found is None or _options(found[1]) is None:
        return lines
    index, below = found[0], lines[found[0] + 1 :]
    code = clean(below) if below else []
    above = [*lines[:index], f"#{_ending(lines[index])}"]
    above += ["\n"] * (len(below) - len(code))  # line numbers stay
    if "".join(code).lstrip().startswith("%%"):
        return code  # another magic must come first to be one
    return above + code


def without_comparison(raw_cell: str, rule: str) -> str:
    """The cell, its header no longer comparing it with the change of this rule.

    What belongs to the comparison goes with it; the other options stay.
    """
    options = read(raw_cell)
    if options is None or options.rule != rule:
        return raw_cell
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", raw_cell)  # each with its ending
    found = _header_line(lines)
    assert found is not None
    line = lines[found[0]]
    kept = " ".join([MAGIC, *without_compare(found[1])])
    indent = line[: -len(line.lstrip())]
    changed = f"{indent}{kept}{_ending(line)}"
    return "".join([*lines[: found[0]], changed, *lines[found[0] + 1 :]])


def empty(code: str) -> bool:
    """Whether there is nothing to run: blank lines and comments at most."""
    lines = (line.strip() for line in normalized(code).split("\n"))
    return all(not line or line.startswith("#") for line in lines)


def _options(text: str) -> Options | None:
    try:
        return parse(text)
    except OptionError:
        return None


def _header_line(lines: list[str]) -> tuple[int, str] | None:
    for index, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        word, *rest = text.split(None, 1)
        return (index, "".join(rest)) if word == MAGIC else None
    return None


def _ending(line: str) -> str:
    """How a line ends: with what, if with anything."""
    return line[len(line.rstrip("\r\n")) :]
