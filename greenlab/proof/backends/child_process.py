"""What a process that runs versions does first, and one run in it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from greenlab import session
from greenlab.proof.backends.confine import Held
from greenlab.proof.backends.working_folder import TooManyError, furnish
from greenlab.proof.protocol import Outcome
from greenlab.proof.safety import runtime_guard
from greenlab.proof.weighed_run import Runner

_CACHES: Final = (
    "TORCHINDUCTOR_CACHE_DIR",
    "TRITON_CACHE_DIR",
    "NUMBA_CACHE_DIR",
    "CUDA_CACHE_PATH",
    "MPLCONFIGDIR",
)


class Place(NamedTuple):
    """Where a run works. `folder`: the proof's own, and `own` in it the run's; `source`: the
    user's working folder; `written`: what will be written below it.
    """

    folder: Path
    own: Path
    source: Path
    written: frozenset[str]


def seclude(folder: Path) -> None:
    """Away from the kernel: no output, no interrupts, no records; memory ends here first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for name in ("__stdin__", "__stdout__", "__stderr__"):
        setattr(sys, name, sys.stdin if name == "__stdin__" else sys.stdout)
    _unplug()
    session.forget()
    os.environ["GREENLAB_LEDGER"] = str(folder / "ledger.sqlite")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    for name in _CACHES:  # what one run compiled, the next ones find
        os.environ[name] = str(folder / "compiled")
    sys.dont_write_bytecode = True
    gc.freeze()  # what the kernel holds is not looked through again in each run


def _unplug() -> None:
    """No message reaches the notebook from here: loggers and displays hold its streams."""

    def nothing(*_: Any, **__: Any) -> None:
        """In the place of what sends."""

    for module, name, method in (
        ("ipykernel.iostream", "IOPubThread", "send_multipart"),
        ("ipykernel.iostream", "IOPubThread", "schedule"),
        ("ipykernel.iostream", "OutStream", "flush"),
        ("jupyter_client.session", "Session", "send"),
    ):
        if (holder := getattr(sys.modules.get(module), name, None)) is not None:
            setattr(holder, method, nothing)


def load(modules: Iterable[str], folder: Path, source: Path, held: Held) -> None:
    """Import what the versions imported, so that later runs begin with it."""
    runtime_guard.close_off(folder, source, held)  # what is imported may do anything
    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def run_apart(runner: Runner, order: tuple[int, int], place: Place, held: Held) -> Outcome:
    """A run in this child; the order is which version and which seed."""
    tempfile.tempdir = os.environ["TMPDIR"] = str(place.own)
    if place.written:
        work = place.own / "work"
        work.mkdir()
        try:
            furnish(work, place.source, place.written)
        except TooManyError as error:
            return Outcome.failed(f"no working folder for it could be made: {error}")
        except OSError as error:
            return Outcome.failed(
                f"no working folder for it could be made: {type(error).__name__}"
            )
        os.chdir(work)

    def ready() -> None:
        runtime_guard.close_off(place.folder, place.source, held)

    return runner.run(*order, ready=ready)
