"""The file behind a ledger: written and read from any thread, even if the disk fails.

What cannot be written now is kept in memory and goes to the file as soon as it can be used.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from greenlab.ledger import forking, ledger_warnings, pending_rows, record_rows, schema
from greenlab.ledger.file_identity import Identity, identity, log_of
from greenlab.ledger.known_rows import LedgerConnection
from greenlab.ledger.location import default_path
from greenlab.record import CellRecord

_RETRY_S: Final = 30.0
_RETRY_BUSY_S: Final = 0.05  # a cell must not wait for a file that has been locked for long
_TRIES: Final = 3
FOLD_AT: Final = 16
"""So many pending records are put among the others at once: in twice the time of one."""
_RECENT: Final = 1000
_RECENT_S: Final = 10.0
"""How long another process may take to write the log into the file and delete it."""

T = TypeVar("T")


class LedgerFile:
    """One SQLite file, which may be deleted, moved or replaced at any time.

    Later records go to the file that is then at `path`. When that cannot be used,
    `warning` says why and what to do, and what is in it stays as it is. A fork gets its own
    connection.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or default_path()).absolute()
        self.warning: str | None = None
        self.unread = False
        """Whether the file holds something that cannot be read: sums lack it."""
        self._lock = threading.RLock()
        self._connection: LedgerConnection | None = None
        self._log = ""
        self._identity = Identity(None, None)
        self._kept: dict[str, CellRecord] = {}
        self._recent: deque[tuple[float, CellRecord]] = deque(maxlen=_RECENT)
        self._noted: list[record_rows.Row] = []
        self._writes = False
        self._degraded = False
        self._retry_at = float("inf")
        forking.note(self)
        with self._lock:
            self._connected()

    def add(self, record: CellRecord) -> None:
        """Keep a record: a killed process does not lose it. One with the same id takes the
        place of the former.

        Raises:
            ValueError: `started_at` is not an ISO 8601 time, or a number is not finite.
        """
        row = record_rows.row(record)
        with self._lock:
            self._writes = True
            if self._degraded:
                self._connected()  # is there another file by now?
            if self._degraded and time.monotonic() >= self._retry_at:
                self._try_again()
            if self._degraded or not self._write(lambda one: pending_rows.note(one, row)):
                self._kept[record.id] = record
                return
            self._remember(record)
            self._noted.append(row)
            if len(self._noted) >= FOLD_AT:
                self.fold(others=False)

    def fold(self, *, others: bool = True) -> None:
        """Move recently added records into the table and the sums, while no cell waits for it.

        `others`: also what other processes added, which may have been killed since.
        """
        with self._lock:
            if self._noted:
                connection = self._connected()
                if not self._degraded:
                    self._fold(connection, others=others)

    def close(self) -> None:
        """Close the file, after a last attempt to write what is only in memory.

        A later call opens it again.
        """
        with self._lock:
            if self._connection is None:
                return
            if self._degraded and self._retry_at < float("inf"):
                self._try_again()
            if not self.is_current() and self._kept:
                self._connected()  # the log was removed, and the last records with it
            if self._connection is not None and self._noted and not self._degraded:
                self._fold(self._connection, others=True)
            self._drop()
            self._degraded = False

    def hold(self, wait_s: float) -> bool:
        """Before a fork: wait until no thread is in a change; whether that was in time."""
        return self._lock.acquire(timeout=wait_s)

    def release(self) -> None:
        """After the fork, in the parent and where `hold` gave true."""
        self._lock.release()

    def forked(self) -> LedgerConnection | None:
        """In a fork's child: another lock, and no connection; the one that was there."""
        former, self._connection = self._connection, None
        self._kept, self._degraded = {}, False  # what was kept is the parent's
        self._recent.clear()
        self._noted.clear()
        self._lock = threading.RLock()
        return former

    def _ask(self, question: Callable[[sqlite3.Connection], T], default: T) -> T:
        """The answer of the file; where it cannot be read, of what is in memory."""
        with self._lock:
            try:
                return question(self._connected())
            except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways
                self._degrade(error)
                self.unread = True
            try:
                return question(self._instead(schema.in_memory()))
            except Exception:  # noqa: BLE001 - as without any record
                return default

    def _write(self, change: Callable[[sqlite3.Connection], object]) -> bool:
        """Make a change of the file; whether that went well.

        Where the file was exchanged meanwhile, it is made again in the one that is there now.
        """
        for _ in range(_TRIES):
            connection = self._connected()
            if self._degraded:
                return False
            try:
                change(connection)
            except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways
                self._degrade(error)
                return False
            if self._identity == identity(self.path, self._log):
                return True
        return True

    def _remember(self, record: CellRecord) -> None:
        """Keep a record in memory as long as it may have to be written again."""
        now = time.monotonic()
        self._recent.append((now, record))
        while self._recent[0][0] < now - _RECENT_S:
            self._recent.popleft()

    def _fold(self, connection: sqlite3.Connection, *, others: bool) -> None:
        """Put this process's pending records among the others, or those of all processes."""
        own, self._noted = self._noted, []
        try:
            pending_rows.put(connection, own=own, others=others)
        except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways
            if not ledger_warnings.passes(error):  # else they go with the next ones
                self._degrade(error)

    def _connected(self) -> LedgerConnection:
        if self.is_current():
            return self._connection  # type: ignore[return-value]
        forking.close_inherited()
        try:
            opened = self._connection = self._open()
        except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways
            reading, self.unread = schema.history(self.path)
            self._degrade(error)
            return self._instead(reading)
        self.warning, self.unread, self._degraded = None, False, False
        if self._kept:
            self._hand_over()
        return self._connection or opened

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, to whatever file."""
        return self._connection is not None

    def is_current(self) -> bool:
        """Whether there is a connection to the file at the path; a former one is closed."""
        if self._connection is None:
            return False
        if self._connection.lock is not None:
            self._connection.lock.take()
        now = identity(self.path, self._log)
        if now != self._identity:
            self._leave(now)
        return self._connection is not None

    def _open(self, busy_s: float | None = None) -> LedgerConnection:
        # A connection shares the index of the log with the others of its process, also where
        # the log that belongs to it was removed: what is written then damages the new one.
        forking.leave_former(self)
        connection = schema.connect(self.path, busy_s)
        self._log = log_of(self.path)
        self._identity = identity(self.path, self._log)
        return connection

    def _leave(self, now: Identity) -> None:
        """Another file is at the path: the former one gets what is still in its log."""
        if self._connection is not None and now.file != self._identity.file:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._recent.clear()
        self._noted.clear()
        self._drop()
        # The log alone went: another process took itself for the last, as the user's own code
        # had opened and closed the file, which drops our locks. What was written just then may
        # have gone with it, and is written again.
        since = time.monotonic() - _RECENT_S
        again = {one.id: one for at, one in self._recent if at >= since}
        self._kept = again | self._kept
        self._recent.clear()

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _instead(self, connection: LedgerConnection) -> LedgerConnection:
        """Go on with another connection."""
        self._drop()
        self._connection = connection
        self._log = log_of(self.path)
        self._identity = identity(self.path, self._log)
        return connection

    def _degrade(self, error: Exception) -> None:
        """From here on records are kept in memory, in addition to what the file still gives."""
        self._degraded = True
        self.warning = ledger_warnings.describe(self.path, error)
        passing = ledger_warnings.passes(error)
        self._retry_at = time.monotonic() + _RETRY_S if passing else float("inf")

    def _try_again(self) -> None:
        """Write what was kept in memory to the file, if that works now."""
        former = self._connection
        try:
            fresh = self._open(_RETRY_BUSY_S)
        except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways
            self._degrade(error)
            return
        self._connection = fresh
        if former is not None:
            former.close()
        self._degraded, self.warning, self.unread = False, None, False
        self._hand_over()

    def _hand_over(self) -> None:
        """Records that were kept in memory go to the file."""
        kept = [record_rows.row(one) for one in self._kept.values()]
        if self._write(lambda connection: pending_rows.put(connection, kept)):
            self._kept.clear()
            if self._connection is not None:
                self._connection.execute(f"PRAGMA busy_timeout = {1000 * schema.BUSY_S:.0f}")
