"""How a ledger of each released version becomes one of the next.

What is below is history: once released it never changes, whatever later columns are called.
Entry n brings version n to n + 1. Only ever append. `tests/ledger/released` has a file of each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

Step = str | Callable[[sqlite3.Connection], None]


def _compact(connection: sqlite3.Connection) -> None:
    if not _any(connection, "record_2"):
        return  # a new file
    from greenlab.ledger import migration_2_to_3

    migration_2_to_3.compact(connection)


def _pack_sums(connection: sqlite3.Connection) -> None:
    if not _any(connection, "addend"):
        return
    from greenlab.ledger import migration_3_to_4

    migration_3_to_4.pack_sums(connection)


def _any(connection: sqlite3.Connection, table: str) -> bool:
    query = f"SELECT 1 FROM {table} LIMIT 1"  # noqa: S608
    return connection.execute(query).fetchone() is not None


MIGRATIONS: Final[tuple[tuple[Step, ...], ...]] = (
    (
        """
        CREATE TABLE record (
            id TEXT PRIMARY KEY, kernel_id TEXT NOT NULL, notebook TEXT, started REAL NOT NULL,
            duration_s REAL NOT NULL, kind TEXT NOT NULL, parent_id TEXT, basis TEXT,
            energy_value REAL, energy_low REAL, energy_high REAL, energy_level REAL,
            energy_tier INTEGER, energy_note TEXT,
            emissions_value REAL, emissions_low REAL, emissions_high REAL,
            emissions_level REAL, emissions_tier INTEGER, emissions_note TEXT,
            cpu_value REAL, cpu_low REAL, cpu_high REAL, cpu_level REAL,
            cpu_tier INTEGER, cpu_note TEXT,
            ram_value REAL, ram_low REAL, ram_high REAL, ram_level REAL,
            ram_tier INTEGER, ram_note TEXT,
            gpu_value REAL, gpu_low REAL, gpu_high REAL, gpu_level REAL,
            gpu_tier INTEGER, gpu_note TEXT,
            record TEXT NOT NULL
        )
        """,
        "CREATE INDEX record_kernel ON record (kernel_id, started)",
        "CREATE INDEX record_notebook ON record (notebook, started)",
        "CREATE INDEX record_started ON record (started)",
    ),
    (
        """
        CREATE TABLE verdict (
            at TEXT NOT NULL, rule TEXT, hardware TEXT NOT NULL, source_hash TEXT,
            status TEXT NOT NULL, ratio REAL, low REAL, high REAL, pairs INTEGER NOT NULL,
            tier TEXT NOT NULL, proven TEXT NOT NULL
        )
        """,
        "CREATE INDEX verdict_rule ON verdict (rule, at)",
    ),
    (
        # Records get a quarter of the room, and the sums of a day stand beside them.
        "DROP INDEX record_kernel",
        "DROP INDEX record_notebook",
        "DROP INDEX record_started",
        "ALTER TABLE record RENAME TO record_2",
        # `record`: the values that its template lacks, compressed; or the whole as JSON text.
        # `bucket`: the sums that it is in.
        """
        CREATE TABLE record (
            id TEXT PRIMARY KEY, kernel_id TEXT NOT NULL, notebook TEXT, started REAL NOT NULL,
            duration_s REAL NOT NULL, kind TEXT NOT NULL, counted_in TEXT,
            bucket INTEGER NOT NULL, template INTEGER, record BLOB NOT NULL
        )
        """,
        "CREATE TABLE template (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        # The records of one kernel, notebook and local day. `first`, `last`: when the first
        # begins and the last ends, of those that are counted in no other.
        """
        CREATE TABLE bucket (
            id INTEGER PRIMARY KEY, day TEXT NOT NULL, notebook TEXT, kernel_id TEXT NOT NULL,
            first REAL, last REAL
        )
        """,
        # Sums over the records of a bucket that are counted in no other, by what a term says.
        "CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
        """
        CREATE TABLE addend (
            bucket INTEGER NOT NULL, term INTEGER NOT NULL, count INTEGER NOT NULL,
            value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
            PRIMARY KEY (bucket, term)
        ) WITHOUT ROWID
        """,
        # Ids that records are counted in and that are not here: killed cells, running ones.
        "CREATE TABLE absent (id TEXT PRIMARY KEY) WITHOUT ROWID",
        _compact,
        "DROP TABLE record_2",
        "CREATE INDEX record_kernel ON record (kernel_id, started)",
        "CREATE INDEX record_notebook ON record (notebook, started)",
        "CREATE INDEX record_started ON record (started)",
        "CREATE INDEX record_within ON record (counted_in) WHERE counted_in IS NOT NULL",
    ),
    (
        # The sums of a bucket in one row instead of a dozen: see `packed_sums.py`.
        "CREATE TABLE bucket_sums (bucket INTEGER PRIMARY KEY, sums BLOB NOT NULL)",
        _pack_sums,
        "DROP TABLE addend",
        # What is counted in a record of another process, whose ids begin otherwise.
        """
        CREATE INDEX record_held ON record (notebook, started)
        WHERE counted_in IS NOT NULL AND substr(counted_in, 1, 20) <> substr(id, 1, 20)
        """,
    ),
    (
        # Records that are written at once and moved to the others later: see `pending_rows.py`.
        # `lines`, `numbers`: the values that its template lacks.
        """
        CREATE TABLE pending (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL, template INTEGER NOT NULL,
            lines TEXT NOT NULL, numbers BLOB NOT NULL
        )
        """,
    ),
)
