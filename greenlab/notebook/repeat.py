"""`%%energy -r N`: the cell's statements N times over, by its syntax tree.

Errors, `await` and the last value behave as in a single run; only the last run shows its
value. Between two runs a mark tells the meter to note the time and energy so far.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable

_mark: Callable[[], None] | None = None


def mark() -> None:
    """Called by the repeated cell at the end of each run."""
    if _mark is not None:
        _mark()


class Repeater(ast.NodeTransformer):
    """Repeats the next cell's body `times` times; registered while such a cell runs."""

    def __init__(self, times: int, note: Callable[[], None]) -> None:
        self.times = times
        self.note = note

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """The body, `times` times, with marks between."""
        global _mark  # noqa: PLW0603  the cell's code must reach it by name
        _mark = self.note
        body: list[ast.stmt] = []
        for turn in range(self.times):
            body += copy.deepcopy(node.body)
            if turn < self.times - 1:
                body += _call_of_mark()
        node.body = body
        return ast.fix_missing_locations(node)


def _call_of_mark() -> list[ast.stmt]:
    call = "__import__('greenlab.notebook.repeat', fromlist=['mark']).mark()"
    return ast.parse(call).body
