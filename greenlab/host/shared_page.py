"""A few bytes of memory that a process shares with its descendants.

It uses nothing that people see: no file, no environment variable, no open port. It disappears
with its process, however that ends, and another user's process cannot read it. On Linux it is
an anonymous file, found among the open files of the process; elsewhere a named piece of memory.
"""

from __future__ import annotations

import importlib
import mmap
import os
import struct
import sys
from contextlib import suppress
from typing import Final

from greenlab.host.clocks import Clocks
from greenlab.host.host import Host

SIZE: Final = 4096
_NO_PROGRAM: Final = 0x8
"""MFD_NOEXEC_SEAL, see memfd_create(2)."""
_MADE: Final = struct.Struct("<d")
"""At the end of the page: when it was made, in seconds since the epoch."""
_MOST_FILES: Final = 1024
"""Open files of a process that are looked through: a server may have many more."""


class SharedPage:
    """This process's page. In a forked child it is still the parent's: make another."""

    def __init__(self) -> None:
        self._name = f"greenlab-{Host.pid()}"
        self.memory: mmap.mmap | None = None
        """What is written here can be read there, without a system call; `None` where this
        system has no way to show it."""
        with suppress(OSError, ValueError, AttributeError, ImportError):
            self.memory = _make(self._name)
            _MADE.pack_into(self.memory, SIZE - _MADE.size, Clocks.wallclock())

    def close(self) -> None:
        """Show nothing any more."""
        memory, self.memory = self.memory, None
        if memory is not None:
            memory.close()
            if sys.platform not in ("linux", "win32"):
                with suppress(OSError, ImportError):
                    importlib.import_module("_posixshmem").shm_unlink(f"/{self._name}")


def _make(name: str) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, SIZE, tagname=name)
    if sys.platform == "linux":
        fd = _anonymous(name)
    else:
        fd = _named(name, os.O_CREAT | os.O_RDWR)
    try:
        os.write(fd, bytes(SIZE))  # where memory is short this fails, and not a later write
        return mmap.mmap(fd, SIZE)
    finally:
        os.close(fd)


def _anonymous(name: str) -> int:
    """A file without a name; systems may refuse one that could hold a program."""
    try:
        return os.memfd_create(name, os.MFD_CLOEXEC | _NO_PROGRAM)
    except OSError:  # before Linux 6.3
        return os.memfd_create(name, os.MFD_CLOEXEC)


def _named(name: str, flags: int) -> int:
    """POSIX shared memory, as `multiprocessing.shared_memory` opens it."""
    module = importlib.import_module("_posixshmem")
    return int(module.shm_open(f"/{name}", flags, mode=0o600))


def pages_of(pid: int, host: Host) -> list[mmap.mmap]:
    """The pages that another process shows, to be read; none where it shows none."""
    name = f"greenlab-{pid}"
    found: list[mmap.mmap] = []
    with suppress(OSError, ValueError, AttributeError, ImportError):
        if sys.platform == "linux":
            _look_through(f"{host.path(f'/proc/{pid}/fd')}", f"/memfd:{name} ", found)
            return found
        if sys.platform == "win32":
            page = mmap.mmap(-1, SIZE, tagname=name, access=mmap.ACCESS_READ)
        else:
            page = _mapped(_named(name, os.O_RDONLY))
        if _MADE.unpack_from(page, SIZE - _MADE.size)[0] >= _started_at(pid) - 1.0:
            found.append(page)
    return found


def _started_at(pid: int) -> float:
    """Seconds since the epoch. Named memory may outlive its process, whose number another one
    gets; and Windows makes it where there is none.
    """
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error as error:
        raise OSError(str(error)) from None


def _look_through(folder: str, begin: str, found: list[mmap.mmap]) -> None:
    with os.scandir(folder) as files:
        for file, _ in zip(files, range(_MOST_FILES), strict=False):
            with suppress(OSError, ValueError):
                if os.readlink(file.path).startswith(begin):  # noqa: PTH115 - fast
                    found.append(_mapped(os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)))


def _mapped(fd: int) -> mmap.mmap:
    try:
        return mmap.mmap(fd, SIZE, access=mmap.ACCESS_READ)
    finally:
        os.close(fd)
