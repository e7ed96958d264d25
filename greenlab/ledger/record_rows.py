"""A record as a row, and what it adds to the stored sums."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from operator import add
from typing import Any, Final

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import json_templates, packed_sums, record_shape
from greenlab.ledger.known_rows import KnownRows
from greenlab.ledger.row_reader import RowReader
from greenlab.record import CellRecord
from greenlab.record.addends import Addend, Key, text_of
from greenlab.record.record_addends import addends_of
from greenlab.record.summary import seconds

SELECTED: Final = "record.template, record.record"
"""What a `Reader` needs of a row of the table `record`."""

_INSERT: Final = """
    INSERT OR REPLACE INTO main.record (
        id, kernel_id, notebook, started, duration_s, kind, counted_in, bucket, template, record
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SPAN: Final = """
    UPDATE main.bucket SET (first, last) = (
        SELECT min(started), max(started + duration_s) FROM main.record
        WHERE kernel_id = ?2 AND bucket = ?1 AND counted_in IS NULL
    ) WHERE id = ?1
"""

_ANY_CALENDAR_S: Final = 2.0**31
"""Every system's calendar has the days from 1970 to 2038."""

Text = str | bytes | None


@dataclass(frozen=True, slots=True)
class Row:
    """A record, ready to be written."""

    record: CellRecord
    started: float
    template: json_templates.Template
    values: json_templates.Values

    @property
    def ended(self) -> float:
        """Seconds since the epoch."""
        return self.started + self.record.duration_s

    @property
    def day(self) -> str:
        """The local day on which it began."""
        return local_day(self.started)

    @property
    def bucket(self) -> int:
        """The id of the sums that it is in: the same in every process."""
        return bucket_id(self.day, self.record.notebook, self.record.kernel_id)

    @property
    def packed(self) -> bytes:
        """The values as they are stored."""
        return json_templates.packed(self.values.json)

    @property
    def addends(self) -> tuple[Addend, ...]:
        """What it adds to the sums of its bucket."""
        return addends_of(self.record)


@lru_cache(maxsize=256)
def bucket_id(day: str, notebook: str | None, kernel_id: str) -> int:
    """The id of the sums of a local day, notebook and kernel: the same in every process."""
    return json_templates.text_id(json.dumps([day, notebook, kernel_id]))


def row(record: CellRecord) -> Row:
    """A record as it is written.

    Raises:
        ValueError: `started_at` is not an ISO 8601 time, or a number is not finite.
    """
    started = seconds(record.started_at)
    if not 0.0 < started < _ANY_CALENDAR_S:
        local_day(started)
    template, values = record_shape.cut(record)
    return Row(record, started, template, values)


def local_day(epoch_s: float) -> str:
    """`2026-11-20`.

    Raises:
        ValueError: no calendar has that day.
    """
    try:
        return datetime.fromtimestamp(epoch_s).date().isoformat()  # noqa: DTZ006 - local
    except (OverflowError, OSError) as error:
        raise ValueError(f"no such day: {epoch_s} s") from error


class Writer:
    """Rows and their sums, as one change of the file; `finish` before the end of it."""

    def __init__(self, connection: sqlite3.Connection, known: KnownRows | None = None) -> None:
        """`known`: rows that need not be written again, looked at within this change."""
        self._connection = connection
        self._known = known if known is not None else KnownRows()
        self._added: dict[int, dict[Key, list[float]]] = defaultdict(_no_sums)
        self._reader = RowReader()

    def put(self, row: Row) -> None:
        """Write a record, in the place of one with the same id."""
        execute, one = self._connection.execute, row.record
        query = f"SELECT bucket, {SELECTED} FROM main.record WHERE id = ?"  # noqa: S608
        former = self._reader.fetch(self._connection, query, [text(one.id)])
        bucket = row.bucket
        if bucket not in self._known.buckets:
            execute(
                "INSERT OR IGNORE INTO main.bucket (id, day, notebook, kernel_id) "
                "VALUES (?, ?, ?, ?)",
                (bucket, row.day, text(one.notebook), text(one.kernel_id)),
            )
            self._known.buckets.add(bucket)
        if row.template.id not in self._known.templates:
            put_template(self._connection, row.template, self._known)
        execute(
            _INSERT,
            (
                text(one.id),
                text(one.kernel_id),
                text(one.notebook),
                row.started,
                one.duration_s,
                one.kind,
                text(one.counted_in),
                bucket,
                row.template.id,
                row.packed,
            ),
        )
        self.sum_up(bucket, row.addends)
        if former:
            was_in, template, stored = former[0]
            self._take_back(was_in, template, stored, row)
        else:
            execute("DELETE FROM main.absent WHERE id = ?", (text(one.id),))
        if one.counted_in is not None:
            execute(
                "INSERT OR IGNORE INTO main.absent (id) SELECT ?1 "
                "WHERE NOT EXISTS (SELECT 1 FROM main.record WHERE id = ?1)",
                (text(one.counted_in),),
            )
        else:
            execute(
                "UPDATE main.bucket SET first = min(ifnull(first, ?1), ?1), "
                "last = max(ifnull(last, ?2), ?2) "
                "WHERE id = ?3 AND (first IS NULL OR first > ?1 OR last < ?2)",
                (row.started, row.ended, bucket),
            )

    def finish(self) -> None:
        """Write the sums."""
        for bucket, added in self._added.items():
            self._finish(bucket, added)
        self._added.clear()

    def _finish(self, bucket: int, added: Mapping[Key, Sequence[float]]) -> None:
        execute = self._connection.execute
        stored = execute(
            "SELECT sums FROM main.bucket_sums WHERE bucket = ?", (bucket,)
        ).fetchone()
        try:
            sums = packed_sums.unpack(stored[0]) if stored else {}
        except ValueError:  # damaged: what is to be added is among the records by now
            kernel = execute("SELECT kernel_id FROM main.bucket WHERE id = ?", (bucket,))
            sum_up_again(self._connection, bucket, *kernel.fetchone())
            return
        sums = _with_added(sums, added)
        terms = [one for key in added if (one := _term(key))[0] not in self._known.terms]
        if terms:
            self._connection.executemany(
                "INSERT OR IGNORE INTO main.term (id, text) VALUES (?, ?)", terms
            )
            self._known.terms.update(id_ for id_, _ in terms)
        if sums:
            execute(
                "INSERT OR REPLACE INTO main.bucket_sums (bucket, sums) VALUES (?, ?)",
                (bucket, packed_sums.pack(sums)),
            )
        else:
            execute("DELETE FROM main.bucket_sums WHERE bucket = ?", (bucket,))

    def sum_up(self, bucket: int, added: Iterable[Addend]) -> None:
        """Add to the sums of a bucket."""
        sums = self._added[bucket]
        for one in added:
            sum_ = sums[one.key]
            sum_[0] += one.count
            for place, amount in enumerate(one.amount, 1):
                sum_[place] += amount

    def _take_back(self, bucket: int, template: int | None, stored: Any, row: Row) -> None:
        """The former form of a record adds nothing any more."""
        try:
            former = self._reader.read(template, stored)
            began = seconds(former.started_at)
        except ValueError:  # it was never in the sums
            return
        self.sum_up(bucket, (one.taken_back for one in addends_of(former)))
        was = began, former.duration_s, former.counted_in, bucket
        if was != (row.started, row.record.duration_s, row.record.counted_in, row.bucket):
            self._connection.execute(_SPAN, (bucket, text(former.kernel_id)))


def put_template(
    connection: sqlite3.Connection, template: json_templates.Template, known: KnownRows
) -> None:
    """Write a template that may not be there yet."""
    connection.execute(
        "INSERT OR IGNORE INTO main.template (id, text) VALUES (?, ?)",
        (template.id, template.text),
    )
    known.templates.add(template.id)


def sum_up_again(connection: sqlite3.Connection, bucket: int, kernel_id: Text) -> None:
    """The sums of a bucket from the records that it has now."""
    connection.execute("DELETE FROM main.bucket_sums WHERE bucket = ?", (bucket,))
    connection.execute(_SPAN, (bucket, kernel_id))
    reader, writer = RowReader(), Writer(connection)
    query = f"SELECT {SELECTED} FROM main.record WHERE kernel_id = ? AND bucket = ?"  # noqa: S608
    for template, stored in reader.fetch(connection, query, [kernel_id, bucket]):
        with suppress(ValueError):  # what cannot be read adds nothing
            writer.sum_up(bucket, addends_of(reader.read(template, stored)))
    writer.finish()


def _no_sums() -> dict[Key, list[float]]:
    return defaultdict(lambda: [0, 0.0, 0.0, 0.0])


def _with_added(
    sums: dict[int, tuple[float, ...]], added: Mapping[Key, Sequence[float]]
) -> dict[int, tuple[float, ...]]:
    """Sums by the ids of their terms, without those that no longer have an addend."""
    for key, numbers in added.items():
        id_, _ = _term(key)
        sums[id_] = tuple(map(add, sums.get(id_, packed_sums.NOTHING), numbers))
        if sums[id_][0] <= 0:
            del sums[id_]
    return sums


@lru_cache(maxsize=4096)
def _term(key: Key) -> tuple[int, str]:
    """A key's id and text in the ledger."""
    text = text_of(key)
    return json_templates.text_id(text), text


def text(value: str | None) -> Text:
    """A text for SQLite, which takes no lone surrogate, as in names that are not UTF-8."""
    if value is None or value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value


def plain(value: Text) -> str | None:
    """A text as it was before `text`."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value
