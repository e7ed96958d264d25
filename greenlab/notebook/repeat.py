"""`%%energy -r N`: the cell's statements N times over, by its syntax tree.

The body runs N - 1 times in a loop and once more behind it, where its last value is shown.
Errors, `await` and the last value behave as in a single run.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakValueDictionary

_repeaters: Final[WeakValueDictionary[int, Repeater]] = WeakValueDictionary()
_numbers: Final = itertools.count()


def again(number: int) -> bool:
    """The loop's condition, asked by the repeated cell before each run but the last."""
    repeater = _repeaters.get(number)
    return repeater is not None and repeater.go_on()


class Repeater:
    """Repeats one cell's body; registered while that cell runs.

    IPython hands it every tree that is made meanwhile, those of `%time` and of cells inside
    the cell too: only the first one that the cell itself is made of is repeated.
    """

    def __init__(
        self,
        times: int,
        note: Callable[[], None],
        mine: Callable[[], bool],
        registered: list[Any],
    ) -> None:
        """`note` is called after each run; after the last one by whoever registered this.
        `mine` tells whether the tree at hand is the cell's own. `registered`: IPython's list of
        transformers.
        """
        self.note = note
        self._mine = mine
        self._registered = registered
        self._times = times
        self._used = False
        self._done: int | None = None
        self._number = next(_numbers)
        _repeaters[self._number] = self

    def visit(self, node: ast.AST) -> ast.AST:
        """The body in a loop, then the body."""
        if self._used or not isinstance(node, ast.Module) or not self._mine():
            return node
        self._used = True
        first = [one for one in node.body if _of_the_future(one)]  # they come first, once
        body = [one for one in node.body if not _of_the_future(one)]
        if body:
            loop = ast.While(_condition(self._number), [copied(one) for one in body], [])
            node.body = [*first, ast.copy_location(loop, body[0]), *body]
        # While any transformer is there, IPython goes through the tree by recursion, which a
        # long sum is too deep for. Only the last one may leave a list that is gone through.
        if self._registered[-1:] == [self]:
            self._registered.pop()
        return node

    def go_on(self) -> bool:
        """A run is about to begin: whether one more follows it."""
        if self._done is None:
            self._done = 0
        else:
            self._done += 1
            self.note()
        return self._done < self._times - 1


def copied(tree: ast.stmt) -> ast.stmt:
    """A deep copy, however deep: `copy.deepcopy` gives up at a sum of 500 terms."""
    whole = copy.copy(tree)
    todo: list[ast.AST] = [whole]

    def of(value: Any) -> Any:
        if isinstance(value, list):
            return [of(one) for one in value]
        if not isinstance(value, ast.AST):
            return value
        todo.append(copy.copy(value))
        return todo[-1]

    while todo:
        node = todo.pop()
        # Not all attributes: those who print tracebacks hang a node's parent on it.
        for name in node._fields:
            setattr(node, name, of(getattr(node, name, None)))
    return whole


def _of_the_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _condition(number: int) -> ast.expr:
    call = f"__import__('greenlab.notebook.repeat', fromlist=['again']).again({number})"
    return ast.parse(call, mode="eval").body
