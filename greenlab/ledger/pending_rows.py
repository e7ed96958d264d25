"""Records on their way into the ledger: written at once, moved to the others later.

What a block or cell waits for is one row of a table without an index, which is one page of the
file; with its indexes and the sums a record is eight. Rows wait there until so many have come
together, the process looks at its sums, or it closes the file. Those of a killed process are
read where they are, until the next one that writes puts them there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from greenlab.ledger import record_rows, schema
from greenlab.ledger.json_templates import Template, Values
from greenlab.ledger.known_rows import KnownRows, known_rows
from greenlab.ledger.record_rows import Row
from greenlab.record import CellRecord
from greenlab.record.summary import seconds

_INSERT = "INSERT INTO main.pending (id, template, lines, numbers) VALUES (?, ?, ?, ?)"
# One statement: a block waits for it. It does nothing where the template is not there, or where
# a later greenlab has changed the file.
_INSERT_IF_USUAL = """
    INSERT INTO main.pending (id, template, lines, numbers)
    SELECT ?1, template.id, ?3, ?4 FROM main.template, pragma_user_version
    WHERE template.id = ?2 AND user_version = ?5
"""
_SELECT = """
    SELECT number, pending.id, template, lines, numbers, text FROM main.pending
    LEFT JOIN main.template ON template.id = pending.template ORDER BY number
"""


class _Pending(NamedTuple):
    """A row of the table. `row`: the record, `None` where it cannot be read."""

    number: int
    row: Row | None
    fault: ValueError | None = None


def note(connection: sqlite3.Connection, row: Row) -> None:
    """Keep a record: it is in the file when this returns."""
    values = record_rows.text(row.record.id), row.template.id, *row.values
    if connection.execute(_INSERT_IF_USUAL, (*values, schema.newest())).rowcount == 1:
        return
    with _change(connection) as known:
        record_rows.put_template(connection, row.template, known)
        connection.execute(_INSERT, values)


def put(
    connection: sqlite3.Connection,
    written: Iterable[Row] = (),
    *,
    own: Collection[Row] = (),
    others: bool = True,
) -> None:
    """Put what is pending among the records, then `written`: all of it or nothing.

    `own`: rows that this process has noted, which need not be read again. `others`: false
    leaves the rest where it is.
    """
    with _change(connection) as known:
        fold(connection, written, known, own=own, others=others)


def fold(
    connection: sqlite3.Connection,
    written: Iterable[Row] = (),
    known: KnownRows | None = None,
    *,
    own: Collection[Row] = (),
    others: bool = True,
) -> None:
    """The same within a change. What cannot be read stays pending."""
    writer = record_rows.Writer(connection, known)
    folded = []
    for one in _pending(connection, own, others=others):
        if one.row is not None:
            writer.put(one.row)
            folded.append((one.number,))
    for row in written:
        writer.put(row)
    writer.finish()
    connection.executemany("DELETE FROM main.pending WHERE number = ?", folded)


def waiting(connection: sqlite3.Connection) -> bool:
    """Whether any record is pending."""
    return connection.execute("SELECT 1 FROM main.pending LIMIT 1").fetchone() is not None


def read(connection: sqlite3.Connection) -> tuple[dict[str, CellRecord], list[ValueError]]:
    """The pending records by id, and what is wrong with those that cannot be read."""
    found = list(_pending(connection, (), others=True))
    records = {one.row.record.id: one.row.record for one in found if one.row is not None}
    return records, [one.fault for one in found if one.fault is not None]


def rows(connection: sqlite3.Connection) -> dict[str, Row]:
    """The pending rows by their record's id, as their writers wrote them."""
    found = (one.row for one in _pending(connection, (), others=True))
    return {row.record.id: row for row in found if row is not None}


def _pending(
    connection: sqlite3.Connection, own: Collection[Row], *, others: bool
) -> Iterator[_Pending]:
    known = {(one.template.id, *one.values): one for one in own}
    ids = {one.record.id for one in own}
    for number, id_, template, *values, text in connection.execute(_SELECT).fetchall():
        row = known.get((template, *values))
        if row is not None:
            yield _Pending(number, row)
        elif others or record_rows.plain(id_) in ids:  # an earlier form must not come later
            try:
                yield _Pending(number, _row(text, Values(*values)))
            except ValueError as error:
                yield _Pending(number, None, error)


def _row(text: Any, values: Values) -> Row:
    """A row as it was noted.

    Raises:
        ValueError: it is damaged, or no `greenlab.record/1`.
    """
    if not isinstance(text, str):
        raise ValueError("a record's template is not there")
    template = Template(text)
    try:
        record = CellRecord.from_dict(json.loads(template.fill(values.json)))
        started = seconds(record.started_at)
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"a record is damaged ({error})") from error
    record_rows.local_day(started)
    return Row(record, started, template, values)


@contextmanager
def _change(connection: sqlite3.Connection) -> Iterator[KnownRows]:
    """A change of the file, rolled back if it fails."""
    known = known_rows(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not known.look(connection):
            schema.check(connection)
        yield known
        connection.execute("COMMIT")
    except BaseException:
        known.clear()
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
