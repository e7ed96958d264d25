"""Another interpreter, for where a fork cannot be: it gets the variables pickled."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import Any, Final

from greenlab.proof.backends import wire
from greenlab.proof.backends.backend import Base, GoneError, Pausable
from greenlab.proof.backends.supervisor import END_S
from greenlab.proof.protocol import Outcome

HEAD: Final = 8
"""Bytes that say how long an answer is."""


class Fresh(Pausable):
    """Each run unpickles the variables again, so that all runs begin alike.

    A pause lets the run that is under way end: nobody would wake it if the kernel died.

    Raises:
        ValueError: a variable cannot be pickled.
    """

    way = "in a fresh interpreter"

    def __init__(self, base: Base, reads: Iterable[str]) -> None:
        super().__init__()
        runner, place = base.runner, (base.folder, base.source, base.written)
        space = {name: runner.namespace[name] for name in reads if name in runner.namespace}
        package = _pickled((runner.versions, runner.terms, space))
        watched, self._life = os.pipe()
        kept = [watched] if os.name == "posix" else []
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [
                    sys.executable,
                    "-m",
                    "greenlab.proof.backends.interpreter_main",
                    *map(str, kept),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=kept,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError:
            os.close(self._life)
            raise
        finally:
            os.close(watched)
        self._ending = threading.Lock()
        self._ended = False
        self._say((place, package))

    def run(self, which: int, seed: int, limit_s: float) -> Outcome:
        """See `Bench`."""
        self._free.wait()
        late = threading.Event()

        def end() -> None:
            late.set()
            self.stop()

        timer = threading.Timer(limit_s, end)
        timer.daemon = True
        timer.start()
        try:
            self._say((which, seed))
            return wire.read(self._heard())
        except (EOFError, OSError, ValueError):
            raise (TimeoutError if late.is_set() else GoneError) from None
        finally:
            timer.cancel()

    def load(self, modules: Iterable[str]) -> None:
        """It keeps what it imported."""

    def stop(self) -> None:
        """See `Bench`."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
            os.close(self._life)  # where there is a supervisor, it ends all of it
            try:
                self._process.wait(END_S if sys.platform == "linux" else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self.resume()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()

    def _heard(self) -> bytes:
        """One answer: its length, then as many bytes.

        Raises:
            EOFError: the process is gone.
        """
        assert self._process.stdout is not None
        length = int.from_bytes(self._process.stdout.read(HEAD), "little")
        said = self._process.stdout.read(length) if length <= wire.MOST_BYTES else b""
        if not said or len(said) < length:
            raise EOFError
        return said

    def _say(self, what: Any) -> None:
        assert self._process.stdin is not None
        try:
            pickle.dump(what, self._process.stdin)
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise GoneError from None


def _pickled(what: Any) -> bytes:
    """With functions and classes of the notebook, where cloudpickle is there to do it."""
    try:
        return bytes(_pickler().dumps(what))
    except Exception as error:  # noqa: BLE001  pickling runs code of any class
        raise ValueError(
            "its variables cannot be taken to another process "
            f"({type(error).__name__}); installing cloudpickle may help"
        ) from None


def _pickler() -> Any:
    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        with contextlib.suppress(ImportError):
            return __import__(name, fromlist=["dumps"])
    return pickle
