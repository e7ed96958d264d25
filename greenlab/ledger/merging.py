"""One ledger into another: in any order, any number of times, nothing lost or counted twice.

Of several forms of a record the one of the highest revision holds. Deleted ids stay deleted,
and sums of compacted records take the place of these. Each batch is one change of the file,
which a kill leaves whole: the next merge does the rest.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import (
    bulk_merge,
    daily_sums,
    exchange,
    ledger_row,
    nano_sums,
    numbering,
    pending_rows,
    record_rows,
    verdict_rows,
)
from greenlab.ledger.attached import attached
from greenlab.ledger.exchange import Head
from greenlab.ledger.json_templates import Values
from greenlab.ledger.ledger_row import Row, Stamp
from greenlab.ledger.pending_rows import change
from greenlab.ledger.record_rows import Writer
from greenlab.ledger.row_reader import RowReader
from greenlab.record.summary import seconds

_BUCKETS: Final = 100
_ROWS: Final = 1000
"""So many at once: a kernel waits no longer than it takes."""
_CACHE_KIB: Final = 2**18
"""Memory for pages of both files: the indexes are written all over."""
_LOG_PAGES: Final = 2**14
"""The log may grow so long before it is written into the file, instead of after each batch."""

_BOTH: Final = """
    FROM theirs.record AS other LEFT JOIN main.record AS ours ON ours.id = other.id
    JOIN temp.origins ON origins.theirs = other.origin
    LEFT JOIN theirs.bucket ON bucket.id = other.bucket
"""
_IS_NEWER: Final = """
    (
        ours.id IS NULL OR other.revision > ours.revision
        OR (other.revision = ours.revision AND other.record > ours.record)
    ) AND other.id NOT IN (SELECT id FROM main.forgotten)
    AND other.id NOT IN (SELECT id FROM main.compacted)
"""
_CHANGED: Final = "other.sequence > 0 AND unlikely(other.sequence > ?)"
_READ: Final = f"""
    SELECT other.id, ours.id IS NOT NULL, origins.ours, other.revision, bucket.day,
    other.template, other.record {_BOTH} WHERE other.id = ? AND {_IS_NEWER}
"""
_COPY_UNREADABLE: Final = f"""
    INSERT INTO main.record ({bulk_merge.COLUMNS}, origin, revision, sequence)
    SELECT id, kernel_id, notebook, started, duration_s, kind, counted_in, 0, template, record,
    ?2, revision, ?3 FROM theirs.record WHERE id = ?1
"""  # noqa: S608
_FORGOTTEN: Final = """
    INSERT OR IGNORE INTO main.forgotten (id, sequence)
    SELECT id, ? FROM theirs.forgotten WHERE sequence > ?
"""
_NEW_SUMS: Final = f"""
    SELECT id FROM theirs.daily_sums WHERE sequence > ?
    AND id NOT IN (SELECT id FROM main.daily_sums)
    AND length(sums) % {nano_sums.TERM_BYTES} = 0
"""  # noqa: S608
_COPY_SUMS: Final = (
    """
    INSERT OR IGNORE INTO main.bucket (id, day, notebook, kernel_id)
    SELECT bucket.id, day, notebook, kernel_id FROM theirs.daily_sums
    CROSS JOIN theirs.bucket ON bucket.id = daily_sums.bucket
    WHERE daily_sums.id = ?1 AND ?2
    """,
    """
    INSERT INTO main.daily_sums (id, bucket, origin, sequence, counts, first, last, sums)
    SELECT id, bucket, ours, ?2, 0, first, last, sums FROM theirs.daily_sums
    CROSS JOIN temp.origins ON origins.theirs = daily_sums.origin WHERE id = ?1
    """,
    """
    INSERT INTO main.compacted (id, sums) SELECT id, sums FROM theirs.compacted
    WHERE sums = ?1 AND ?2
    """,
)
_MERGED: Final = """
    UPDATE main.origin SET merged = ?2 WHERE number = ?3
    AND (?1 IS NULL OR merged >= ?1) AND (merged IS NULL OR merged < ?2)
"""
"""Where nothing is missing before it."""

T = TypeVar("T")


class _Found(NamedTuple):
    """A row of `_READ`."""

    id: record_rows.Text
    is_here: bool
    origin: int
    revision: int
    day: str | None
    template: int | None
    content: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge brought that was not here: records or newer forms of them, ids of deleted
    ones, and sums of compacted ones.
    """

    records: int
    forgotten: int
    sums: int


def merge(connection: sqlite3.Connection, path: Path) -> Merged:
    """Bring in all that another ledger holds; of one that was merged before, what is new in it.

    Raises:
        OSError, sqlite3.Error, NotOurs, Newer, NotAFile: it cannot be read, or is no ledger.
        DamagedExchangeError: it is an exchange file that is not whole.
    """
    pending_rows.put(connection)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    if exchange.is_exchange(path):
        with tempfile.TemporaryDirectory(prefix="greenlab-") as folder:
            ledger = Path(folder) / "ledger.sqlite"
            head = exchange.read(path, ledger)
            with attached(connection, ledger):
                return _merge(connection, head, None)
    with attached(connection, path):
        name = numbering.origin_name(connection, "theirs")
        until = numbering.last(connection, "theirs")
        query = "SELECT merged FROM main.origin WHERE name = ?"
        (mark,) = connection.execute(query, (name,)).fetchone() or (None,)
        return _merge(connection, Head(name, mark, until), mark)


