"""Landlock: the kernel keeps this process and what it starts from changing files elsewhere.

It needs no privileges, from Linux 5.13 on; later kernels also refuse truncation, TCP and
signals to processes outside. What is open already stays open.
Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from greenlab.host import linux_syscalls

_WRITE_FILE: Final = 1 << 1
# Removing and making folders and files of any kind; moving, truncating where there is such.
_CHANGES: Final = {
    1: _WRITE_FILE | sum(1 << bit for bit in range(4, 13)),
    2: 1 << 13,
    3: 1 << 14,
}
_TRUNCATE: Final = 1 << 14
_TCP: Final = 0b11  # bind and connect, from version 4 on
_SCOPES: Final = 0b11  # abstract sockets and signals, from version 6 on
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "nvidia*", "nvidia-*/*",
                   "dri/*", "kfd", "accel/*", "dxg")  # fmt: skip
_BENEATH: Final = 1
_VERSION: Final = 1


def version() -> int:
    """The version of Landlock here.

    Raises:
        OSError: there is none, or it is turned off.
    """
    return _call(linux_syscalls.LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)


def restrict(folders: Iterable[Path]) -> None:
    """From now on this thread, and what it starts, changes files below `folders` only.

    Devices can be written to. Programs gain no rights by their files' owners any more.

    Raises:
        OSError: the system has no Landlock.
    """
    known = version()
    changes = sum(bits for since, bits in _CHANGES.items() if known >= since)
    fields = [changes]
    fields += [_TCP] if known >= 4 else []
    fields += [_SCOPES] if known >= 6 else []
    form = struct.pack(f"{len(fields)}Q", *fields)
    rules = _call(linux_syscalls.LANDLOCK_CREATE_RULESET, form, ctypes.c_size_t(len(form)), 0)
    try:
        for folder in folders:
            _allow(rules, folder, changes)
        for pattern in _DEVICES:
            for device in Path("/dev").glob(pattern):
                if device.is_char_device():
                    _allow(rules, device, changes & (_WRITE_FILE | _TRUNCATE))
        linux_syscalls.give_up_privileges()
        _call(linux_syscalls.LANDLOCK_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, changes: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", changes, place)
            _call(linux_syscalls.LANDLOCK_ADD_RULE, rules, _BENEATH, rule, 0)
        finally:
            os.close(place)


def _call(number: int, *args: object) -> int:
    return linux_syscalls.call("syscall", ctypes.c_long(number), *args)
