"""Only in a child: stops what the code analysis missed, and reports what it was.

Python tells its audit hooks of files, sockets and programs before it acts; an exception
from a hook keeps it from acting. Libraries that go past Python are not seen, nor are Python
processes that it starts: `confine` holds those, and where it cannot, none is started.
Source: https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from greenlab.proof.backends.confine import Held
from greenlab.proof.safety.refusal import by_absolute_path, shown

# Where the paths stand among an event's arguments, and the folders they are relative to.
_FILES: Final = {
    **dict.fromkeys(("os.remove", "os.rmdir"), ((0, 1),)),
    **dict.fromkeys(("os.truncate", "os.setxattr", "os.removexattr"), ((0, -1),)),
    "shutil.rmtree": ((0, -1),),
    "os.mkdir": ((0, 2),),
    "os.chmod": ((0, 2),),
    **dict.fromkeys(("os.chown", "os.utime"), ((0, 3),)),
    **dict.fromkeys(("os.rename", "os.link"), ((0, 2), (1, 3))),
    "shutil.move": ((0, -1), (1, -1)),
    "os.symlink": ((1, 2),),
}  # fmt: skip
_NETWORK: Final = frozenset({"socket.connect", "socket.sendto", "socket.bind"})
_PROGRAMS: Final = frozenset(
    {"os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"}
)
# Libraries ask them about the machine, or have them compile.
_HARMLESS: Final = frozenset({"lscpu", "uname", "gcc", "g++", "cc", "c++", "clang", "ldconfig"})
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SHARED_MEMORY: Final = "/dev/shm/"  # noqa: S108
_WORKERS: Final = "it starts Python processes, which nothing here keeps from changing files"
_closed: list[str] = []
"""The folder that this process is closed off to: a hook cannot be taken back."""


class OutsideError(PermissionError):
    """What the code tried would reach outside; the message says what."""


class _Place(NamedTuple):
    """`root`: the proof's folder; `users`: the user's working folder, with what ends a name;
    `held`: what the system itself prevents; `theirs`: what was in shared memory before.
    """

    root: str
    users: str
    held: Held
    theirs: frozenset[str]

    def inside(self, real: str) -> bool:
        if real.startswith(_SHARED_MEMORY):
            first = real[len(_SHARED_MEMORY) :].partition("/")[0]
            return bool(self.held & Held.BY_MOUNTS) or first not in self.theirs
        own = (f"{self.root}{os.sep}", "/proc/self/")
        return real in (self.root, os.devnull) or real.startswith(own)


def close_off(folder: Path, source: Path, held: Held) -> None:
    """From now on this process writes below `folder` only, and starts and calls nobody.

    `source`: the user's working folder. `held`: what the system itself prevents.
    """
    root = os.path.realpath(folder)
    if root in _closed:
        return
    _closed.append(root)
    theirs = frozenset(os.listdir(_SHARED_MEMORY) if os.path.isdir(_SHARED_MEMORY) else ())  # noqa: PTH112, PTH208
    place = _Place(root, f"{os.path.realpath(source)}{os.sep}", held, theirs)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        for path, real in _changed(event, args):
            if not place.inside(real):
                if Path(path).is_absolute() and real.startswith(place.users):
                    raise OutsideError(by_absolute_path(path))
                raise OutsideError(f"it changes {shown(path)}")
        _refuse_others(event, args, held)

    sys.addaudithook(hook)
    if held is Held.NOT:
        _no_workers()


def _no_workers() -> None:
    """Joblib and `multiprocessing` start Python by this function, which triggers no hook."""

    def refuse(*_: Any) -> NoReturn:
        raise OutsideError(_WORKERS)

    with contextlib.suppress(ImportError):
        setattr(importlib.import_module("_posixsubprocess"), "fork_exec", refuse)  # noqa: B010


def _changed(event: str, args: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    """The paths that an event would change, as they were given and as they are."""
    if event == "open":
        path, mode, flags = args
        if flags & _WRITING or (mode and set(mode) & set("wax+")):
            yield from _resolved(path, None)
    elif event == "sqlite3.connect":
        name = os.fsdecode(args[0])
        if ":memory:" not in name:
            yield from _resolved(name.removeprefix("file://").partition("?")[0], None)
    for at, beside in _FILES.get(event, ()):
        folder = args[beside] if 0 <= beside < len(args) else None
        yield from _resolved(args[at], folder)


def _resolved(path: Any, folder: Any) -> Iterator[tuple[str, str]]:
    """A path below a folder that is open as a number; numbers themselves were open before."""
    if path is None or isinstance(path, int):
        return
    name = os.fsdecode(path)
    if isinstance(folder, int) and folder >= 0:
        name = os.path.join(os.path.realpath(f"/proc/self/fd/{folder}"), name)  # noqa: PTH118
    yield name, os.path.realpath(name)


def _refuse_others(event: str, args: tuple[Any, ...], held: Held) -> None:
    """Programs, the network, and signals to others."""
    if event in _PROGRAMS:
        raise OutsideError("it starts a program")
    if event == "subprocess.Popen":
        _on_program(args, held)
    elif event == "_winapi.CreateProcess" and held is Held.NOT:
        raise OutsideError(_WORKERS)
    elif event == "socket.getaddrinfo" or (event in _NETWORK and _is_remote(args[1])):
        raise OutsideError("it uses the network; what it needs must be here already")
    elif event in ("os.kill", "os.killpg") and not _is_below(args[0]):
        raise OutsideError("it sends a signal to another process")


def _on_program(args: tuple[Any, ...], held: Held) -> None:
    called = os.fsdecode(args[0] or args[1][0])
    if called == sys.executable:  # joblib's and a loader's helpers
        if held is Held.NOT:
            raise OutsideError(_WORKERS)
    elif Path(called).name not in _HARMLESS:
        raise OutsideError("it starts a program")


def _is_remote(address: Any) -> bool:
    return not isinstance(address, (str, bytes))  # those are sockets of this machine


def _is_below(pid: int) -> bool:
    """Whether a process is this one, or descends from it, as far as the system shows."""
    import psutil

    own = os.getpid()
    try:
        return pid == own or any(one.pid == own for one in psutil.Process(pid).parents())
    except (psutil.Error, ValueError):
        return True  # it is gone, or nobody can tell
