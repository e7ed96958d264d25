"""In a copy made by fork: cut what it still shares with the kernel, so that nothing gets there.

A fork copies memory, but not what lies in files and in shared mappings: an array over a file,
a tensor of `share_memory_()`, an open log, a connection. And it copies the handles of
joblib's workers, which still listen to the kernel alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import mmap
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_CHUNK: Final = 1 << 26
_FIXED: Final = 0x10  # MAP_FIXED of Linux, which `mmap` does not name
_SHARED: Final = ("/dev/shm/", "/dev/zero", "/memfd:", "/SYSV")  # noqa: S108
_FORGOTTEN: Final[list[Any]] = []
"""What must not be finalised here, as that would end it in the kernel."""


def cut_off() -> None:
    """Files, connections, memory and workers: what this process changes is its own."""
    _files()
    _memory()
    _workers()


def _files() -> None:
    """What is open for writing, or connected to another machine, leads nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  numbers, not paths
        with contextlib.suppress(OSError):  # the one that lists them is closed by now
            if _reaches_out(int(name)):
                os.dup2(nothing, int(name))
    os.close(nothing)


def _reaches_out(number: int) -> bool:
    mode = os.fstat(number).st_mode
    if stat.S_ISSOCK(mode):
        with socket.socket(fileno=os.dup(number)) as one:
            return one.family in (socket.AF_INET, socket.AF_INET6)
    access = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE
    return stat.S_ISREG(mode) and access != os.O_RDONLY


def _memory() -> None:
    """Shared memory becomes private, at the same addresses.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html

    Raises:
        OSError: the system refuses.
    """
    for start, length, offset, inode, name in list(_shared()):
        with contextlib.suppress(OSError):
            file = os.open(name, os.O_RDONLY)
            try:
                if os.fstat(file).st_ino == inode:
                    _map(start, length, file, offset)
                    continue
            finally:
                os.close(file)
        for at in range(start, start + length, _CHUNK):  # its name is gone
            held = ctypes.string_at(at, min(_CHUNK, start + length - at))
            _map(at, len(held), -1, 0)
            ctypes.memmove(at, held, len(held))


def _shared() -> Iterator[tuple[int, int, int, int, str]]:
    """Start, length, offset, inode and path of each mapping that others would see change."""
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        span, access, offset, _, inode, *name = line.split(maxsplit=5)
        path = name[0] if name else ""
        memory = path.startswith(_SHARED) or not path.startswith("/dev/")
        if access.startswith("rw") and access.endswith("s") and path[:1] == "/" and memory:
            start, end = (int(one, 16) for one in span.split("-"))
            yield start, end - start, int(offset, 16), int(inode), path


def _map(start: int, length: int, file: int, offset: int) -> None:
    call = ctypes.CDLL(None, use_errno=True).mmap
    call.restype = ctypes.c_void_p
    call.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    flags = mmap.MAP_PRIVATE | _FIXED | (mmap.MAP_ANONYMOUS if file < 0 else 0)
    if call(start, length, mmap.PROT_READ | mmap.PROT_WRITE, flags, file, offset) != start:
        raise OSError(ctypes.get_errno(), "shared memory could not be made private")


def _workers() -> None:
    """Joblib starts again: the workers it knows answer the kernel, and a run would wait."""
    loky = "joblib.externals.loky"
    pool = sys.modules.get(f"{loky}.reusable_executor")
    tracker = sys.modules.get(f"{loky}.backend.resource_tracker")
    for holder, names in (
        (pool, ("_executor", "_executor_kwargs")),
        (getattr(tracker, "_resource_tracker", None), ("_fd", "_pid")),
    ):
        for name in names if holder is not None else ():
            _FORGOTTEN.append(getattr(holder, name, None))
            setattr(holder, name, None)
