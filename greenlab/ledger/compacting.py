"""The records of a ledger of version 2 in the form of version 3, by SQL of that time alone."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from math import inf

from greenlab.ledger import json_templates, record_rows
from greenlab.record import CellRecord
from greenlab.record.addends import text_of


@dataclass(slots=True)
class _Bucket:
    key: tuple[object, ...]
    first: float = inf
    last: float = -inf
    sums: dict[str, list[float]] = field(default_factory=dict)

    def add(self, row: record_rows.Row) -> None:
        if row.record.counted_in is None:
            self.first, self.last = min(self.first, row.started), max(self.last, row.ended)
        for one in row.addends:
            sum_ = self.sums.setdefault(text_of(one.key), [0, 0.0, 0.0, 0.0])
            sum_[0] += one.count
            for place, amount in enumerate(one.amount, 1):
                sum_[place] += amount


def compact(connection: sqlite3.Connection) -> None:
    """Write each record of `record_2` into `record`, and what they add up to.

    A record that cannot be read stays as it is, and adds nothing.
    """
    buckets: dict[int, _Bucket] = {}
    known: set[int] = set()
    old = connection.execute(
        "SELECT id, kernel_id, notebook, started, duration_s, kind, parent_id, record "
        "FROM record_2"
    )
    for *columns, stored in old:
        number, template, content = 0, None, stored
        try:
            row = record_rows.row(CellRecord.from_dict(json.loads(stored)))
        except (ValueError, TypeError, AttributeError, RecursionError):
            pass
        else:
            number, template, content = row.bucket, row.template.id, row.values
            if number not in buckets:
                buckets[number] = _Bucket((row.day, columns[2], columns[1]))
            buckets[number].add(row)
            if template not in known:
                known.add(template)
                connection.execute(
                    "INSERT INTO template (id, text) VALUES (?, ?)",
                    (template, row.template.text),
                )
        connection.execute(
            "INSERT INTO record (id, kernel_id, notebook, started, duration_s, kind, "
            "counted_in, bucket, template, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*columns, number, template, content),
        )
    _write(connection, buckets)


def _write(connection: sqlite3.Connection, buckets: dict[int, _Bucket]) -> None:
    connection.executemany(
        "INSERT INTO bucket (id, day, notebook, kernel_id, first, last) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            (number, *one.key, *((one.first, one.last) if one.sums else (None, None)))
            for number, one in buckets.items()
        ),
    )
    terms = {
        text: json_templates.text_id(text) for one in buckets.values() for text in one.sums
    }
    connection.executemany(
        "INSERT INTO term (id, text) VALUES (?, ?)",
        ((id_, text) for text, id_ in terms.items()),
    )
    connection.executemany(
        "INSERT INTO addend (bucket, term, count, value, low, high) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (number, terms[text], *sum_)
            for number, one in buckets.items()
            for text, sum_ in one.sums.items()
        ),
    )
    connection.execute(
        "INSERT INTO absent (id) SELECT DISTINCT counted_in FROM record "
        "WHERE counted_in IS NOT NULL AND counted_in NOT IN (SELECT id FROM record)"
    )
