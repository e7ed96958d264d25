"""Whether a ledger is whole: the file, its records, and the sums that stand beside them."""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from greenlab.ledger import nano_sums, packed_sums, pending_rows, record_rows
from greenlab.ledger.row_reader import RowReader
from greenlab.record.record_addends import addends_of
from greenlab.units import count

_RELATIVE: Final = 1e-9
_ABSOLUTE: Final = 1e-6
_DAMAGED: Final = "the file is damaged: {}; move it away, and read it by sqlite3 FILE .recover"
_COUNTED: Final = (
    (
        "SELECT count(*) FROM main.record WHERE id IN (SELECT id FROM main.forgotten)",
        "{} still here that was deleted",
    ),
    (
        "SELECT count(*) FROM main.record WHERE id IN (SELECT id FROM main.compacted)",
        "{} still here that was compacted",
    ),
    (
        """
        SELECT count(*) FROM main.record WHERE counted_in IS NOT NULL
        AND (counted_in IN (SELECT id FROM main.absent)) = (
            counted_in IN (SELECT id FROM main.record)
            OR counted_in IN (SELECT id FROM main.compacted)
        )
        """,
        "{} counted in another one whose absence is wrong",
    ),
    (
        """
        SELECT count(DISTINCT id) FROM main.compacted WHERE id NOT IN (
            SELECT compacted.id FROM main.compacted
            JOIN main.daily_sums ON daily_sums.id = compacted.sums WHERE counts
        )
        """,
        "{} of compacted ones that no sum counts",
    ),
)


def verify(connection: sqlite3.Connection) -> list[str]:
    """What is wrong, each as a sentence; empty where all is well."""
    found = [_DAMAGED.format(line) for line in _integrity(connection)]
    if not found:
        found = [*_unreadable(connection), *_wrong_sums(connection), *_miscounted(connection)]
    return found


def _integrity(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA main.integrity_check(5)"):
        if line != "ok":
            yield str(line)


def _unreadable(connection: sqlite3.Connection) -> Iterator[str]:
    _, faults = pending_rows.read(connection)
    reader, wrong = RowReader(), len(faults)
    last: Sequence[int] = (-1,)
    query = f"SELECT rowid, {record_rows.SELECTED} FROM main.record WHERE rowid > ?"  # noqa: S608
    while page := reader.fetch(connection, f"{query} ORDER BY rowid LIMIT 500", last):
        last = (page[-1][0],)
        for _, template, stored in page:
            try:
                reader.read(template, stored)
            except ValueError:
                wrong += 1
    if wrong:
        yield f"{count(wrong, 'record')} cannot be read: the others are not affected"


def _miscounted(connection: sqlite3.Connection) -> Iterator[str]:
    for query, sentence in _COUNTED:
        (wrong,) = connection.execute(query).fetchone()
        if wrong:
            yield sentence.format(count(wrong, "record"))


def _wrong_sums(connection: sqlite3.Connection) -> Iterator[str]:
    """Sums that are not those of their records."""
    stored = (
        "SELECT id, kernel_id, sums FROM main.bucket LEFT JOIN main.bucket_sums ON bucket = id"
    )
    wrong = 0
    for bucket, kernel, packed in connection.execute(stored).fetchall():
        try:
            sums = packed_sums.unpack(packed) if packed is not None else {}
        except ValueError:
            sums = {0: (math.nan,)}
        wrong += not _same(sums, _sums(connection, bucket, kernel))
    if wrong:
        yield f"the sums of {count(wrong, 'day')} are not those of their records"
    damaged = 0
    for (packed,) in connection.execute("SELECT sums FROM main.daily_sums"):
        try:
            nano_sums.unpack(packed)
        except ValueError:
            damaged += 1
    if damaged:
        yield f"the sums of {count(damaged, 'compacted day')} cannot be read"


def _sums(
    connection: sqlite3.Connection, bucket: int, kernel: record_rows.Text
) -> Mapping[int, Sequence[float]]:
    reader = RowReader()
    query = f"SELECT {record_rows.SELECTED} FROM main.record WHERE kernel_id = ? AND bucket = ?"  # noqa: S608
    found: dict[int, list[list[float]]] = defaultdict(lambda: [[], [], [], []])
    for template, stored in reader.fetch(connection, query, [kernel, bucket]):
        try:
            addends = addends_of(reader.read(template, stored))
        except ValueError:
            continue
        for one in addends:
            for numbers, number in zip(
                found[record_rows.term(one.key)[0]], (one.count, *one.amount), strict=True
            ):
                numbers.append(number)
    return {term: [math.fsum(each) for each in numbers] for term, numbers in found.items()}


def _same(one: Mapping[int, Sequence[float]], other: Mapping[int, Sequence[float]]) -> bool:
    return one.keys() == other.keys() and all(
        math.isclose(mine, theirs, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        for term in one
        for mine, theirs in zip(one[term], other[term], strict=True)
    )
