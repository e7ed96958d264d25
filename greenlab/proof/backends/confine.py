"""What the system itself keeps a process that runs versions from: changing files elsewhere.

Two ways, and both where both are there: a view of the file system of its own (`mounts`), and
`landlock`. They hold compiled libraries, workers and programs as well, which `guard` does not
see. Elsewhere than on Linux there is neither.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Collection
from enum import Flag, auto
from pathlib import Path
from typing import Final

from greenlab.host import linux_syscalls
from greenlab.proof.backends import landlock, mounts

# What libraries name by the number of the process that makes it: loky, torch, joblib, Python.
_OF_A_PROCESS: Final = re.compile(
    r"^(?:sem\.)?(?:loky|mp|torch|joblib_memmapping_folder|psm)\D(\d+)"
)


class Held(Flag):
    """Which ways hold this process."""

    NOT = 0
    BY_MOUNTS = auto()
    BY_LANDLOCK = auto()


def confine(folder: Path) -> Held:
    """From now on this process and its children change files below `folder` only.

    They have shared memory of their own, or the user's where no view can be had. A process
    with several threads cannot be held; nothing is raised where the system does not allow it.
    """
    held = Held.NOT
    if sys.platform != "linux":
        return held
    with contextlib.suppress(OSError):
        if linux_syscalls.threads() > 1:
            return held
        mounts.enter(folder)
        held |= Held.BY_MOUNTS
    with contextlib.suppress(OSError):
        landlock.restrict([folder, mounts.SHARED_MEMORY])
        held |= Held.BY_LANDLOCK
    if not held & Held.BY_MOUNTS:  # memory maps would stay behind
        os.environ["JOBLIB_TEMP_FOLDER"] = str(folder)
    return held


def tidy(held: Held, pids: Collection[int]) -> None:
    """Remove from shared memory what processes that have ended left there."""
    if held & Held.BY_MOUNTS:
        mounts.clear_shared_memory()
        return
    with contextlib.suppress(OSError):
        for entry in mounts.SHARED_MEMORY.iterdir():
            made = _OF_A_PROCESS.match(entry.name)
            if made and int(made[1]) in pids and entry.is_file():
                with contextlib.suppress(OSError):
                    entry.unlink()
