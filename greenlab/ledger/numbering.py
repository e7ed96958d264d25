"""Whose a ledger's changes are and how they are numbered, so that ledgers can be merged.

A ledger's origin is the file on its host: a copy is another one as soon as it is written to.
Changes are numbered by the time in microseconds, always higher than the one before: also where
a file was restored from a backup, what comes later has numbers that nobody has seen.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from dataclasses import dataclass

from greenlab.ledger import json_templates

_LAST = """
    SELECT max(ifnull((
        SELECT sequence FROM main.record WHERE sequence > 0 ORDER BY sequence DESC LIMIT 1
    ), 0), ifnull((SELECT max(sequence) FROM main.forgotten), 0),
    ifnull((SELECT max(sequence) FROM main.daily_sums), 0))
"""
_GONE = "SELECT EXISTS (SELECT 1 FROM main.forgotten) OR EXISTS (SELECT 1 FROM main.daily_sums)"


@dataclass(slots=True)
class Numbering:
    """Of one connection's changes. `origin`: this file's own number. `any_gone`: whether ids
    of records may be among those that were deleted or compacted.
    """

    origin: int
    last: int
    any_gone: bool

    def next(self) -> int:
        """The number of a further change."""
        self.last = max(time.time_ns() // 1000, self.last + 1)
        return self.last


def numbering(connection: sqlite3.Connection) -> Numbering:
    """How this connection's changes are numbered; within a change."""
    (gone,) = connection.execute(_GONE).fetchone()
    return Numbering(_own(connection), last(connection), bool(gone))


def last(connection: sqlite3.Connection, schema: str = "main") -> int:
    """The number of the last change of the file, or of an attached one; 0 before the first."""
    (found,) = connection.execute(_LAST.replace("main.", f"{schema}.")).fetchone()
    return int(found)


def number_of(connection: sqlite3.Connection, name: int, *, own: bool = False) -> int:
    """An origin's number in this file, new where it had none; within a change."""
    connection.execute(
        "INSERT INTO main.origin (name, own) VALUES (?1, ?2) ON CONFLICT (name) "
        "DO UPDATE SET own = 1 WHERE ?2 > own",
        (name, own),
    )
    query = "SELECT number FROM main.origin WHERE name = ?"
    (number,) = connection.execute(query, (name,)).fetchone()
    return int(number)


def origin_name(connection: sqlite3.Connection, schema: str = "main") -> int:
    """What the file, or another one that is attached, is called in every ledger."""
    (named,) = connection.execute(f"SELECT name FROM {schema}.ledger_name").fetchone()  # noqa: S608
    query = "SELECT file FROM pragma_database_list WHERE name = ?"
    (path,) = connection.execute(query, (schema,)).fetchone()
    inode = os.stat(path).st_ino if path else 0  # noqa: PTH116 - as in `file_identity`
    return json_templates.text_id(f"{named.hex()} {platform.node()} {inode}")


def _own(connection: sqlite3.Connection) -> int:
    """This file's number among the origins."""
    name = origin_name(connection)
    query = "SELECT number FROM main.origin WHERE name = ? AND own"
    found = connection.execute(query, (name,)).fetchone()
    return int(found[0]) if found else number_of(connection, name, own=True)
