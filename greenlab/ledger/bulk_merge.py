"""Whole buckets of another ledger, with their sums, into one that has none of their records.

So a million records come in without one of them being read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from greenlab.ledger import packed_sums, record_rows
from greenlab.ledger.numbering import Numbering

COLUMNS: Final = (
    "id, kernel_id, notebook, started, duration_s, kind, counted_in, bucket, template, record"
)
"""Of the table `record`, without what differs between ledgers."""

_ROWS: Final = """
    temp.chosen CROSS JOIN theirs.bucket ON bucket.id = chosen.id
    CROSS JOIN theirs.record
    ON record.kernel_id = bucket.kernel_id AND record.bucket = bucket.id
"""
_ALREADY_HERE: Final = (
    "DELETE FROM temp.chosen WHERE id IN (SELECT id FROM main.bucket)",
    f"""
    DELETE FROM temp.chosen WHERE id IN (
        SELECT record.bucket FROM {_ROWS}
        WHERE record.id IN (SELECT id FROM main.record)
        OR record.id IN (SELECT id FROM main.forgotten)
        OR record.id IN (SELECT id FROM main.compacted)
    )
    """,  # noqa: S608
)
_COPY_SUMS: Final = (
    """
    INSERT INTO main.bucket SELECT * FROM theirs.bucket
    WHERE id IN (SELECT id FROM temp.chosen)
    """,
    """
    INSERT INTO main.bucket_sums SELECT * FROM theirs.bucket_sums
    WHERE bucket IN (SELECT id FROM temp.chosen)
    """,
)
_COPY_RECORDS: Final = f"""
    INSERT INTO main.record ({COLUMNS}, origin, revision, sequence)
    SELECT {", ".join(f"record.{name}" for name in COLUMNS.split(", "))}, ours, revision, ?
    FROM {_ROWS} CROSS JOIN temp.origins ON origins.theirs = record.origin
"""  # noqa: S608
_HOLD: Final = (
    # By the few ids that are absent: without the plus, by those of all records.
    "DELETE FROM main.absent WHERE ?1 AND +id IN (SELECT id FROM main.record)",
    """
    INSERT OR IGNORE INTO main.absent (id) SELECT counted_in FROM main.record
    WHERE sequence = ?1 AND sequence > 0 AND counted_in IS NOT NULL
    AND counted_in NOT IN (SELECT id FROM main.record)
    AND counted_in NOT IN (SELECT id FROM main.compacted)
    """,
)


def prepare(connection: sqlite3.Connection) -> None:
    """Before the first copy, on each connection."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY)")


def copy(connection: sqlite3.Connection, buckets: Iterable[int], numbers: Numbering) -> int:
    """Copy those of the buckets that have no record in common with this ledger, within a
    change; how many records these are.
    """
    execute = connection.execute
    execute("DELETE FROM temp.chosen")
    connection.executemany(
        "INSERT INTO temp.chosen (id) VALUES (?)", ((one,) for one in buckets)
    )
    for statement in (*_ALREADY_HERE, *_COPY_SUMS):
        execute(statement)
    sequence = numbers.next()
    copied = execute(_COPY_RECORDS, (sequence,)).rowcount
    for statement in _HOLD:
        execute(statement, (sequence,))
    for bucket, kernel in _damaged(connection):
        record_rows.sum_up_again(connection, bucket, kernel)
    return copied


def _damaged(connection: sqlite3.Connection) -> list[tuple[int, record_rows.Text]]:
    """Copied buckets whose sums cannot be read: what they are of is known from the records."""
    found = connection.execute(
        "SELECT chosen.id, kernel_id, sums FROM temp.chosen "
        "CROSS JOIN main.bucket USING (id) "
        "CROSS JOIN main.bucket_sums ON bucket_sums.bucket = chosen.id"
    ).fetchall()
    return [(id_, kernel) for id_, kernel, sums in found if not packed_sums.is_whole(sums)]
