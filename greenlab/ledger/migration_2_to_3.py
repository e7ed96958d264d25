"""Bring the records of a ledger of version 2 into the form of version 3, once, when it opens.

By the SQL of that time alone: it never changes with later versions.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from math import inf

from greenlab.ledger import json_templates, record_rows
from greenlab.ledger.migration_templates import Shapes
from greenlab.ledger.raw_json_export import Stored
from greenlab.record.addends import Addend, text_of
from greenlab.record.summary import seconds


@dataclass(slots=True)
class _Bucket:
    key: tuple[object, ...]
    first: float = inf
    last: float = -inf
    sums: dict[str, list[float]] = field(default_factory=dict)

    def add(self, started: float, ended: float, added: list[Addend]) -> None:
        if added:
            self.first, self.last = min(self.first, started), max(self.last, ended)
        for one in added:
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
    shapes = Shapes()
    old = connection.execute(
        "SELECT id, kernel_id, notebook, started, duration_s, kind, parent_id, record "
        "FROM record_2"
    )
    for *columns, stored in old:
        number, template, content = 0, None, stored
        try:
            prepared, values, added = shapes.prepare(stored)
            one, data = Stored(prepared, values), prepared.data
            started = seconds(one.text(data["started_at"]) or "")
            day = record_rows.local_day(started)
            ended = started + (one.number(data["duration_s"]) or 0.0)
        except (ValueError, TypeError, AttributeError, RecursionError):
            pass
        else:
            notebook, kernel = one.text(data["notebook"]), one.text(data["kernel_id"]) or ""
            number = record_rows.bucket_id(day, notebook, kernel)
            template, content = prepared.id, json_templates.packed(values)
            if number not in buckets:
                buckets[number] = _Bucket((day, columns[2], columns[1]))
            buckets[number].add(started, ended, added)
            if template not in known:
                known.add(template)
                connection.execute(
                    "INSERT INTO template (id, text) VALUES (?, ?)", (template, prepared.text)
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
