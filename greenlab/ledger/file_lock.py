"""The lock by which an open ledger keeps its log, taken again after the user's code dropped it.

While a process has a ledger open, its shared lock on the file shows others that they are not
the last: the last one to close writes the log into the file and deletes it. POSIX drops all
locks of a process on a file as soon as any part of the process closes that file, as the user's
own code may, and SQLite does not notice: the lock is taken again before each use.
Source: https://sqlite.org/howtocorrupt.html, "Posix advisory locks canceled".
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from greenlab.ledger.file_identity import Number

_FIRST: Final = 0x40000002
_COUNT: Final = 510
"""The bytes that SQLite locks: `SHARED_FIRST` and `SHARED_SIZE` in its os.h."""
_WAIT_S: Final = 1.0
_TRY_S: Final = 0.001


class FileLock:
    """One file of this process, open for its lock as long as anything needs it.

    It is open once for all connections: to close it drops the lock of each of them.
    """

    def __init__(self, handle: int) -> None:
        self._handle: Final = handle

    def take(self) -> None:
        """Take the lock, as soon as no process is writing the log into the file."""
        import fcntl

        until = time.monotonic() + _WAIT_S
        while True:
            try:
                fcntl.lockf(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB, _COUNT, _FIRST)
            except (BlockingIOError, PermissionError):  # POSIX allows either
                if time.monotonic() >= until:
                    return
                time.sleep(_TRY_S)
            except OSError:  # the change itself will say what is wrong
                return
            else:
                return

    def __del__(self) -> None:
        os.close(self._handle)


_locks: Final[WeakValueDictionary[Number, FileLock]] = WeakValueDictionary()


def file_lock(path: Path, file: Number) -> FileLock | None:
    """The lock of an open ledger; `None` where the system drops none.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return None
    lock = _locks.get(file)
    if lock is None:
        lock = _locks[file] = FileLock(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    return lock
