"""How long looks at the user's objects may take, so that the next cell does not wait."""

from __future__ import annotations

import ast
import gc
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, Final

from greenlab.record.hot_stack import Facts

BUDGET_S: Final = 0.020
MAX_OBJECTS: Final = 20_000
"""So that a look ends where no clock ticks; a large model has some thousand parts."""


CLOCK_EVERY: Final = 8
"""Steps from one look at the clock to the next: it takes as long as a step."""


class OutOfTimeError(Exception):
    """The look took as long as it may; what was seen so far is not enough to advise."""


@dataclass
class LookBudget:
    """What all looks together may take: `left_s` of CPU time, and `MAX_OBJECTS` steps.

    `known`: what was found out of an object, by what was asked and its identity. `sightings`:
    what was seen, while the code ran, of the object that an expression stood for.
    """

    left_s: float = BUDGET_S
    deadline: float = math.inf
    seen: int = 0
    known: dict[tuple[str, int], Any] = field(default_factory=dict)
    sightings: Mapping[ast.AST, Facts] = field(default_factory=dict)
    _until_clock: int = 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Spend from it: what is left afterwards is the limit of the next time.

        A garbage collection that happens to run meanwhile is not counted: in a kernel full of
        objects it takes longer than all looks.
        """
        if self.deadline < math.inf:  # within another look
            yield
            return
        thread, collecting_since = get_ident(), 0.0

        def collecting(phase: str, _: dict[str, int]) -> None:
            nonlocal collecting_since
            if get_ident() != thread:
                return
            if phase == "start":
                collecting_since = time.thread_time()
            elif collecting_since:
                self.deadline += time.thread_time() - collecting_since

        self._until_clock = 0
        self.deadline = time.thread_time() + self.left_s
        gc.callbacks.append(collecting)
        try:
            yield
        finally:
            with suppress(ValueError):  # somebody emptied the list
                gc.callbacks.remove(collecting)
            self.left_s = self.deadline - time.thread_time()
            self.deadline = math.inf

    def tick(self) -> None:
        """Count one step.

        Raises:
            OutOfTimeError: when the budget is used up.
        """
        self.seen += 1
        if self.seen > MAX_OBJECTS:
            raise OutOfTimeError
        if self._until_clock > 0:
            self._until_clock -= 1
            return
        if time.thread_time() > self.deadline:
            raise OutOfTimeError
        self._until_clock = CLOCK_EVERY - 1
