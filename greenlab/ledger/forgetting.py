"""Deletion: nothing deleted stays in the file or its log, even while kernels run."""

from __future__ import annotations

import sqlite3
from typing import Any

from greenlab.ledger import packed_sums, pending_rows, record_rows

_UNUSED = (
    "DELETE FROM main.bucket_sums WHERE bucket NOT IN (SELECT bucket FROM main.record)",
    "DELETE FROM main.bucket WHERE id NOT IN (SELECT bucket FROM main.record)",
    """
    DELETE FROM main.template WHERE id NOT IN (
        SELECT template FROM main.record WHERE template IS NOT NULL
        UNION SELECT template FROM main.pending
    )
    """,
    "DELETE FROM main.absent",
    """
    INSERT INTO main.absent (id) SELECT DISTINCT counted_in FROM main.record
    WHERE counted_in IS NOT NULL AND counted_in NOT IN (SELECT id FROM main.record)
    """,
)


def forget(
    connection: sqlite3.Connection, notebook: str | None, before: float | None
) -> tuple[int, bool]:
    """Delete records of a notebook and before a moment, all without either.

    Verdicts go with what they were about: all, or those before the moment. Gives how many
    records went, and whether the last traces did, which a program that reads can hold up.
    """
    pairs = [("notebook = ?", record_rows.text(notebook)), ("started < ?", before)]
    chosen = [(condition, value) for condition, value in pairs if value is not None]
    where = " AND ".join(condition for condition, _ in chosen) or "1"
    values: list[Any] = [value for _, value in chosen]
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        pending_rows.fold(connection)
        if not chosen:  # what could not be read there
            connection.execute("DELETE FROM main.pending")
        cut = connection.execute(
            f"SELECT DISTINCT bucket, kernel_id FROM main.record WHERE {where}",  # noqa: S608
            values,
        ).fetchall()
        gone = connection.execute(f"DELETE FROM main.record WHERE {where}", values)  # noqa: S608
        for bucket, kernel in cut:
            record_rows.sum_up_again(connection, bucket, kernel)
        for statement in _UNUSED:
            connection.execute(statement)
        _forget_terms(connection)
        if notebook is None:
            connection.execute(
                "DELETE FROM main.verdict WHERE ?1 IS NULL OR julianday(at) < "
                "julianday(?1, 'unixepoch')",
                (before,),
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return gone.rowcount, _swept(connection)


def _forget_terms(connection: sqlite3.Connection) -> None:
    """Terms that no sum has: they name devices and machines."""
    used: set[int] = set()
    for (packed,) in connection.execute("SELECT sums FROM main.bucket_sums"):
        used.update(packed_sums.unpack(packed))
    terms = connection.execute("SELECT id FROM main.term").fetchall()
    connection.executemany(
        "DELETE FROM main.term WHERE id = ?", ((id_,) for (id_,) in terms if id_ not in used)
    )


def _swept(connection: sqlite3.Connection) -> bool:
    """The file shrinks, and its log, which still contains what was deleted, is emptied."""
    try:
        connection.execute("VACUUM")
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy
