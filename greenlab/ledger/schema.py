"""The tables, their versions, and how a file is opened without ever harming it."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NoReturn

from greenlab.ledger.file_identity import Number, check_kinds, create, mark_log, number
from greenlab.ledger.file_lock import file_lock
from greenlab.ledger.known_rows import LedgerConnection
from greenlab.ledger.location import carries_wal
from greenlab.ledger.migrations import MIGRATIONS

APPLICATION_ID: Final = 0x676E6C62  # "gnlb", marks the file as ours
BUSY_S: Final = 1.0
"""How long a locked file is waited for: other kernels need it for less than a millisecond."""


_CACHE_KIB: Final = 512
"""Memory for pages of the file: a quarter of SQLite's own, which each kernel would fill."""


class NotOurs(Exception):  # noqa: N818 - it says what the file is
    """A SQLite file of another program."""


class Newer(Exception):  # noqa: N818 - it says what the file is
    """A ledger of a later greenlab."""


_connecting = threading.Lock()


def connect(path: Path, busy_s: float | None = None) -> LedgerConnection:
    """A ledger's file, created or brought to this version.

    `busy_s`: how long to wait for a lock, `BUSY_S` if not given.

    Raises:
        OSError: the folder or file cannot be made.
        sqlite3.Error: the file is locked, full, corrupt or not SQLite.
        NotOurs: the file is another program's.
        Newer: the file has a later schema.
    """
    real = Path(os.path.realpath(path))
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_kinds(path)
    # One thread at a time: the file that `create` closes is none that another has just locked.
    with _connecting:
        create(path)
        before = number(real)
        connection = _open(real.as_uri(), BUSY_S if busy_s is None else busy_s)
        try:
            if version(connection) < len(MIGRATIONS):
                _migrate(connection)
            has_log = _set_journal(connection, real.parent)
            version(connection)  # where there is a log, it is there from now on
            mark_log(path)
            if has_log and before is not None:
                connection.lock = file_lock(real, before)
            _check_same(real, before)
        except BaseException:
            connection.close()
            raise
    return connection


def connect_reading(path: Path) -> LedgerConnection:
    """A ledger's file that cannot be written: for its history alone.

    Raises:
        sqlite3.Error, NotOurs, Newer: as `connect`; also for a file that was never a ledger.
    """
    check_kinds(path)
    # In a folder that cannot be written SQLite reads only what it is told will not change,
    # which is true as long as there is no write-ahead log beside it.
    changing = os.access(path.parent, os.W_OK) or Path(f"{path}-wal").exists()
    connection = _open(f"{path.as_uri()}?mode=ro{'' if changing else '&immutable=1'}")
    try:
        found = version(connection)
        if found == len(MIGRATIONS):
            return connection
        with closing(connection):
            return _copy(connection) if found else _refuse(path)
    except BaseException:
        connection.close()
        raise


def _copy(connection: sqlite3.Connection) -> LedgerConnection:
    """A ledger of an earlier version that cannot be written, brought to this one in memory."""
    copy = _open("file::memory:")
    connection.backup(copy)
    _migrate(copy)
    return copy


def _refuse(path: Path) -> NoReturn:
    raise NotOurs(path)


def in_memory() -> LedgerConnection:
    """An empty ledger that lives as long as the process."""
    connection = _open("file::memory:")
    _migrate(connection)
    return connection


def history(path: Path) -> tuple[LedgerConnection, bool]:
    """The file's records to read if it can at least be read, else an empty ledger.

    And whether the file holds something that is not there to read.
    """
    try:
        return connect_reading(path), False
    except Exception:  # noqa: BLE001 - a damaged file fails in many ways
        return in_memory(), _holds_something(path)


def _open(uri: str, busy_s: float = 0.0) -> LedgerConnection:
    connection = sqlite3.connect(
        uri,
        uri=True,
        timeout=busy_s,
        isolation_level=None,
        check_same_thread=False,
        factory=LedgerConnection,
    )
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    # Some builds overwrite whatever is deleted, which only forgetting needs and asks for.
    connection.execute("PRAGMA secure_delete = OFF")
    return connection


def newest() -> int:
    """The version that this greenlab writes."""
    return len(MIGRATIONS)


def version(connection: sqlite3.Connection) -> int:
    """The file's version; 0 for an empty file."""
    # One statement sees one moment: another kernel may be making the file just now.
    application, version, tables = connection.execute(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master) "
        "FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise NotOurs(version)
    if version > len(MIGRATIONS):
        raise Newer(version)
    return int(version)


def _check_same(path: Path, before: Number | None) -> None:
    if number(path) != before:  # exchanged while it was opened
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))


def check(connection: sqlite3.Connection) -> None:
    """Within a change: check that no process has migrated the file to a later version.

    Raises:
        Newer: one has.
    """
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > len(MIGRATIONS):
        raise Newer(found)


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another kernel may have done it while this one waited.
        for statements in MIGRATIONS[version(connection) :]:
            for step in statements:
                connection.execute(step) if isinstance(step, str) else step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _set_journal(connection: sqlite3.Connection, folder: Path) -> bool:
    """A write-ahead log where the file system carries one, else the rollback journal. Whether
    there is a log now.

    In both, a killed process loses nothing that was added. With the log, a power cut may lose
    the last records but cannot harm the file.
    """
    mode, wanted = "", "wal" if carries_wal(folder) else "delete"
    # When another kernel writes or switches just now the file keeps its mode: safe, only
    # slower. SQLite answers "locked" there at once, without waiting.
    with suppress(sqlite3.OperationalError):
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != wanted:
            (mode,) = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
    connection.execute("PRAGMA synchronous = NORMAL")
    return mode == "wal"


def _holds_something(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
