"""A leading `%%energy` line: read from the raw cell, taken off before IPython runs it.

Taking the line off, rather than running the cell inside a magic, leaves errors, `await`,
the last value and Run All exactly as they are without us. The header becomes an empty
comment, so that line numbers stay.
"""

from __future__ import annotations

from greenlab.cellcode.source_hash import normalized
from greenlab.notebook.options import OptionError, Options, parse, without_compare

MAGIC = "%%energy"
NOTHING_BELOW = "there is no code below %%energy: put what is to be weighed there"


def read(raw_cell: str) -> Options | None:
    """The options of a cell that begins with a valid `%%energy` line, else `None`.

    A line that does not parse stays for the registered magic, which raises the usage error.
    """
    if MAGIC not in raw_cell:  # most cells: no need to look at their lines
        return None
    line = _header_line(normalized(raw_cell).split("\n"))
    return _options(line[1]) if line is not None else None


def strip(lines: list[str]) -> list[str]:
    """The input transformer: a valid header line becomes an empty comment."""
    if MAGIC not in "".join(lines):
        return lines
    found = _header_line(lines)
    if found is None or _options(found[1]) is None:
        return lines
    rest = lines[found[0] + 1 :]
    if "".join(rest).lstrip().startswith("%%"):
        return rest  # another magic must come first to be one
    ending = "\n" if lines[found[0]].endswith("\n") else ""
    return [*lines[: found[0]], f"#{ending}", *rest]


def without_comparison(raw_cell: str, rule: str) -> str:
    """The cell, its header no longer comparing it with the change of this rule.

    What belongs to the comparison goes with it; the other options stay.
    """
    options = read(raw_cell)
    if options is None or options.rule != rule:
        return raw_cell
    lines = raw_cell.split("\n")
    found = _header_line(lines)
    assert found is not None
    kept = " ".join([MAGIC, *without_compare(found[1])])
    indent = lines[found[0]][: -len(lines[found[0]].lstrip())]
    return "\n".join([*lines[: found[0]], f"{indent}{kept}", *lines[found[0] + 1 :]])


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
        if not text:
            continue
        word, _, rest = text.partition(" ")
        return (index, rest) if word == MAGIC else None
    return None
