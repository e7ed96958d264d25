"""Linux's perf_event_open for one event of one CPU, over all processes.

Source: man 2 perf_event_open; include/uapi/linux/perf_event.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final

_SYSCALL: Final = {"x86_64": 298, "i686": 336}
_CLOSE_ON_EXEC: Final = 8
_SIZE: Final = 64
"""PERF_ATTR_SIZE_VER0: type, size, config, and zeros for everything else."""


class EventReader:
    """The event's count since it was opened: 8 bytes in the machine's order."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def read(self) -> bytes:
        """The count now.

        Raises:
            OSError: it cannot be read any more.
        """
        return os.read(self._fd, 8)

    def close(self) -> None:
        """Stop counting."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def open_event(pmu: int, config: int, cpu: int) -> EventReader:
    """Start to count an event. `pmu`, `config`: as `/sys/bus/event_source` gives them.

    Raises:
        OSError: the kernel refuses, or this is no x86 machine.
    """
    number = _SYSCALL.get(os.uname().machine)
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    attributes = struct.pack("=IIQ", pmu, _SIZE, config).ljust(_SIZE, b"\0")
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(
        ctypes.c_long(number),
        ctypes.create_string_buffer(attributes, _SIZE),
        ctypes.c_int(-1),
        ctypes.c_int(cpu),
        ctypes.c_int(-1),
        ctypes.c_ulong(_CLOSE_ON_EXEC),
    )
    if fd < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return EventReader(int(fd))