def _merge(connection: sqlite3.Connection, head: Head, mark: int | None) -> Merged:
    """The same of what is attached as `theirs`, from its change `mark` on."""
    with change(connection) as known:
        _prepare(connection)
        known.clear()
    records = _copy_buckets(connection) if mark is None else 0
    if mark is not None or records < _count(connection):
        records += _put_newer(connection, mark)
    with change(connection) as known:
        origin = numbering.number_of(connection, head.origin)
        writer = Writer(connection, known)
        for id_, row in pending_rows.rows(connection, "theirs").items():
            records += _put_pending(connection, writer, id_, row, origin)
        writer.finish()
        forgotten, days = _finish(connection, writer.sequence, mark or 0)
        connection.execute(_MERGED, (head.since, head.until, origin))
        known.clear()
    return Merged(records, forgotten, days)


def _count(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("SELECT count(*) FROM theirs.record").fetchone()
    return int(found)


def _prepare(connection: sqlite3.Connection) -> None:
    """Have all at hand that rows refer to."""
    execute = connection.execute
    execute(
        "CREATE TEMP TABLE IF NOT EXISTS origins (theirs INTEGER PRIMARY KEY, ours INTEGER)"
    )
    execute("DELETE FROM temp.origins")
    for number, each in execute("SELECT number, name FROM theirs.origin").fetchall():
        ours = numbering.number_of(connection, each)
        execute("INSERT INTO temp.origins VALUES (?, ?)", (number, ours))
    for table in ("template", "term"):
        execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM theirs.{table}")  # noqa: S608
    bulk_merge.prepare(connection)


def _copy_buckets(connection: sqlite3.Connection) -> int:
    """Records of days, notebooks and kernels that are not here; how many."""
    copied = 0
    found = connection.execute("SELECT id FROM theirs.bucket ORDER BY day, kernel_id")
    buckets = [id_ for (id_,) in found]
    for some in _parts(buckets, _BUCKETS):
        with change(connection) as known:
            numbers = known.numbering = known.numbering or numbering.numbering(connection)
            copied += bulk_merge.copy(connection, some, numbers)
            known.buckets.clear()
    return copied


def _put_newer(connection: sqlite3.Connection, mark: int | None) -> int:
    """Records that are not here, or in an older form; how many."""
    query = f"SELECT other.id {_BOTH} WHERE {_IS_NEWER}"
    changed = f"{query} AND {_CHANGED}", (mark,)
    found = connection.execute(*(changed if mark is not None else (query,)))
    ids = [id_ for (id_,) in found]
    reader = RowReader()
    for some in _parts(ids, _ROWS):
        with change(connection) as known:
            writer = Writer(connection, known)
            for id_ in some:
                for row in reader.fetch(connection, _READ, [id_]):
                    _put(connection, writer, reader, _Found(*row))
            writer.finish()
    return len(ids)


def _put(
    connection: sqlite3.Connection, writer: Writer, reader: RowReader, found: _Found
) -> None:
    try:
        stored = reader.stored(found.template, found.content)
        record = stored.record
        started = seconds(record.started_at)
        day = found.day or ledger_row.local_day(started)
    except (ValueError, TypeError, AttributeError, RecursionError):
        if not found.is_here:  # it is not lost, although it adds nothing to sums
            values = found.id, found.origin, writer.sequence
            connection.execute(_COPY_UNREADABLE, values)
        return
    row = Row(record, started, stored.template, Values("\n".join(stored.values)), day)
    writer.put(row, Stamp(found.origin, found.revision))


def _finish(connection: sqlite3.Connection, sequence: int, after: int) -> tuple[int, int]:
    """Deleted ids and sums of compacted records, how many are new, and verdicts."""
    execute = connection.execute
    forgotten = execute(_FORGOTTEN, (sequence, after)).rowcount
    new = [id_ for (id_,) in execute(_NEW_SUMS, (after,))]
    for id_ in new:
        for statement in _COPY_SUMS:
            execute(statement, (id_, sequence))
    daily_sums.settle(connection, sequence)
    verdict_rows.merge(connection)
    return forgotten, len(new)


def _put_pending(
    connection: sqlite3.Connection, writer: Writer, id_: str, row: Row, origin: int
) -> bool:
    """A record that the other ledger has not put among its others yet, as it will do it;
    whether it is new.
    """
    known = (record_rows.text(id_),)
    former = connection.execute("SELECT revision FROM theirs.record WHERE id = ?", known)
    before = former.fetchone() or (int(row.started * 1e6),)
    stamp = Stamp(origin, before[0] + 1)
    ours = connection.execute("SELECT revision FROM main.record WHERE id = ?", known)
    new = stamp.revision > (ours.fetchone() or (-1,))[0]
    return new and writer.put(row, stamp)


def _parts(found: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(found), size):
        yield found[start : start + size]
