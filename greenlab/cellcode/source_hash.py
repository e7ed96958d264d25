r"""A cell's identity: one hash of its code, the same in the kernel and on the page.

`src/model/cellHash.ts` computes it too, and both are held to the same cases
(`tests/source_hash_cases.json`).
Python and JavaScript disagree on what a line, a blank and a character is, so each is spelled
out here: only a newline (`\n`, `\r\n`, `\r`) ends a line, only ASCII blanks are blanks, and
half of a surrogate pair counts as the replacement character, which is what UTF-8 makes of it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_HEADER: Final = (
    r"(?P<above>(?:[ \t\f\v]*(?:#[^\n]*)?\n)*)[ \t\f\v]*%%energy(?:[ \t][^\n]*)?(?:\n|\Z)"
)
"""Blank lines and comments may stand above it."""
_BLANKS: Final = " \t\f\v"
_DIGITS: Final = 16


def source_hash(raw_cell: str) -> str:
    """The identity of a cell's code: the same with and without a leading `%%energy` line."""
    return of_code(without_header(raw_cell))


def of_code(code: str) -> str:
    """The identity of code as it stands: blanks at the end of lines and cell do not count."""
    lines = normalized(code).strip(_BLANKS + "\n").split("\n")
    text = "\n".join(line.rstrip(_BLANKS) for line in lines)
    return hashlib.sha256(_utf8(text)).hexdigest()[:_DIGITS]


def without_header(raw_cell: str) -> str:
    """The cell without its `%%energy` line, if that is the first line of code."""
    if "%%energy" not in raw_cell:
        return raw_cell
    text = normalized(raw_cell)
    header = re.match(_HEADER, text)
    return header["above"] + text[header.end() :] if header else raw_cell


def normalized(text: str) -> str:
    r"""The text with every line ending as `\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _utf8(text: str) -> bytes:
    # By way of UTF-16 two halves that belong together become the one character they mean.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.encode()
