"""System calls that keep the interpreter's lock.

`os.pread` and `os.waitid` give it up around the call. A kernel that begins a cell has just
woken its thread for output: that one takes the lock then, and the cell waits for up to a
millisecond. Meant for what answers in microseconds: no other Python thread runs meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def _function(name: str, *types: Any) -> Any | None:
    """A function of the C library, `None` where it cannot be had so."""
    if sys.platform != "linux":
        return None
    try:
        found = getattr(ctypes.PyDLL(None), name)
    except (OSError, AttributeError):  # a Python that is linked statically
        return None
    found.argtypes = types
    found.restype = ctypes.c_ssize_t if name == "pread" else ctypes.c_int
    return found


_pread = _function("pread", ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long)
_waitid = _function("waitid", ctypes.c_int, ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)


class QuickReader:
    """A file that is kept open and read in microseconds; not by two threads at once."""

    __slots__ = ("_buffer", "_fd", "_size")

    def __init__(self, path: Path, size: int) -> None:
        self._fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._size = size
        self._buffer = ctypes.create_string_buffer(size)

    def read(self) -> bytes:
        """Its text now.

        Raises:
            OSError: it cannot be read any more.
        """
        if _pread is not None:
            got = _pread(self._fd, self._buffer, self._size, 0)
            if got >= 0:
                return self._buffer.raw[:got]
        return os.pread(self._fd, self._size, 0)  # this one says what is wrong

    def close(self) -> None:
        """Close it."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def has_children() -> bool:
    """Whether this process has any child, alive or not yet waited for."""
    if not hasattr(os, "waitid"):
        return True
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    if _waitid is not None:  # it fails only where there is none
        return bool(_waitid(os.P_ALL, 0, None, flags) == 0)
    try:
        os.waitid(os.P_ALL, 0, flags)
    except ChildProcessError:
        return False
    return True
