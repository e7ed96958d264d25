"""A copy of this kernel, made by fork: it holds all that the kernel holds and costs little.

Nothing that happens in it comes back. It stays as it was made; each run is a fork of it
again, so that all runs begin alike, whatever the user does meanwhile.

The copy is made by a thread that has computed nothing: in a child forked from a thread that
has, libgomp waits for threads that are not there, as soon as the child computes.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

from greenlab.proof import child, seeds
from greenlab.proof.bench import GoneError
from greenlab.proof.run import Runner
from greenlab.proof.terms import Outcome


@dataclass(frozen=True, slots=True)
class Base:
    """What a copy begins with. `folder`: the proof's own; `source`: the user's working folder;
    `written`: what will be written below it.
    """

    runner: Runner
    folder: Path
    source: Path
    written: frozenset[str] = frozenset()


class Forked:
    """A copy of this process; `freeze` makes one. `prepare` replaces what it runs."""

    way = "in a copy of this kernel"

    def __init__(self, base: Base, modes: Callable[[], None]) -> None:
        self._link, there = Pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that threads are left behind
            self._pid = os.fork()
        if self._pid == 0:
            with contextlib.suppress(BaseException):
                self._link.close()
                os.setsid()
                child.seclude(base.folder)
                modes()
                _serve(there, base)
            os._exit(1)
        there.close()
        self._lock = threading.Lock()
        self._ended = False

    def prepare(self, runner: Runner, written: frozenset[str]) -> None:
        """What to run; functions must have been in `base` already.

        Raises:
            GoneError: it was stopped.
        """
        self._say((runner.versions, runner.terms, written))

    def run(self, which: int, seed: int, limit_s: float) -> Outcome:
        """See `Bench`."""
        self._say((which, seed))
        try:
            if not self._link.poll(limit_s):
                self.stop()
                raise TimeoutError
            outcome: Outcome = self._link.recv()
        except (EOFError, ConnectionError):
            raise GoneError from None
        return outcome

    def load(self, modules: Iterable[str]) -> None:
        """See `Bench`."""
        self._say(list(modules))

    def stop(self) -> None:
        """See `Bench`."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)  # before it led a group
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)

    def _say(self, order: Any) -> None:
        try:
            self._link.send(order)
        except OSError:
            raise GoneError from None


def freeze(base: Base) -> Forked:
    """A copy of this process as it is now, made by a fresh thread.

    Raises:
        OSError: there can be no more processes.
    """
    made: list[Forked | OSError] = []
    modes = seeds.modes()

    def fork() -> None:
        try:
            made.append(Forked(base, modes))
        except OSError as error:
            made.append(error)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(fork,), name="greenlab-proof")
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _serve(link: Connection, base: Base) -> None:
    """In the copy: fork for each order, until the kernel hangs up."""
    runner, written = base.runner, base.written
    while True:
        order = link.recv()
        if isinstance(order, list):
            child.load(order)
        elif len(order) == 3:
            versions, terms, written = order
            runner = Runner(versions, runner.namespace, terms, runner.meter)
        else:
            link.send(_run(link, runner, order, (base.folder, base.source, written)))


def _run(link: Connection, runner: Runner, order: Any, place: child.Place) -> Outcome:
    here, there = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            there.send(child.run_apart(runner, order, place))
        os._exit(0)
    there.close()
    if link in wait([here, link]):  # the kernel is gone
        os.killpg(0, signal.SIGKILL)
    try:
        outcome: Outcome = here.recv()
    except EOFError:
        outcome = Outcome.failed("the process ended by itself, perhaps for want of memory")
    here.close()
    os.waitpid(pid, 0)
    return outcome
