"""Old records become sums by day, notebook and kernel: no total that a report prints changes.

What is counted in a record of another day, kernel or ledger stays as it is, since only the
ledger in which both come together shows that it is counted there.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import suppress
from itertools import islice
from typing import Final, NamedTuple

from greenlab.ledger import daily_sums, nano_sums, pending_rows, record_rows
from greenlab.ledger.daily_sums import DailySums
from greenlab.ledger.record_rows import Writer, term
from greenlab.ledger.row_reader import RowReader
from greenlab.record import CellRecord
from greenlab.record.record_addends import addends_of
from greenlab.record.summary import seconds

_BUCKETS: Final = 50
"""So many at once: a kernel waits no longer than it takes."""
_SELECT: Final = f"""
    SELECT record.origin, own, {record_rows.SELECTED} FROM main.record
    CROSS JOIN main.origin ON origin.number = record.origin
    WHERE kernel_id = ? AND bucket = ?
"""  # noqa: S608


class _Bucket(NamedTuple):
    id: int
    kernel_id: record_rows.Text


def compact(connection: sqlite3.Connection, before: str, *, others: bool = False) -> int:
    """Compact the records of local days before `2026-11-20`; how many they were.

    `others`: also what was recorded in other ledgers, all of whose records of these days must
    be here. A kill loses nothing, and what is left is done the next time.
    """
    pending_rows.put(connection)
    query = "SELECT id, kernel_id FROM main.bucket WHERE day < ? ORDER BY day"
    buckets = iter([_Bucket(*one) for one in connection.execute(query, (before,))])
    compacted = 0
    while some := list(islice(buckets, _BUCKETS)):
        with pending_rows.change(connection) as known:
            writer = Writer(connection, known)
            for bucket in some:
                for origin, records in _records(connection, bucket, others=others).items():
                    compacted += _compact(connection, bucket, origin, records, writer)
            daily_sums.settle(connection, writer.sequence)
            known.clear()
    return compacted


def _records(
    connection: sqlite3.Connection, bucket: _Bucket, *, others: bool
) -> dict[int, list[CellRecord]]:
    """The records of a bucket that may be compacted, by origin. What cannot be read stays."""
    found: dict[int, list[CellRecord]] = defaultdict(list)
    reader = RowReader()
    rows = reader.fetch(connection, _SELECT, [bucket.kernel_id, bucket.id])
    for origin, own, template, stored in rows:
        if own or others:
            with suppress(ValueError):
                found[origin].append(reader.read(template, stored))
    return found


def _compact(
    connection: sqlite3.Connection,
    bucket: _Bucket,
    origin: int,
    records: list[CellRecord],
    writer: Writer,
) -> int:
    """Write sums, together with those that there already are; of how many records."""
    former = daily_sums.counting(connection, bucket.id, origin)
    known = frozenset[str]().union(*(one.ids for one in former))
    whole = [one for one in records if one.counted_in is None]
    ids = _with_all_in_them(known | {one.id for one in whole}, records)
    if ids == known:
        return 0
    began = [seconds(one.started_at) for one in whole]
    ended = [at + one.duration_s for at, one in zip(began, whole, strict=True)]
    addends = [each for one in whole for each in addends_of(one)]
    writer.put_terms(one.key for one in addends)
    sums = nano_sums.added({term(one.key)[0]: nano_sums.whole(one)} for one in addends)
    new = DailySums(
        bucket.id,
        origin,
        min((*began, *(one.first for one in former))),
        max((*ended, *(one.last for one in former))),
        nano_sums.added((sums, *(one.sums for one in former))),
        ids,
    )
    # The former ones stay, without counting: another ledger may have deleted what is new.
    daily_sums.put(connection, new, writer.sequence)
    return len(ids) - len(known)


def _with_all_in_them(ids: frozenset[str], records: list[CellRecord]) -> frozenset[str]:
    """Some ids, and those of all records that are counted in one of these."""
    size = 0
    while len(ids) > size:
        size = len(ids)
        ids |= {one.id for one in records if one.counted_in in ids}
    return ids
