"""The lines of an exchange file: lists whose first item says what they are.

Origins, templates, terms and buckets come once, before the first line that names them by their
number in the file. Of a record there are only the values that its template lacks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Hashable, Iterator
from typing import Any, Final

from greenlab.ledger import json_templates, nano_sums, numbering, record_rows
from greenlab.ledger.row_reader import RowReader

SCHEMA: Final = "greenlab.ledger/1"

_PAGE: Final = 500
_RECORDS: Final = f"""
    SELECT name, revision, day, bucket.notebook, bucket.kernel_id,
    {record_rows.SELECTED} FROM main.record
    CROSS JOIN main.origin ON origin.number = record.origin
    CROSS JOIN main.bucket ON bucket.id = record.bucket
"""  # noqa: S608
_ALL: Final = "SELECT rowid FROM main.record ORDER BY rowid"
_NEW: Final = """
    SELECT rowid FROM main.record WHERE sequence > 0 AND unlikely(sequence > ?) ORDER BY rowid
"""
_FORGOTTEN: Final = "SELECT id FROM main.forgotten WHERE sequence > ? ORDER BY id"
_SUMS: Final = """
    SELECT daily_sums.id, name, day, notebook, kernel_id,
    daily_sums.first, daily_sums.last, sums
    FROM main.daily_sums CROSS JOIN main.origin ON number = daily_sums.origin
    CROSS JOIN main.bucket ON bucket.id = daily_sums.bucket WHERE sequence > ?
    ORDER BY daily_sums.id
"""


class Lines:
    """The lines of a ledger, or of what changed in it after a change of the number `since`."""

    def __init__(self, connection: sqlite3.Connection, since: int | None) -> None:
        self._connection = connection
        self._since = since
        self._numbers: dict[Hashable, int] = {}
        self._counts: dict[str, int] = {}
        self.until: Final = numbering.last(connection)
        """The number of the last change that is in it."""
        self.records = 0
        """How many there were so far."""

    def __iter__(self) -> Iterator[str]:
        origin = numbering.origin_name(self._connection)
        yield _line(SCHEMA, {"origin": origin, "since": self._since, "until": self.until})
        yield from self._record_lines()
        yield from self._sums_lines()
        after = self._since or 0
        for (id_,) in self._connection.execute(_FORGOTTEN, (after,)):
            yield _line("forgotten", record_rows.plain(id_))
        for (proven,) in self._connection.execute("SELECT proven FROM main.verdict"):
            yield _line("verdict", json.loads(proven))
        yield _line("end", self.records)

    def _record_lines(self) -> Iterator[str]:
        execute = self._connection.execute
        found = execute(_ALL) if self._since is None else execute(_NEW, (self._since,))
        rows = [row for (row,) in found]
        reader = RowReader()
        for start in range(0, len(rows), _PAGE):
            some = rows[start : start + _PAGE]
            marks = ", ".join("?" * len(some))
            query = f"{_RECORDS} WHERE record.rowid IN ({marks}) ORDER BY record.rowid"
            page = reader.fetch(self._connection, query, some)
            for origin, revision, *bucket, template, content in page:
                try:
                    stored = reader.stored(template, content)
                except ValueError:
                    continue  # what cannot be read here cannot be read there
                yield from self._once("origin", origin)
                yield from self._once("bucket", *map(record_rows.plain, bucket))
                yield from self._once("template", stored.template.text)
                self.records += 1
                yield (
                    f'["record",{self._number("origin", origin)},{revision},'
                    f"{self._number('bucket', *map(record_rows.plain, bucket))},"
                    f"{self._number('template', stored.template.text)},"
                    f"[{','.join(stored.values)}]]"
                )

    def _sums_lines(self) -> Iterator[str]:
        terms = dict(self._connection.execute("SELECT id, text FROM main.term").fetchall())
        found = self._connection.execute(_SUMS, (self._since or 0,)).fetchall()
        for id_, origin, *bucket, first, last, packed in found:
            sums = nano_sums.unpack(packed)
            query = "SELECT id FROM main.compacted WHERE sums = ?"
            ids = [record_rows.plain(one) for (one,) in self._connection.execute(query, (id_,))]
            yield from self._once("origin", origin)
            yield from self._once("bucket", *map(record_rows.plain, bucket))
            for term in sums:
                yield from self._once("term", terms[term])
            yield _line(
                "sums",
                self._number("origin", origin),
                self._number("bucket", *map(record_rows.plain, bucket)),
                first,
                last,
                [[self._number("term", terms[term]), *sums[term]] for term in sums],
                ids,
            )

    def _once(self, kind: str, *what: Any) -> Iterator[str]:
        if (kind, *what) not in self._numbers:
            number = self._counts.get(kind, 0)
            self._counts[kind] = number + 1
            self._numbers[kind, *what] = number
            yield _line(kind, *what)

    def _number(self, kind: str, *what: Any) -> int:
        return self._numbers[kind, *what]


def _line(*items: Any) -> str:
    return json_templates.encode(items)
