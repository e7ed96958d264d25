"""Runs versions for a kernel, which sends orders on stdin.

Started as `python -m greenlab.proof.backends.interpreter_main`.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Final

import psutil

from greenlab.meter import Meter
from greenlab.proof.backends import child_process, supervisor, wire
from greenlab.proof.backends.confine import Held, confine
from greenlab.proof.backends.fresh_interpreter import HEAD
from greenlab.proof.safety import runtime_guard
from greenlab.proof.weighed_run import Runner

_LOOK_S: Final = 0.5


def main() -> None:
    """Serve until the kernel hangs up; on Linux below a supervisor.

    Its argument is the pipe that the kernel closes when the proof is over.
    """
    orders = os.fdopen(os.dup(0), "rb")
    place, package = pickle.load(orders)  # noqa: S301  from the kernel that started this
    if sys.platform == "linux":
        supervisor.keep(place[0], int(sys.argv[1]), lambda: serve(orders, place, package))
    threading.Thread(target=_end_with_the_kernel, args=(os.getppid(),), daemon=True).start()
    serve(orders, place, package)


def serve(orders: IO[bytes], place: tuple[Path, Path, frozenset[str]], package: bytes) -> None:
    """Do one order after the other."""
    folder, source, written = place
    answers = os.fdopen(os.dup(1), "wb")
    child_process.seclude(folder)
    held = confine(folder)
    runtime_guard.close_off(folder, source, held)
    meter = Meter()
    with contextlib.suppress(EOFError):
        while True:
            order = pickle.load(orders)  # noqa: S301
            own = Path(tempfile.mkdtemp(dir=folder))
            said = _run(
                package, order, child_process.Place(folder, own, source, written), meter, held
            )
            answers.write(len(said).to_bytes(HEAD, "little") + said)
            answers.flush()
            os.chdir(source)
            shutil.rmtree(own, ignore_errors=True)


def _run(
    package: bytes, order: tuple[int, int], place: child_process.Place, meter: Meter, held: Held
) -> bytes:
    versions, terms, namespace = pickle.loads(package)  # noqa: S301
    runner = Runner(versions, {"__name__": "__main__", **namespace}, terms, meter)
    return wire.written(child_process.run_apart(runner, order, place, held))


def _end_with_the_kernel(kernel: int) -> None:
    while os.getppid() == kernel and psutil.pid_exists(kernel):
        time.sleep(_LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
