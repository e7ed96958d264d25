"""Where versions run; `forked` and `fresh` are other processes, `InPlace` is this one."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from greenlab.proof import random_state
from greenlab.proof.protocol import Outcome
from greenlab.proof.weighed_run import Runner


class GoneError(Exception):
    """The process that runs the versions is gone: it was stopped, or ended by itself."""

    def __init__(self) -> None:
        super().__init__("the process that was to run it is gone")


@dataclass(frozen=True, slots=True)
class Base:
    """What a copy begins with. `folder`: the proof's own; `source`: the user's working folder;
    `written`: what will be written below it.
    """

    runner: Runner
    folder: Path
    source: Path
    written: frozenset[str] = frozenset()


class Bench(Protocol):
    """Runs versions one after the other."""

    way: str
    pauses: int

    def run(self, which: int, seed: int, limit_s: float) -> Outcome:
        """One run of version 0 or 1.

        Raises:
            TimeoutError: it took longer than `limit_s`; the bench is gone.
            GoneError: somebody stopped it.
        """

    def load(self, modules: Iterable[str]) -> None:
        """Import these where the versions run."""

    def pause(self) -> None:
        """Make room for the user, from any thread: no run begins until `resume`."""

    def resume(self) -> None:
        """Go on; `pauses` counts them, as a run that one fell into is not like the others."""

    def stop(self) -> None:
        """End it, from any thread; a run that is under way raises `GoneError`."""


class Pausable:
    """Holds back runs that have not begun yet."""

    def __init__(self) -> None:
        self.pauses = 0
        self._free = threading.Event()
        self._free.set()

    def pause(self) -> None:
        """See `Bench`."""
        self.pauses += 1
        self._free.clear()

    def resume(self) -> None:
        """See `Bench`."""
        self._free.set()


class InPlace(Pausable):
    """This process itself, on copies of its names: for code that leaves all as it was."""

    way = "in this kernel"

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner

    def run(self, which: int, seed: int, limit_s: float) -> Outcome:  # noqa: ARG002
        """See `Bench`; nothing can end a run here but an interrupt."""
        silence = contextlib.redirect_stdout(io.StringIO())
        with random_state.kept(), silence, contextlib.redirect_stderr(io.StringIO()):
            return self._runner.run(which, seed, dict(self._runner.namespace))

    def load(self, modules: Iterable[str]) -> None:
        """It has them."""

    def stop(self) -> None:
        """Nothing to end."""
