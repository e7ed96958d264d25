"""Bring the sums of a ledger of version 3 into the form of version 4: a row for each bucket."""

from __future__ import annotations

import sqlite3
from itertools import groupby

from greenlab.ledger import packed_sums


def pack_sums(connection: sqlite3.Connection) -> None:
    """Write the rows of `addend` as one row of `bucket_sums` for each bucket."""
    found = connection.execute(
        "SELECT bucket, term, count, value, low, high FROM addend ORDER BY bucket"
    )
    connection.executemany(
        "INSERT INTO bucket_sums (bucket, sums) VALUES (?, ?)",
        (
            (bucket, packed_sums.pack({term: numbers for _, term, *numbers in rows}))
            for bucket, rows in groupby(found, key=lambda row: row[0])
        ),
    )
