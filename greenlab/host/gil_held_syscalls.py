"""System calls that keep the interpreter's lock.

`os.pread` and `os.waitid` release it around the call. A kernel that begins a cell has just
woken its output thread, which then takes the lock, and the cell waits for up to a
millisecond. Use these only for calls that return in microseconds: no other Python thread
runs during them.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def _function(name: str, result: Any) -> Any | None:
    """A function of the C library, `None` where it cannot be had so."""
    if sys.platform != "linux":
        return None
    try:
        found = getattr(ctypes.PyDLL(None), name)
    except (OSError, AttributeError):  # a Python that is linked statically
        return None
    found.restype = result
    return found


_pread = _function("pread", ctypes.c_ssize_t)
_waitid = _function("waitid", ctypes.c_int)
_WITHOUT_WAITING = os.WEXITED | os.WNOHANG | os.WNOWAIT if hasattr(os, "waitid") else 0
# Arguments that are made before the call: making them takes as long as the call.
_ANY_CHILD = ctypes.c_int(0), ctypes.c_uint(0), None, ctypes.c_int(_WITHOUT_WAITING)


class QuickReader:
    """A file that is kept open and read in microseconds; not by two threads at once."""

    __slots__ = ("_arguments", "_buffer", "_fd", "_size")

    def __init__(self, path: Path, size: int) -> None:
        self._size = size
        self._buffer = ctypes.create_string_buffer(size)
        self._use(os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)))

    def _use(self, fd: int) -> None:
        self._fd = fd
        file, size = ctypes.c_int(fd), ctypes.c_size_t(self._size)
        self._arguments = file, self._buffer, size, ctypes.c_long(0)

    def read(self) -> bytes:
        """Its text now.

        Raises:
            OSError: it cannot be read any more.
        """
        if _pread is not None:
            got = _pread(*self._arguments)
            if got >= 0:
                return self._buffer.raw[:got]
        return os.pread(self._fd, self._size, 0)  # this one says what is wrong

    def close(self) -> None:
        """Close it."""
        fd = self._fd
        self._use(-1)
        if fd >= 0:
            os.close(fd)


def has_children() -> bool:
    """Whether this process has any child, alive or not yet waited for."""
    if _waitid is not None:  # it fails only where there is none
        return bool(_waitid(*_ANY_CHILD) == 0)
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, _WITHOUT_WAITING)
    except ChildProcessError:
        return False
    return True
