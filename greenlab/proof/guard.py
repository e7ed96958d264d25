"""In a child only: stops what the reading of the code overlooked.

Python tells its audit hooks of files, sockets and programs before it acts; an exception
from a hook keeps it from acting. Libraries that go past Python are not seen: this is a net
below the judgement, not a sandbox.
Source: https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from greenlab.proof.refusal import by_absolute_path

# Where the paths stand among an event's arguments.
_FILES: Final = {
    **dict.fromkeys(
        ("os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.chown", "os.mkdir",
         "shutil.rmtree"), (0,),
    ),
    **dict.fromkeys(("os.rename", "os.link", "shutil.move"), (0, 1)),
    "os.symlink": (1,),
}  # fmt: skip
_NETWORK: Final = frozenset({"socket.connect", "socket.sendto", "socket.bind"})
_PROGRAMS: Final = frozenset(
    {"os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"}
)
# Libraries ask them about the machine, or have them compile.
_HARMLESS: Final = frozenset({"lscpu", "uname", "gcc", "g++", "cc", "c++", "clang", "ldconfig"})
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class OutsideError(PermissionError):
    """What the code tried would reach outside; the message says what."""


def close_off(folder: Path, source: Path) -> None:
    """From now on this process writes below `folder` only, and starts and calls nobody.

    `source`: the user's working folder.
    """
    root = os.path.realpath(folder)
    users = f"{os.path.realpath(source)}{os.sep}"
    own = (f"{root}{os.sep}", "/dev/shm/", "/proc/self/")  # noqa: S108

    def inside(path: Any) -> bool:
        if path is None or isinstance(path, int):
            return True
        real = os.path.realpath(os.fsdecode(path))
        return real in (root, os.devnull) or real.startswith(own) or "__pycache__" in real

    def hook(event: str, args: tuple[Any, ...]) -> None:
        for path in _changed(event, args):
            if not inside(path):
                name = os.fsdecode(path)
                if Path(name).is_absolute() and os.path.realpath(name).startswith(users):
                    raise OutsideError(by_absolute_path(name))
                raise OutsideError(f"it changes {name}")
        _refuse_others(event, args)

    sys.addaudithook(hook)


def _changed(event: str, args: tuple[Any, ...]) -> Iterator[Any]:
    """The paths that an event would change."""
    if event == "open":
        path, mode, flags = args
        if flags & _WRITING or (mode and set(mode) & set("wax+")):
            yield path
    elif event == "sqlite3.connect":
        name = os.fsdecode(args[0])
        if ":memory:" not in name:
            yield name.removeprefix("file://").partition("?")[0]
    for place in _FILES.get(event, ()):
        yield args[place]


def _refuse_others(event: str, args: tuple[Any, ...]) -> None:
    """Programs and the network."""
    if event in _PROGRAMS:
        raise OutsideError("it starts a program")
    if event == "subprocess.Popen":
        _on_program(args)
    elif event == "socket.getaddrinfo" or (event in _NETWORK and _is_remote(args[1])):
        raise OutsideError("it uses the network; what it needs must be here already")


def _on_program(args: tuple[Any, ...]) -> None:
    called = os.fsdecode(args[0] or args[1][0])
    # Python itself: joblib's and a loader's helpers, which are in this child's group.
    if called != sys.executable and Path(called).name not in _HARMLESS:
        raise OutsideError(f"it starts the program {Path(called).name}")


def _is_remote(address: Any) -> bool:
    return not isinstance(address, (str, bytes))  # those are sockets of this machine
