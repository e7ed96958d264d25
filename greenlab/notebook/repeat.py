"""`%%energy -r N`: the cell's statements N times over, by its syntax tree.

The body runs N - 1 times in a loop and once more behind it, where its last value is shown.
Errors, `await` and the last value behave as in a single run.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable

_again: Callable[[], bool] | None = None


def again() -> bool:
    """The loop's condition, asked by the repeated cell before each run but the last."""
    return _again is not None and _again()


class Repeater(ast.NodeTransformer):
    """Repeats the next cell's body; registered while such a cell runs."""

    def __init__(self, times: int, note: Callable[[], None]) -> None:
        """`note` is called after each run; after the last one by whoever registered this."""
        self.note = note
        self._times = times
        self._done: int | None = None

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """The body in a loop, then the body."""
        global _again  # noqa: PLW0603  the cell's code must reach it by name
        _again = self._go_on
        first = [one for one in node.body if _of_the_future(one)]  # they come first, once
        body = [one for one in node.body if not _of_the_future(one)]
        if body:
            node.body = [*first, ast.While(_condition(), copy.deepcopy(body), []), *body]
        return ast.fix_missing_locations(node)

    def _go_on(self) -> bool:
        if self._done is None:
            self._done = 0
        else:
            self._done += 1
            self.note()
        return self._done < self._times - 1


def _of_the_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _condition() -> ast.expr:
    call = "__import__('greenlab.notebook.repeat', fromlist=['again']).again()"
    return ast.parse(call, mode="eval").body
