"""An interrupt that came while greenlab began or ended a cell: it is the cell's.

IPython keeps interrupts within event callbacks to itself, prints them as errors of theirs, and
runs the cell all the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any


class Interrupter:
    """Interrupts a cell that has begun, before its first statement."""

    def __init__(self, interrupt: KeyboardInterrupt, mine: Callable[[], bool]) -> None:
        """`mine` tells whether the tree at hand is the cell's own."""
        self._interrupt = interrupt
        self._mine = mine

    def visit(self, node: ast.AST) -> ast.AST:
        """Called by IPython with each syntax tree.

        Raises:
            KeyboardInterrupt: the cell is about to run its own.
        """
        if self._mine():
            raise self._interrupt.with_traceback(None) from None
        return node


def interrupt_ended(shell: Any, result: Any, interrupt: KeyboardInterrupt) -> None:
    """Let a cell whose statements are done end as interrupted, as far as it ended well."""
    if result is None or not result.success:
        return
    result.error_in_exec = interrupt
    shell.showtraceback((type(interrupt), interrupt, None))
