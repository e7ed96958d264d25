"""Another interpreter, for where a fork cannot be: it gets the variables pickled."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import Any

from greenlab.proof.bench import GoneError, Pausable
from greenlab.proof.forked import Base
from greenlab.proof.terms import Outcome


class Fresh(Pausable):
    """Each run unpickles the variables anew, so that all runs begin alike.

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
        self._process = subprocess.Popen(
            [sys.executable, "-m", "greenlab.proof.served"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
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
            assert self._process.stdout is not None
            outcome: Outcome = pickle.load(self._process.stdout)  # noqa: S301  our own child
        except (EOFError, OSError, pickle.UnpicklingError, ValueError):
            raise (TimeoutError if late.is_set() else GoneError) from None
        finally:
            timer.cancel()
        return outcome

    def load(self, modules: Iterable[str]) -> None:
        """It keeps what it imported."""

    def stop(self) -> None:
        """See `Bench`."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self.resume()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

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
            f"({type(error).__name__}: {str(error)[:120]}); installing cloudpickle may help"
        ) from None


def _pickler() -> Any:
    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        with contextlib.suppress(ImportError):
            return __import__(name, fromlist=["dumps"])
    return pickle
