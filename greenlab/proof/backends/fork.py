"""A copy of this kernel, made by fork: it holds all that the kernel holds and costs little.

Nothing that happens in it comes back. It stays as it was made; each run is a fork of it
again, so that all runs begin alike, whatever the user does in between.

The copy is made by a thread that has computed nothing: in a child forked from a thread that
has, libgomp waits for threads that are not there, as soon as the child computes.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import shutil
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, Final

from greenlab.proof import random_state
from greenlab.proof.backends import child_process, supervisor, wire
from greenlab.proof.backends.backend import Base, GoneError, Pausable
from greenlab.proof.backends.confine import Held, confine, tidy
from greenlab.proof.protocol import Outcome
from greenlab.proof.weighed_run import Runner

_PAUSE: Final = "pause"
_RESUME: Final = "resume"
_SLICE_S: Final = 0.5
"""How soon a pause that falls into a run is seen to stop its clock."""
_FORK_S: Final = 10.0
"""After an interrupt: for the thread that forks to finish, usually within milliseconds."""


class Forked(Pausable):
    """A copy of this process, below a supervisor; `freeze` makes one.

    `prepare` replaces what it runs.

    A pause stops the run that is under way, and not the copy. What comes back from the copy is
    plain data; nothing of it is run here.
    """

    way = "in a copy of this kernel"

    def __init__(self, base: Base, modes: Callable[[], None]) -> None:
        super().__init__()
        self._link, there = Pipe()
        watched, self._life = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that threads are left behind
            self._pid = os.fork()
        if self._pid == 0:

            def work() -> None:
                os.close(watched)
                _serve(there, base, modes)

            with contextlib.suppress(BaseException):
                self._link.close()
                os.close(self._life)
                supervisor.keep(base.folder, watched, work)
            os._exit(1)
        there.close()
        os.close(watched)
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._under_way = False
        self._ended = False

    def prepare(self, runner: Runner, written: frozenset[str]) -> None:
        """What to run; functions must have been in `base` already.

        Raises:
            GoneError: it was stopped.
        """
        self._say((runner.versions, runner.terms, written))

    def run(self, which: int, seed: int, limit_s: float) -> Outcome:
        """See `Bench`."""
        self._begin((which, seed))
        try:
            while not self._link.poll(min(limit_s, _SLICE_S)):
                if self._free.is_set():
                    limit_s -= _SLICE_S
                if limit_s <= 0:
                    break
            else:
                return wire.read(self._link.recv_bytes(wire.MOST_BYTES))
        except (EOFError, OSError):
            raise GoneError from None
        finally:
            self._under_way = False
        self.stop()
        raise TimeoutError

    def pause(self) -> None:
        """See `Bench`."""
        with self._lock, contextlib.suppress(GoneError):
            super().pause()
            if self._under_way:
                self._say(_PAUSE)

    def resume(self) -> None:
        """See `Bench`."""
        with self._lock, contextlib.suppress(GoneError):
            super().resume()
            if self._under_way:
                self._say(_RESUME)

    def load(self, modules: Iterable[str]) -> None:
        """See `Bench`."""
        self._say(list(modules))

    def stop(self) -> None:
        """See `Bench`."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            os.close(self._life)  # the supervisor ends all of it, and itself
            supervisor.wait_for(self._pid)
            self._free.set()

    def _begin(self, order: tuple[int, int]) -> None:
        while True:
            self._free.wait()
            with self._lock:
                if self._free.is_set():
                    self._under_way = True
                    self._say(order)
                    return

    def _say(self, order: Any) -> None:
        try:
            with self._sending:
                self._link.send(order)
        except OSError:
            raise GoneError from None


def freeze(base: Base) -> Forked:
    """A copy of this process as it is now, made by a fresh thread.

    Raises:
        OSError: there can be no more processes.
    """
    made: list[Forked | OSError] = []
    done = threading.Event()  # an interrupted join takes the thread for ended
    modes = random_state.modes()

    def fork() -> None:
        try:
            made.append(Forked(base, modes))
        except OSError as error:
            made.append(error)
        finally:
            done.set()

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(fork,), name="greenlab-proof")
    try:
        thread.start()
        done.wait()
    except KeyboardInterrupt:  # nobody would end what the thread still makes
        done.wait(_FORK_S)
        for one in made:
            if isinstance(one, Forked):
                one.stop()
        raise
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _serve(link: Connection, base: Base, modes: Callable[[], None]) -> None:
    """In the copy: fork for each order, until the kernel hangs up."""
    from greenlab.proof.backends import detach

    child_process.seclude(base.folder)
    detach.cut_off()
    held = confine(base.folder)
    modes()
    runner, written = base.runner, base.written
    while True:
        order = link.recv()  # from the kernel, which this is a copy of
        if isinstance(order, str):
            continue  # a pause that came as the run ended
        if isinstance(order, list):
            child_process.load(order, base.folder, base.source, held)
        elif len(order) == 3:
            versions, terms, written = order
            runner = Runner(versions, runner.namespace, terms, runner.meter)
        else:
            now = replace(base, runner=runner, written=written)
            link.send_bytes(_run(link, now, order, held))


def _run(link: Connection, base: Base, order: Any, held: Held) -> bytes:
    """What came of one run, as `wire` writes it."""
    own = Path(tempfile.mkdtemp(dir=base.folder))
    here, there = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            supervisor.end_with_the_parent()
            os.setpgid(0, 0)
            try:
                place = child_process.Place(base.folder, own, base.source, base.written)
                outcome = child_process.run_apart(base.runner, order, place, held)
            except BaseException as error:  # noqa: BLE001  sys.exit() is none of Exception
                outcome = Outcome.failed(f"it ended with {type(error).__name__}")
            there.send_bytes(wire.written(outcome))
        os._exit(0)
    there.close()
    while link in wait([here, link]):
        _signal(pid, signal.SIGSTOP if link.recv() == _PAUSE else signal.SIGCONT)
    try:
        said = here.recv_bytes(wire.MOST_BYTES)
    except (EOFError, OSError):
        why = "the process ended by itself: memory ran out, or a library failed in it"
        said = wire.written(Outcome.failed(why))
    here.close()
    os.waitpid(pid, 0)
    tidy(held, {pid} | supervisor.end_children())
    shutil.rmtree(own, ignore_errors=True)
    return said


def _signal(pid: int, number: int) -> None:
    """To a run and its workers."""
    with contextlib.suppress(ProcessLookupError):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:  # it leads no group yet
            os.kill(pid, number)
