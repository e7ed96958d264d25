"""Plain sentences about an unusable ledger, and what fixes it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from greenlab.ledger.file_identity import NotAFile
from greenlab.ledger.migrations import MIGRATIONS
from greenlab.ledger.schema import Newer, NotOurs
from greenlab.settings import LEDGER

_ROOM_BYTES = 65536
_FULL = (
    "cannot grow, the disk is full",
    "Free some space; greenlab tries again by itself",
)
_PASSING = frozenset(
    f"SQLITE_{name}"
    for name in (
        "AUTH",
        "BUSY",
        "CANTOPEN",
        "FULL",
        "INTERRUPT",
        "IOERR",
        "LOCKED",
        "NOMEM",
        "PERM",
        "PROTOCOL",
        "READONLY",
    )
)
"""Errors that may pass. Of an intact file SQLite reports no others."""
_ELSEWHERE = f"or set {LEDGER.name} to another file"


def describe(path: Path, error: Exception) -> str:
    """One warning: the path, what is wrong, what happens to new records, what to do."""
    if path.is_dir():
        return _told(
            path, "is a folder", f"Set {LEDGER.name} to a file, as in {path / 'l.sqlite'}"
        )
    return _told(path, *_words(error))


def full_disk(path: Path) -> str | None:
    """The warning where the disk has no room for another record, `None` where it has."""
    folder = next((one for one in path.parents if one.is_dir()), None)
    if folder is None or shutil.disk_usage(folder).free >= _ROOM_BYTES:
        return None
    return _told(path, *_FULL)


def _told(path: Path, problem: str, fix: str) -> str:
    return (
        f"The ledger {path} {problem}. It is left as it is; kernels keep new records in memory "
        f"until they stop. {fix}."
    )


def passes(error: Exception) -> bool:
    """Whether the ledger may be usable again later: a lock, a full disk, a permission."""
    return isinstance(error, OSError) or _name(error) in _PASSING


def _words(error: Exception) -> tuple[str, str]:
    name = _name(error)
    if isinstance(error, Newer):
        here = len(MIGRATIONS)
        problem = f"was written by a later greenlab (schema {error}; this one knows {here})"
        return problem, f"Update greenlab, {_ELSEWHERE}"
    if isinstance(error, NotAFile):
        return f"is {error}, not a file", f"Set {LEDGER.name} to a file"
    if isinstance(error, NotOurs):
        return "belongs to another program", f"Set {LEDGER.name} to another file"
    if not passes(error):
        recover = "the command 'sqlite3 FILE .recover' may read what it holds"
        return (
            f"is damaged or is no SQLite file ({error})",
            f"Move it away to start a new one, {_ELSEWHERE}; {recover}",
        )
    if name in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
        return (
            "is locked by another program",
            "Close that program; greenlab tries again by itself",
        )
    if name == "SQLITE_FULL":
        return _FULL
    why = error.strerror if isinstance(error, OSError) else str(error)
    return (
        f"cannot be written ({str(why).lower()})",
        f"Make the file and its folder writable, {_ELSEWHERE}",
    )


def _name(error: Exception) -> str:
    """SQLite's name of an error without its details: SQLITE_BUSY_SNAPSHOT is SQLITE_BUSY."""
    name = getattr(error, "sqlite_errorname", None) or ""
    return "_".join(name.split("_")[:2]) if isinstance(error, sqlite3.Error) else ""
