"""A proof's verdict as a row."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from greenlab.ledger import json_templates
from greenlab.ledger.record_rows import text
from greenlab.record import Proven, from_dict, to_dict

INSERT: Final = """
    INSERT INTO main.verdict (
        at, rule, hardware, source_hash, status, ratio, low, high, pairs, tier, proven
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
"""`proven` is all of it as JSON; what precedes is there to be asked for."""
SELECT: Final = "SELECT proven FROM main.verdict WHERE ? IS NULL OR rule = ? ORDER BY at, rowid"

_MISSING: Final = """
    SELECT * FROM theirs.verdict AS other WHERE NOT EXISTS (
        SELECT 1 FROM main.verdict AS ours WHERE ours.at = other.at
        AND ours.proven = other.proven
    )
"""
_OLD: Final = """
    FROM main.verdict WHERE ?1 IS NULL OR julianday(at) < julianday(?1, 'unixepoch')
"""
_ANY_FORGOTTEN: Final = """
    SELECT EXISTS (SELECT 1 FROM theirs.forgotten WHERE id BETWEEN 'verdict ' AND 'verdict!')
"""
_IS_FORGOTTEN: Final = "SELECT 1 FROM main.forgotten WHERE id = ?"
_FORGET: Final = "INSERT OR IGNORE INTO main.forgotten (id, sequence) VALUES (?, ?)"


def row(one: Proven) -> tuple[Any, ...]:
    """The columns of one verdict."""
    said = one.verdict
    return (
        one.at,
        text(one.rule),
        text(one.hardware),
        text(one.source_hash),
        said.status,
        said.ratio,
        said.low,
        said.high,
        said.pairs,
        said.tier,
        json.dumps(to_dict(one), separators=(",", ":"), allow_nan=False),
    )


def read(found: Iterable[tuple[str]]) -> list[Proven]:
    """The verdicts of some rows, without those that another version wrote unreadably."""
    verdicts = []
    for (stored,) in found:
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            verdicts.append(from_dict(Proven, json.loads(stored)))
    return verdicts


def forget(connection: sqlite3.Connection, before: float | None, sequence: int) -> None:
    """Delete the verdicts before a moment or all, so that no merge brings them back."""
    found = connection.execute(f"SELECT proven {_OLD}", (before,)).fetchall()
    connection.executemany(_FORGET, ((_id(proven), sequence) for (proven,) in found))
    connection.execute(f"DELETE {_OLD}", (before,))


def merge(connection: sqlite3.Connection) -> None:
    """Bring in those of the ledger that is attached as `theirs`, once all ids that were deleted
    there are here.
    """
    for one in connection.execute(_MISSING).fetchall():
        if connection.execute(_IS_FORGOTTEN, (_id(one[-1]),)).fetchone() is None:
            connection.execute(INSERT, one)
    if connection.execute(_ANY_FORGOTTEN).fetchone()[0]:
        for (proven,) in connection.execute("SELECT proven FROM main.verdict").fetchall():
            if connection.execute(_IS_FORGOTTEN, (_id(proven),)).fetchone():
                connection.execute("DELETE FROM main.verdict WHERE proven = ?", (proven,))


def _id(proven: str) -> str:
    return f"verdict {json_templates.text_id(proven):x}"
