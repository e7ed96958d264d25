"""Which place fits: a copy of this kernel, a fresh interpreter, or this kernel itself."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any, Final

from greenlab import session
from greenlab.proof.backends.backend import Base, Bench
from greenlab.proof.backends.fork import freeze
from greenlab.proof.backends.fresh_interpreter import Fresh
from greenlab.proof.code_version import CodeVersion
from greenlab.proof.protocol import Terms
from greenlab.proof.safety import thread_pools
from greenlab.proof.weighed_run import Runner


class Frozen:
    """This kernel as it is now, for a proof that may come later. `close` gives it up."""

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        """Tens of milliseconds.

        Raises:
            OSError: no copy of this process can be made.
        """
        if not can_fork():
            raise OSError("this process cannot be copied by a fork")
        self.folder = folder()
        nothing = CodeVersion("")
        runner = Runner((nothing, nothing), namespace, Terms(), session.current().meter)
        try:
            self.bench: Final = freeze(Base(runner, self.folder, Path.cwd()))
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def close(self) -> None:
        """End the copy; a proof does so by itself."""
        self.bench.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def elsewhere(base: Base, reads: Iterable[str]) -> Bench:
    """Another process, frozen as of now. `reads`: the variables that are needed there.

    Raises:
        OSError: there can be no more processes.
        ValueError: the variables cannot be taken there; the message says why.
    """
    if can_fork():
        return freeze(base)
    if _gpu_share() > 0.5:
        raise ValueError(
            "this kernel holds more than half of the GPU's memory: a copy would not fit"
        )
    return Fresh(base, reads)


def folder() -> Path:
    """A folder of a proof's own."""
    return Path(tempfile.mkdtemp(prefix="greenlab-proof-"))


def can_fork() -> bool:
    """Linux, and no CUDA in use: its driver does not survive a fork. Nor do Apple's libraries,
    nor the threads of some others (`pools`).

    Source: https://docs.pytorch.org/docs/stable/notes/multiprocessing.html
    """
    torch = sys.modules.get("torch")
    cuda = torch is not None and torch.cuda.is_initialized()
    return sys.platform == "linux" and not cuda and thread_pools.lost_in_a_fork() is None


def _gpu_share() -> float:
    """The part of the GPU's memory that torch holds in this process, of the fullest GPU."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return 0.0
    held = 0.0
    for device in range(torch.cuda.device_count()):
        _, whole = torch.cuda.mem_get_info(device)
        held = max(held, torch.cuda.memory_allocated(device) / whole)
    return held
