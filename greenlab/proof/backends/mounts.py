"""A view of the file system of one's own, in which only the proof's folder is writable.

A mount namespace, and a user namespace around it where this takes privileges. Shared memory is
empty but for links to what lies there, and ends with the last process of the view; the network
is not there at all. Some systems forbid it (containers, Ubuntu's AppArmor): `landlock` and
`guard` stand beside it.
Source: https://man7.org/linux/man-pages/man7/mount_namespaces.7.html and mount_setattr(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from pathlib import Path
from typing import Final

from greenlab.host import linux_syscalls

SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108
_MOST_ENTRIES: Final = 5_000
"""Of /dev/shm that a run still sees: a link is made for each."""

_NEW_MOUNTS: Final = 0x0002_0000
_NEW_SEMAPHORES: Final = 0x0800_0000
_NEW_USERS: Final = 0x1000_0000
_NEW_NETWORK: Final = 0x4000_0000
_OWN: Final = _NEW_MOUNTS | _NEW_SEMAPHORES | _NEW_NETWORK

_NO_SET_USER: Final = 2
_NO_DEVICES: Final = 4
_BIND: Final = 4096
_BIND_BELOW: Final = 4096 | 16384
_PRIVATE_BELOW: Final = 16384 | 1 << 18
_READ_ONLY: Final = 1
_BELOW: Final = 0x8000  # AT_RECURSIVE
_HERE: Final = -100  # AT_FDCWD


def enter(folder: Path) -> None:
    """From now on this process and its children write below `folder` only.

    The process must have one thread.

    Raises:
        OSError: the system forbids it; nothing has changed then, or no more than that this
            process stands in a namespace of its own.
    """
    _unshare()
    _mount(None, Path("/"), _PRIVATE_BELOW)
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        old = folder / ".shared-memory"
        if SHARED_MEMORY.is_dir():
            old.mkdir(exist_ok=True)
            _mount(SHARED_MEMORY, old, _BIND)
        _read_only(Path("/"), below=True)
        if old.is_dir():
            _own_shared_memory(old)
        folder.mkdir(parents=True, exist_ok=True)  # it may have been in shared memory
        _mount(Path(f"/proc/self/fd/{held}"), folder, _BIND_BELOW)
        _read_only(folder, off=True)
    finally:
        os.close(held)


def clear_shared_memory() -> None:
    """Remove what a run left in a view's own shared memory: semaphores, memory maps."""
    import shutil

    for entry in SHARED_MEMORY.iterdir():
        with contextlib.suppress(OSError):
            if entry.is_symlink():
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink()


def _unshare() -> None:
    user, group = os.getuid(), os.getgid()
    try:
        linux_syscalls.call("unshare", ctypes.c_int(_OWN))
    except PermissionError:
        if user == 0:
            # In a user namespace, root could no longer read what belongs to other users.
            raise
    else:
        return
    linux_syscalls.call("unshare", ctypes.c_int(_OWN | _NEW_USERS))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def _own_shared_memory(old: Path) -> None:
    entries = [one.name for one, _ in zip(old.iterdir(), range(_MOST_ENTRIES), strict=False)]
    flags = ctypes.c_ulong(_NO_SET_USER | _NO_DEVICES)
    place = os.fsencode(SHARED_MEMORY)
    linux_syscalls.call("mount", b"tmpfs", place, b"tmpfs", flags, b"mode=1777")
    for name in entries:
        if not name.startswith("sem."):  # a link is no semaphore
            (SHARED_MEMORY / name).symlink_to(old / name)


def _mount(source: Path | None, place: Path, flags: int) -> None:
    origin = None if source is None else os.fsencode(source)
    linux_syscalls.call("mount", origin, os.fsencode(place), None, ctypes.c_ulong(flags), None)


def _read_only(place: Path, *, below: bool = False, off: bool = False) -> None:
    change = struct.pack("QQQQ", 0 if off else _READ_ONLY, _READ_ONLY if off else 0, 0, 0)
    linux_syscalls.call(
        "syscall",
        ctypes.c_long(linux_syscalls.MOUNT_SETATTR),
        ctypes.c_int(_HERE),
        os.fsencode(place),
        ctypes.c_uint(_BELOW if below else 0),
        change,
        ctypes.c_size_t(len(change)),
    )
