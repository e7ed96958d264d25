"""Deletion: nothing deleted stays in the file or its log, even while kernels run."""

from __future__ import annotations

import sqlite3

from greenlab.ledger import (
    daily_sums,
    nano_sums,
    packed_sums,
    pending_rows,
    record_rows,
    verdict_rows,
)
from greenlab.ledger.numbering import numbering

_RECORDS = """
    INSERT OR REPLACE INTO main.forgotten (id, sequence) SELECT id, ? FROM main.record
"""
# A day of compacted records can only be deleted as a whole: it is as old as the first of them.
_COMPACTED = """
    INSERT OR IGNORE INTO main.forgotten (id, sequence)
    SELECT compacted.id, ? FROM main.compacted
    CROSS JOIN main.daily_sums ON daily_sums.id = compacted.sums
    CROSS JOIN (SELECT id AS bucket, notebook FROM main.bucket) USING (bucket)
"""
_UNUSED = (
    "DELETE FROM main.bucket_sums WHERE bucket NOT IN (SELECT bucket FROM main.record)",
    """
    DELETE FROM main.bucket WHERE id NOT IN (
        SELECT bucket FROM main.record UNION SELECT bucket FROM main.daily_sums
    )
    """,
    """
    DELETE FROM main.template WHERE id NOT IN (
        SELECT template FROM main.record WHERE template IS NOT NULL
        UNION SELECT template FROM main.pending
    )
    """,
)


def forget(
    connection: sqlite3.Connection, notebook: str | None, before: float | None
) -> tuple[int, bool]:
    """Delete records of a notebook and before a moment, all without either. Only their ids
    stay, so that no merge brings them back.

    Verdicts go with what they were about: all, or those before the moment. Gives how many
    records went, and whether the last traces did, which a program that reads can hold up.
    """
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        pending_rows.fold(connection)
        if notebook is None and before is None:  # what could not be read there
            connection.execute("DELETE FROM main.pending")
        sequence = numbering(connection).next()
        gone = 0
        for statement, start in ((_RECORDS, "started"), (_COMPACTED, "first")):
            where, values = _chosen(notebook, before, start)
            gone += connection.execute(f"{statement} {where}", (sequence, *values)).rowcount
        daily_sums.settle(connection, sequence)
        for statement in _UNUSED:
            connection.execute(statement)
        _forget_terms(connection)
        if notebook is None:
            verdict_rows.forget(connection, before, sequence)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return gone, swept(connection)


def _chosen(
    notebook: str | None, before: float | None, start: str
) -> tuple[str, list[record_rows.Text | float]]:
    pairs = [("notebook = ?", record_rows.text(notebook)), (f"{start} < ?", before)]
    chosen = [(condition, value) for condition, value in pairs if value is not None]
    where = " AND ".join(condition for condition, _ in chosen) or "1"
    return f"WHERE {where}", [value for _, value in chosen]


def _forget_terms(connection: sqlite3.Connection) -> None:
    """Terms that no sum has: they name devices and machines."""
    used: set[int] = set()
    for (packed,) in connection.execute("SELECT sums FROM main.bucket_sums"):
        used.update(packed_sums.unpack(packed))
    for (packed,) in connection.execute("SELECT sums FROM main.daily_sums"):
        used.update(nano_sums.unpack(packed))
    terms = connection.execute("SELECT id FROM main.term").fetchall()
    connection.executemany(
        "DELETE FROM main.term WHERE id = ?", ((id_,) for (id_,) in terms if id_ not in used)
    )


def swept(connection: sqlite3.Connection) -> bool:
    """The file shrinks, and its log, which still contains what was deleted, is emptied."""
    try:
        connection.execute("VACUUM")
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy
