"""System calls that Python does not offer. Their numbers are the same on every architecture.

Source: https://docs.kernel.org/process/adding-syscalls.html, include/uapi/asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, Final

MOUNT_SETATTR: Final = 442
LANDLOCK_CREATE_RULESET: Final = 444
LANDLOCK_ADD_RULE: Final = 445
LANDLOCK_RESTRICT_SELF: Final = 446

_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG
_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER
_NO_NEW_PRIVILEGES: Final = 38  # PR_SET_NO_NEW_PRIVS


def call(name: str, *args: Any) -> int:
    """A function of the C library; `syscall` takes the number first.

    Raises:
        OSError: the system refuses.
    """
    found: int = getattr(ctypes.CDLL(None, use_errno=True), name)(*args)
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return found


def end_with_the_parent(signal: int) -> None:
    """This process gets the signal as soon as the thread that forked it ends."""
    _control(_DEATH_SIGNAL, signal)


def adopt_orphans() -> None:
    """Descendants whose own parent ended become children of this process."""
    _control(_SUBREAPER, 1)


def give_up_privileges() -> None:
    """No program that is started from here on gains rights by its file's owner."""
    _control(_NO_NEW_PRIVILEGES, 1)


def threads() -> int:
    """How many threads this process has, those of libraries included."""
    return len(list(Path("/proc/self/task").iterdir()))


def _control(option: int, value: int) -> None:
    zeros = [ctypes.c_ulong(0)] * 3
    call("prctl", ctypes.c_int(option), ctypes.c_ulong(value), *zeros)
