"""The ledger: records in, records and totals out, from any thread, whatever the disk does."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from heapq import merge
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

from greenlab.ledger import forking, problems, record_rows, schema, verdict_rows
from greenlab.ledger.file_identity import Identity, identity, log_of
from greenlab.ledger.forgetting import forget
from greenlab.ledger.location import default_path
from greenlab.ledger.stored_json import Stored
from greenlab.ledger.sums import By, Choice, Report, Sums, nothing
from greenlab.record import CellRecord, Proven
from greenlab.record.messages import Totals
from greenlab.record.summary import Summary, seconds

_RETRY_S: Final = 30.0
_RETRY_BUSY_S: Final = 0.05  # a cell must not wait for a file that has been locked for long
_PAGE: Final = 500
_TRIES: Final = 3
_RECENT: Final = 1000
_RECENT_S: Final = 10.0
"""How long another process may take to write the log into the file and delete it."""
_ROWS: Final = f"SELECT started, id, {record_rows.SELECTED} FROM main.record"  # noqa: S608

_NO_ROWS: Final[list[tuple[Any, ...]]] = []

T = TypeVar("T")


class Ledger:
    """Every finished record of this user on this host, in one SQLite file.

    Any thread may call it; several kernels may write at once; a fork gets its own connection.
    The file may be deleted, moved or replaced meanwhile: what comes later goes to the file that
    then lies at `path`. When that cannot be used, `warning` says why and what to do, what is in
    it stays as it is, and records are kept in memory: they go to the file as soon as it works.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or default_path()).absolute()
        self.warning: str | None = None
        self.unread = False
        """Whether the file holds something that cannot be read: sums lack it."""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._log = ""
        self._identity = Identity(None, None)
        self._kept: dict[str, CellRecord] = {}
        self._recent: deque[tuple[float, record_rows.Row]] = deque(maxlen=_RECENT)
        self._degraded = False
        self._retry_at = float("inf")
        forking.note(self)
        with self._lock:
            self._connected()

    def add(self, record: CellRecord) -> None:
        """Keep a record. One with the same id takes the place of the former.

        Raises:
            ValueError: `started_at` is not an ISO 8601 time, or a number is not finite.
        """
        row = record_rows.row(record)
        with self._lock:
            if self._degraded:
                self._connected()  # is there another file by now?
            if self._degraded and time.monotonic() >= self._retry_at:
                self._try_again()
            if self._degraded or not self._write(lambda connection: _put(connection, [row])):
                self._kept[record.id] = record
            else:
                self._recent.append((time.monotonic(), row))

    def records(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[CellRecord]:
        """Records, oldest first; with a limit, the latest so many."""
        return list(self.each(kernel_id=kernel_id, notebook=notebook, since=since, limit=limit))

    def each(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[CellRecord]:
        """The same, a few at a time, for as many as there are."""
        choice = _choice(kernel_id, notebook, since)
        with self._lock:
            kept = [one for one in self._kept.values() if choice.holds(one)]
        kept.sort(key=_order)
        if limit is not None:
            latest = self._latest(choice, limit + len(self._kept))
            both = sorted([*latest, *kept], key=_order)
            yield from both[max(len(both) - limit, 0) :]
            return
        yield from merge(self._pages(choice), kept, key=_order)

    def stored(
        self, *, notebook: str | None = None, since: datetime | None = None
    ) -> Iterator[Stored]:
        """What `each` gives, as it lies in the file: for exports of many.

        Without what is only in memory. Of each template one record is read to see that it is
        one; what cannot be read is left out.
        """
        reader = record_rows.RowReader()
        for page in self._rows(_choice(None, notebook, since), reader):
            for _, _, template, content in page:
                try:
                    yield reader.stored(template, content)
                except ValueError as error:
                    self._left_out(error)

    def totals(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
    ) -> Totals:
        """Sums over the records that are counted in no other one, in joules, grams of CO2e and
        seconds.

        Grams of different bases (lifecycle, direct) do not add up: their sum is missing.
        """
        choice = _choice(kernel_id, notebook, since)
        return self._summaries(choice, None).get(None, nothing()).tally.totals

    def breakdown(
        self, by: By, *, notebook: str | None = None, since: datetime | None = None
    ) -> dict[str | None, Totals]:
        """Totals per notebook or per local day ("2026-11-20"), in the order of the keys."""
        found = self._summaries(_choice(None, notebook, since), by)
        return {key: one.tally.totals for key, one in found.items()}

    def report(self, *, notebook: str | None = None, since: datetime | None = None) -> Report:
        """Totals, and their breakdown by notebook and by day, from one look at the file."""
        choice = _choice(None, notebook, since)
        found = self._ask(lambda source: self._sums(source, choice).report(), None)
        return found or Report(nothing().tally.totals, {}, {}, False)

    def summary(self, *, notebook: str | None = None, since: datetime | None = None) -> Summary:
        """All sums over the same records, as a run card needs them."""
        choice = _choice(None, notebook, since)
        return self._ask(lambda source: self._sums(source, choice).summary(), nothing())

    def at_once(self, *, notebook: str | None = None, since: datetime | None = None) -> bool:
        """Whether kernels lived at the same time: each then carries the idle power."""
        choice = _choice(None, notebook, since)
        return self._ask(lambda source: self._sums(source, choice).at_once(), False)

    def notebooks(self) -> list[str]:
        """The paths of all notebooks that have records, in order."""
        return self._ask(lambda source: self._sums(source, Choice()).notebooks(), [])

    def add_verdict(self, one: Proven) -> None:
        """Keep a proof's verdict; lost, with a warning, where the file cannot be written."""
        with self._lock:
            connection = self._connected()
            if self._degraded:
                # It goes into the ledger in memory, where there is one instead of the file.
                with suppress(Exception):
                    connection.execute(verdict_rows.INSERT, verdict_rows.row(one))
            else:
                self._write(
                    lambda target: target.execute(verdict_rows.INSERT, verdict_rows.row(one))
                )

    def verdicts(self, rule: str | None = None) -> list[Proven]:
        """The verdicts on a rule's advice, or all, oldest first; none if it cannot be read."""
        with self._lock:
            try:
                found = self._connected().execute(verdict_rows.SELECT, (rule, rule)).fetchall()
                return verdict_rows.read(found)
            except Exception:  # noqa: BLE001 - a damaged file fails in many ways
                return []

    def forget(
        self, *, notebook: str | None = None, before: datetime | None = None
    ) -> tuple[int, bool]:
        """Delete records of a notebook and before a moment; all, and the verdicts, without.

        Gives how many went, and whether no trace is left in the file and its log.
        """
        found: list[tuple[int, bool]] = []
        moment = None if before is None else before.timestamp()
        with self._lock:
            self._write(lambda one: found.append(forget(one, notebook, moment)))
        return found[-1] if found else (0, True)

    def close(self) -> None:
        """Let go of the file, after a last try to write what is only in memory.

        A later call opens it again.
        """
        with self._lock:
            if self._connection is None:
                return
            if self._degraded and self._retry_at < float("inf"):
                self._try_again()
            if not self.is_current() and self._kept:
                self._connected()  # the log was taken away, and the last records with it
            self._drop()
            self._degraded = False

    def hold(self, wait_s: float) -> bool:
        """Before a fork: have no thread within a change; whether that was possible in time."""
        return self._lock.acquire(timeout=wait_s)

    def release(self) -> None:
        """After the fork, in the parent and where `hold` gave true."""
        self._lock.release()

    def forked(self) -> sqlite3.Connection | None:
        """In a fork's child: another lock, and no connection; the one that was there."""
        former, self._connection = self._connection, None
        self._kept, self._degraded = {}, False  # what was kept is the parent's
        self._recent.clear()
        self._lock = threading.RLock()
        return former

    def _latest(self, choice: Choice, limit: int) -> Iterator[CellRecord]:
        where, values = choice.where()
        query = f"{_ROWS} {where} ORDER BY started DESC, id DESC LIMIT ?"
        reader = record_rows.RowReader()
        page = self._ask(lambda one: reader.fetch(one, query, [*values, limit]), _NO_ROWS)
        return self._read(reader, reversed(page))

    def _pages(self, choice: Choice) -> Iterator[CellRecord]:
        reader = record_rows.RowReader()
        for page in self._rows(choice, reader):
            yield from self._read(reader, page)

    def _rows(
        self, choice: Choice, reader: record_rows.RowReader
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Page by page: a long read would keep the write-ahead log from being emptied."""
        where, values = choice.where("(started, id) > (?, ?)")
        query = f"{_ROWS} {where} ORDER BY started"
        last: tuple[Any, ...] = (float("-inf"), "")

        def ask(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            chosen = [*values, *last]
            page = reader.fetch(connection, f"{query} LIMIT {_PAGE + 1}", chosen)
            if any(one[0] == following[0] for one, following in pairwise(page)):
                # To order by the id where it does not matter would take half as long again.
                return reader.fetch(connection, f"{query}, id LIMIT {_PAGE}", chosen)
            return page[:_PAGE]

        while page := self._ask(ask, _NO_ROWS):
            yield page
            last = page[-1][:2]

    def _read(
        self, reader: record_rows.RowReader, page: Iterable[tuple[Any, ...]]
    ) -> Iterator[CellRecord]:
        for _, id_, template, stored in page:
            if self._kept and record_rows.plain(id_) in self._kept:
                continue
            try:
                yield reader.read(template, stored)
            except ValueError as error:
                self._left_out(error)

    def _left_out(self, error: ValueError) -> None:
        self.warning = (
            f"Some records in {self.path} cannot be read and are left out "
            f"({error}). Update greenlab if a later version wrote them."
        )

    def _summaries(self, choice: Choice, by: By | None) -> dict[str | None, Summary]:
        return self._ask(lambda source: self._sums(source, choice).summaries(by), {})

    def _sums(self, source: sqlite3.Connection, choice: Choice) -> Sums:
        return Sums(source, choice, self._kept, self._left_out)

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

    def _connected(self) -> sqlite3.Connection:
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

    def is_current(self) -> bool:
        """Whether there is a connection, to the file that lies there; a former one is left."""
        if self._connection is None:
            return False
        now = identity(self.path, self._log)
        if now != self._identity:
            self._leave(now)
        return self._connection is not None

    def _open(self, busy_s: float | None = None) -> sqlite3.Connection:
        try:
            connection = schema.connect(self.path, busy_s)
        except sqlite3.OperationalError as error:
            if not problems.is_io(error):
                raise
            # Another ledger of this process still has a log that was taken away.
            forking.leave_former(self)
            connection = schema.connect(self.path, busy_s)
        self._log = log_of(self.path)
        self._identity = identity(self.path, self._log)
        return connection

    def _leave(self, now: Identity) -> None:
        """Another file lies at the path: the former one gets what is still in its log."""
        if self._connection is not None and now.file != self._identity.file:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._recent.clear()
        self._drop()
        # The log alone went: another process took itself for the last, as the user's own code
        # had opened and closed the file, which drops our locks. What was written just then may
        # have gone with it, and is written again.
        since = time.monotonic() - _RECENT_S
        again = {row.record.id: row.record for at, row in self._recent if at >= since}
        self._kept = again | self._kept
        self._recent.clear()

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _instead(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Go on with another connection."""
        self._drop()
        self._connection = connection
        self._log = log_of(self.path)
        self._identity = identity(self.path, self._log)
        return connection

    def _degrade(self, error: Exception) -> None:
        """From here on records are kept in memory, beside what can be read of the file."""
        self._degraded = True
        self.warning = problems.describe(self.path, error)
        passing = problems.passes(error)
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
        if self._write(lambda connection: _put(connection, kept)):
            self._kept.clear()
            if self._connection is not None:
                self._connection.execute(f"PRAGMA busy_timeout = {1000 * schema.BUSY_S:.0f}")


def _put(connection: sqlite3.Connection, written: Iterable[record_rows.Row]) -> None:
    """Rows into the file, all of them or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        schema.check(connection)
        writer = record_rows.Writer(connection)
        for row in written:
            writer.put(row)
        writer.finish()
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _order(record: CellRecord) -> tuple[float, str]:
    return seconds(record.started_at), record.id


def _choice(kernel_id: str | None, notebook: str | None, since: datetime | None) -> Choice:
    return Choice(kernel_id, notebook, None if since is None else since.timestamp())
