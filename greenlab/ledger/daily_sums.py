"""What stays of records that were compacted: sums by local day, notebook, kernel and origin.

Of sums that overlap, as an earlier and a later state of one ledger have them, those of the most
records count. So ledgers that were compacted at different times merge, in any order.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Final

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import json_templates, nano_sums, record_rows
from greenlab.ledger.nano_sums import Numbers

_GONE: Final = """
    SELECT DISTINCT bucket, kernel_id FROM main.record WHERE id IN (
        SELECT id FROM main.forgotten WHERE sequence = ?1
        UNION ALL SELECT compacted.id FROM main.daily_sums CROSS JOIN main.compacted
        ON compacted.sums = daily_sums.id WHERE daily_sums.sequence = ?1
    )
"""
_DELETE_GONE: Final = _GONE.replace("SELECT DISTINCT bucket, kernel_id", "DELETE", 1)
"""The same rows."""
_TOUCHED: Final = """
    SELECT id, bucket, origin FROM main.daily_sums WHERE sequence = ?1 OR id IN (
        SELECT compacted.sums FROM main.forgotten CROSS JOIN main.compacted
        ON compacted.id = forgotten.id WHERE forgotten.sequence = ?1
    )
"""
_IS_LEFT: Final = """
    SELECT EXISTS (
        SELECT 1 FROM main.compacted WHERE sums = ? AND id NOT IN (
            SELECT id FROM main.forgotten
        )
    )
"""
_FORGOTTEN: Final = """
    SELECT count(*) FROM main.compacted CROSS JOIN main.forgotten USING (id) WHERE sums = ?
"""
_ABSENT: Final = (
    """
    DELETE FROM main.absent WHERE id IN (SELECT id FROM main.compacted) OR id NOT IN (
        SELECT counted_in FROM main.record WHERE counted_in IS NOT NULL
    )
    """,
    """
    INSERT OR IGNORE INTO main.absent (id) SELECT DISTINCT counted_in FROM main.record
    WHERE counted_in IS NOT NULL AND counted_in NOT IN (SELECT id FROM main.record)
    AND counted_in NOT IN (SELECT id FROM main.compacted)
    """,
)


@dataclass(frozen=True, slots=True)
class DailySums:
    """The sums of some records of one bucket. `first`, `last`: seconds since the epoch."""

    bucket: int
    origin: int
    first: float
    last: float
    sums: Mapping[int, Numbers]
    ids: frozenset[str]


def counting(connection: sqlite3.Connection, bucket: int, origin: int) -> list[DailySums]:
    """Those of a bucket and an origin that count."""
    query = (
        "SELECT id, first, last, sums FROM main.daily_sums "
        "WHERE bucket = ? AND origin = ? AND counts"
    )
    return [
        DailySums(bucket, origin, first, last, nano_sums.unpack(packed), _ids(connection, id_))
        for id_, first, last, packed in connection.execute(query, (bucket, origin)).fetchall()
    ]


def put(connection: sqlite3.Connection, one: DailySums, sequence: int) -> None:
    """Write sums, which count once `settle` has been called."""
    query = "SELECT name FROM main.origin WHERE number = ?"
    (origin,) = connection.execute(query, (one.origin,)).fetchone()
    packed, ids = nano_sums.pack(one.sums), sorted(one.ids)
    id_ = json_templates.text_id(json.dumps([one.bucket, origin, packed.hex(), ids]))
    connection.execute(
        "INSERT OR IGNORE INTO main.daily_sums "
        "(id, bucket, origin, sequence, counts, first, last, sums) "
        "VALUES (?, ?, ?, ?, 0, ?, ?, ?)",
        (id_, one.bucket, one.origin, sequence, one.first, one.last, packed),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO main.compacted (sums, id) VALUES (?, ?)",
        ((id_, record_rows.text(each)) for each in ids),
    )


def settle(connection: sqlite3.Connection, sequence: int) -> None:
    """Within a change of this number, after its sums and deleted ids were written: records that
    are gone by them go, and of sums that overlap one counts.
    """
    buckets = connection.execute(_GONE, (sequence,)).fetchall()
    connection.execute(_DELETE_GONE, (sequence,))
    for bucket, kernel in buckets:
        record_rows.sum_up_again(connection, bucket, kernel)
    touched = connection.execute(_TOUCHED, (sequence,)).fetchall()
    for id_, _, _ in touched:
        (left,) = connection.execute(_IS_LEFT, (id_,)).fetchone()
        if not left:
            connection.execute("DELETE FROM main.daily_sums WHERE id = ?", (id_,))
            connection.execute("DELETE FROM main.compacted WHERE sums = ?", (id_,))
    for bucket, origin in {(bucket, origin) for _, bucket, origin in touched}:
        _choose(connection, bucket, origin)
    if buckets or touched:
        for statement in _ABSENT:
            connection.execute(statement)


def _choose(connection: sqlite3.Connection, bucket: int, origin: int) -> None:
    """Have the sums of most records count, and others that have none of these."""
    query = "SELECT id FROM main.daily_sums WHERE bucket = ? AND origin = ?"
    found = [id_ for (id_,) in connection.execute(query, (bucket, origin))]
    if len(found) == 1:
        connection.execute("UPDATE main.daily_sums SET counts = 1 WHERE id = ?", found)
        return
    sets = {id_: _ids(connection, id_) for id_ in found}
    gone = {id_: connection.execute(_FORGOTTEN, (id_,)).fetchone()[0] for id_ in found}
    chosen: set[str] = set()
    for id_ in sorted(found, key=lambda one: (gone[one] - len(sets[one]), gone[one], one)):
        counts = chosen.isdisjoint(sets[id_])
        if counts:
            chosen |= sets[id_]
        connection.execute("UPDATE main.daily_sums SET counts = ? WHERE id = ?", (counts, id_))


def _ids(connection: sqlite3.Connection, sums: int) -> frozenset[str]:
    query = "SELECT id FROM main.compacted WHERE sums = ?"
    return frozenset(
        record_rows.plain(id_) or "" for (id_,) in connection.execute(query, (sums,))
    )
