"""Which file is at a ledger's path: it may be deleted, moved or replaced at any time.

SQLite keeps the end of a ledger in a second file, the write-ahead log, which it finds by name
alone. A log that was left beside another ledger would be taken for that one's and destroy it:
where the system can note it, each log therefore bears the number of the file it belongs to.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from greenlab.ledger.location import carries_wal

_BESIDE: Final = ("-wal", "-shm", "-journal")
_NOTE: Final = "user.greenlab.ledger"
_TURN_S: Final = 1.0
_KINDS: Final = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

Number = tuple[int, int]
"""A file's device and inode."""


class NotAFile(Exception):  # noqa: N818 - it says what the file is
    """Something that SQLite must not open: opening it might never return."""


class Identity(NamedTuple):
    """The file at a ledger's path and its log, by their numbers; `None`: there is none."""

    file: Number | None
    log: Number | None


def identity(path: Path, log: str) -> Identity:
    """What is there now. `log`: the path of the file's log (see `log_of`)."""
    return Identity(number(path), number(log))


def log_of(path: Path) -> str:
    """Where SQLite keeps the log of this ledger: beside the file, not beside a link to it."""
    return f"{os.path.realpath(path)}-wal"


def check_kinds(path: Path) -> None:
    """Refuse what cannot be a ledger, before it is opened.

    Raises:
        NotAFile: something else is there, or where SQLite keeps its own files.
        OSError: it cannot be looked at.
    """
    real = os.path.realpath(path)
    for place in (str(path), *(real + suffix for suffix in _BESIDE)):
        try:
            mode = Path(place).stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        for is_kind, name in _KINDS:
            if is_kind(mode):
                raise NotAFile(name)


def create(path: Path) -> None:
    """Make an empty file where there is none, and remove a log that belongs to another.

    An existing file is not opened: closing it would drop the locks that this process holds.

    Raises:
        OSError: it cannot be made.
    """
    real = Path(os.path.realpath(path))
    with _turn(real.parent):
        _drop_foreign_log(real)
        with contextlib.suppress(FileExistsError):
            # SQLite would create it with the umask; which notebooks ran is nobody's business.
            os.close(os.open(real, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def mark_log(path: Path) -> None:
    """Note on the log and its index to which file they belong, where the system keeps notes."""
    real = os.path.realpath(path)
    for beside in (f"{real}-wal", f"{real}-shm"):
        own, note = number(beside), _noted(number(real), number(beside))
        if own is not None and hasattr(os, "setxattr"):
            with contextlib.suppress(OSError):
                if _note(beside) != note:
                    os.setxattr(beside, _NOTE, note)


def _drop_foreign_log(real: Path) -> None:
    beside = [f"{real}-wal", f"{real}-shm"]
    file = number(real)
    if file is None or any(_is_foreign(one, file) for one in beside):
        for one in beside:
            with contextlib.suppress(FileNotFoundError):
                Path(one).unlink()


def _is_foreign(beside: str, file: Number) -> bool:
    own, note = number(beside), _note(beside)
    # Of a copy the note says nothing: it is another file than the one that was marked.
    marked = note.endswith(_noted(None, own))
    return own is not None and marked and note != _noted(file, own)


def _noted(file: Number | None, own: Number | None) -> bytes:
    """The note on the file `own`; without `file`, what all notes on it end with."""
    numbers = ("" if one is None else "{}:{}".format(*one) for one in (file, own))
    return " ".join(numbers).encode()


def _note(beside: str) -> bytes:
    if not hasattr(os, "getxattr"):
        return b""
    try:
        return os.getxattr(beside, _NOTE)
    except OSError:
        return b""


def number(path: str | Path) -> Number | None:
    """The file at a path, links followed; `None`: there is none, or it may not be read."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every write: it takes half the time
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One process at a time, if there may be a log; no process waits long for it."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    if not carries_wal(folder):
        yield
        return
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + _TURN_S
        while time.monotonic() < until:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(0.005)
        yield
    finally:
        os.close(handle)
