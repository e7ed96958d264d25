"""The ledger: records in, records and totals out, from any thread, whatever the disk does."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

from greenlab.ledger import proven, rows, schema, trouble
from greenlab.ledger.where import default_path
from greenlab.record import CellRecord, Proven
from greenlab.record.messages import Totals

_RETRY_S: Final = 30.0
_RETRY_BUSY_S: Final = 0.05  # a cell must not wait for a file that has been locked for long
_PAGE: Final = 500
_FILE: Final = "main.record"
_BOTH: Final = (
    "(SELECT * FROM temp.kept UNION ALL "
    "SELECT * FROM main.record WHERE id NOT IN (SELECT id FROM temp.kept))"
)
_WHOLE: Final = "(parent_id IS NULL OR parent_id NOT IN (SELECT id FROM {source}))"
"""No other record holds it: a cell that was killed leaves its spans and no record."""
_GROUPS: Final = {
    "notebook": "notebook",
    "day": "date(started, 'unixepoch', 'localtime')",
}


class Ledger:
    """Every finished record of this user on this host, in one SQLite file.

    Any thread may call it; several kernels may write at once; a fork gets its own connection.
    When the file cannot be used, `warning` says why and what to do, what is in the file stays
    as it is, and records are kept in memory: they go to the file as soon as it works again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or default_path()).absolute()
        self.warning: str | None = None
        self.unread = False
        """Whether the file holds something that cannot be read: sums lack it."""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._degraded = False
        self._retry_at = float("inf")
        _open_ledgers.add(self)
        with self._lock:
            self._connected()

    def add(self, record: CellRecord) -> None:
        """Keep a record. One with the same id takes the place of the former.

        Raises:
            ValueError: `started_at` is not an ISO 8601 time, or a number is not finite.
        """
        row = rows.row(record)
        with self._lock:
            connection = self._connected()
            if self._degraded and time.monotonic() >= self._retry_at:
                connection = self._try_again(connection)
            if not self._degraded:
                try:
                    _insert(connection, _FILE, row)
                except sqlite3.Error as error:
                    self._degrade(connection, error)
            if self._degraded:
                _insert(connection, "temp.kept", row)

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
        where, values = _conditions(kernel_id, notebook, since)
        columns = "SELECT started, id, record FROM {source}"
        if limit is not None:
            query = f"{columns} {where} ORDER BY started DESC, id DESC LIMIT ?"
            yield from self._read(reversed(self._query(query, [*values, limit])))
            return
        # Page by page: a long read would keep the write-ahead log from being emptied.
        where, values = _conditions(kernel_id, notebook, since, "(started, id) > (?, ?)")
        query = f"{columns} {where} ORDER BY started, id LIMIT {_PAGE}"
        last: tuple[float, str] = (float("-inf"), "")
        while page := self._query(query, [*values, *last]):
            yield from self._read(page)
            last = page[-1][:2]

    def _read(self, page: Iterable[tuple[float, str, str]]) -> Iterator[CellRecord]:
        for _, _, text in page:
            try:
                yield rows.read(text)
            except ValueError as error:
                self.warning = (
                    f"Some records in {self.path} cannot be read and are left out "
                    f"({error}). Update greenlab if a later version wrote them."
                )

    def totals(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
    ) -> Totals:
        """Sums over the records that lie in no other one, in joules, grams of CO2e and seconds.

        Grams of different bases (lifecycle, direct) do not add up: their sum is missing.
        """
        where, values = _conditions(kernel_id, notebook, since, _WHOLE)
        query = f"SELECT {rows.sums()} FROM {{source}} {where}"  # noqa: S608
        (sums,) = self._query(query, values)
        return rows.totals(sums)

    def breakdown(
        self,
        by: Literal["notebook", "day"],
        *,
        notebook: str | None = None,
        since: datetime | None = None,
    ) -> dict[str | None, Totals]:
        """Totals per notebook or per local day ("2026-11-20"), in the order of the keys."""
        where, values = _conditions(None, notebook, since, _WHOLE)
        query = (
            f"SELECT {_GROUPS[by]}, {rows.sums()} FROM {{source}} {where} "  # noqa: S608
            "GROUP BY 1 ORDER BY 1"
        )
        return {key: rows.totals(sums) for key, *sums in self._query(query, values)}

    def at_once(self, *, notebook: str | None = None, since: datetime | None = None) -> bool:
        """Whether kernels lived at the same time: each then carries the draw at rest."""
        where, values = _conditions(None, notebook, since, _WHOLE)
        query = f"SELECT {rows.SPAN} FROM {{source}} {where} GROUP BY kernel_id ORDER BY 1"  # noqa: S608
        lives = self._query(query, values)
        return any(later[0] < end for (_, end), later in pairwise(lives))

    def add_verdict(self, one: Proven) -> None:
        """Keep a proof's verdict; lost, with a warning, where the file cannot be written."""
        with self._lock:
            connection = self._connected()
            try:
                connection.execute(proven.INSERT, proven.row(one))
            except sqlite3.Error as error:
                if not self._degraded:
                    self._degrade(connection, error)

    def verdicts(self, rule: str | None = None) -> list[Proven]:
        """The verdicts on a rule's advice, or all, oldest first; none if it cannot be read."""
        with self._lock:
            try:
                found = self._connected().execute(proven.SELECT, (rule, rule)).fetchall()
            except sqlite3.Error:  # a file of an earlier version that cannot be written
                return []
        return proven.read(found)

    def close(self) -> None:
        """Let go of the file, after a last try to write what is only in memory.

        A later call opens it again.
        """
        with self._lock:
            if self._connection is None:
                return
            connection = self._connection
            if self._degraded and self._retry_at < float("inf"):
                connection = self._try_again(connection)
            connection.close()
            self._connection = None
            self._degraded = False

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = schema.connect(self.path)
            except (OSError, sqlite3.Error, schema.Newer, schema.NotOurs) as error:
                self._connection, self.unread = schema.history(self.path)
                self._degrade(self._connection, error)
            else:
                self.warning, self.unread = None, False
        return self._connection

    def _degrade(self, connection: sqlite3.Connection, error: Exception) -> None:
        """From here on records go to a table in memory, beside the file."""
        connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS kept ({', '.join(rows.COLUMNS)})")
        self._degraded = True
        self.warning = trouble.describe(self.path, error)
        passing = trouble.passes(error)
        self._retry_at = time.monotonic() + _RETRY_S if passing else float("inf")

    def _try_again(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Write what was kept in memory to the file, if that works now."""
        kept = connection.execute("SELECT * FROM temp.kept").fetchall()
        fresh = None
        try:
            fresh = schema.connect(self.path, _RETRY_BUSY_S)
            fresh.execute("BEGIN IMMEDIATE")
            for row in kept:
                _insert(fresh, _FILE, row)
            fresh.execute("COMMIT")
            fresh.execute(f"PRAGMA busy_timeout = {1000 * schema.BUSY_S:.0f}")
        except (OSError, sqlite3.Error, schema.Newer, schema.NotOurs) as error:
            if fresh is not None:
                fresh.close()
            self._degrade(connection, error)
            return connection
        connection.close()
        self._connection = fresh
        self._degraded = False
        self.warning, self.unread = None, False
        return fresh

    def _query(self, query: str, values: list[Any]) -> list[Any]:
        with self._lock:
            connection = self._connected()
            source = _BOTH if self._degraded else _FILE
            try:
                return connection.execute(query.format(source=source), values).fetchall()
            except sqlite3.Error as error:
                self.unread = True
                self._degrade(connection, error)
                return connection.execute(query.format(source="temp.kept"), values).fetchall()

    def _forked(self) -> None:
        """In a fork's child: never touch the parent's connection, not even to close it."""
        if self._connection is not None:
            _abandoned.append(self._connection)
        self._connection = None
        self._degraded = False
        self._lock = threading.RLock()


def _insert(connection: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> None:
    connection.execute(f"INSERT OR REPLACE INTO {table} {rows.INSERT_VALUES}", row)


def _conditions(
    kernel_id: str | None, notebook: str | None, since: datetime | None, *fixed: str
) -> tuple[str, list[Any]]:
    pairs = [
        ("kernel_id = ?", kernel_id),
        ("notebook = ?", notebook),
        ("started >= ?", None if since is None else since.timestamp()),
    ]
    chosen = [(condition, value) for condition, value in pairs if value is not None]
    conditions = [*(condition for condition, _ in chosen), *fixed]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return where, [value for _, value in chosen]


_open_ledgers: weakref.WeakSet[Ledger] = weakref.WeakSet()
_abandoned: list[sqlite3.Connection] = []


def _after_fork() -> None:
    for ledger in list(_open_ledgers):
        ledger._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
