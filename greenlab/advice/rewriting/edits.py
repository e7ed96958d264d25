"""Edits of a cell as plain data: rules say what to change, `rewrite` does it."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrap:
    """Put the statements from line `first` to line `last` under `header`, as in `with …:`."""

    first: int
    last: int
    header: str


@dataclass(frozen=True, slots=True)
class Insert:
    """Put statements before the one that starts on `line`, at its indentation."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class After:
    """Put statements after the one that ends on `line`, at its indentation.

    `start`: the line on which that one starts, where others within it end on `line` too.
    """

    line: int
    text: str
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """Put other statements in the place of those from line `first` to line `last`.

    Empty `text` takes them away; a block left empty gets a `pass`.
    """

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Write another expression in the place of one. Columns count characters from 0."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str

    @classmethod
    def of(cls, source: str, node: ast.expr, text: str) -> Replace:
        """Replace this node of the tree of `source`."""
        rows = source.split("\n")
        return cls(
            (node.lineno, _characters(rows, node.lineno, node.col_offset)),
            (
                node.end_lineno or node.lineno,
                _characters(rows, node.end_lineno or node.lineno, node.end_col_offset or 0),
            ),
            text,
        )

    @classmethod
    def adding(cls, source: str, call: ast.Call, word: str) -> Replace:
        """Give this call one more argument, such as `a=1`, after its last.

        What is written within it, comments included, stays.
        """
        text = ast.get_source_segment(source, call) or ""
        written = [
            token
            for token in tokenize.generate_tokens(io.StringIO(f"(\n{text}\n)").readline)
            if token.string.strip() and token.type != tokenize.COMMENT
        ]
        del written[-2:]  # what closes the call, and what was put around it to read it
        if written[-1].string == ",":
            del written[-1]
        row, column = written[-1].end
        at = sum(len(line) + 1 for line in text.split("\n")[: row - 2]) + column
        joint = ", " if call.args or call.keywords else ""
        return cls.of(source, call, f"{text[:at]}{joint}{word}{text[at:]}")


Edit = Wrap | Insert | After | Swap | Replace


def _characters(rows: list[str], line: int, byte: int) -> int:
    # ast counts UTF-8 bytes, LibCST counts characters.
    return len(rows[line - 1].encode()[:byte].decode())
