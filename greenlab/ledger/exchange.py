"""A ledger, or what is new in it, as a compressed file: to send where no ledger can be opened.

What is read is checked as any record is, and becomes a ledger that can be merged.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from greenlab.ledger import (
    daily_sums,
    json_templates,
    ledger_row,
    numbering,
    pending_rows,
    record_rows,
    schema,
    verdict_rows,
)
from greenlab.ledger.daily_sums import DailySums
from greenlab.ledger.exchange_lines import SCHEMA, Lines
from greenlab.ledger.json_templates import Template, Values
from greenlab.ledger.ledger_row import Row, Stamp
from greenlab.ledger.record_rows import Writer
from greenlab.record import CellRecord, Proven, from_dict
from greenlab.record.addends import key_of
from greenlab.record.summary import seconds

_GZIP: Final = b"\x1f\x8b"
_PLAIN: Final = f'["{SCHEMA}"'.encode()
_LEVEL: Final = 6


class DamagedExchangeError(ValueError):
    """A file that is no exchange file, or not a whole one."""


class Head(NamedTuple):
    """What a file contains: changes of a ledger after `since`, or all, up to `until`."""

    origin: int
    since: int | None
    until: int


def is_exchange(path: Path) -> bool:
    """Whether a file is one, by how it begins.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(len(_PLAIN))
    return start.startswith(_GZIP) or start == _PLAIN


def write(connection: sqlite3.Connection, out: BinaryIO, since: int | None) -> tuple[int, int]:
    """Write what changed after `since`, or all; how many records, and up to which change."""
    pending_rows.put(connection)
    lines = Lines(connection, since)
    connection.execute("BEGIN")
    try:
        with gzip.GzipFile("", "wb", _LEVEL, out, mtime=0) as packed:
            for line in lines:
                packed.write(line.encode("ascii") + b"\n")
    finally:
        connection.execute("COMMIT")
    return lines.records, lines.until


def read(path: Path, into: Path) -> Head:
    """Make a ledger of an exchange file.

    Raises:
        OSError: it cannot be read.
        DamagedExchangeError: it is no such file, or not a whole one.
    """
    try:
        with _opened(path) as lines, closing(schema.connect(into)) as connection:
            return _Reader(connection).read(lines)
    except (
        ValueError, TypeError, LookupError, AttributeError, EOFError, RecursionError,
        gzip.BadGzipFile, zlib.error,
    ) as error:  # fmt: skip
        raise DamagedExchangeError(str(error)) from error


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        with gzip.GzipFile(fileobj=file) if packed else nullcontext(file) as source:
            yield (line.decode("ascii") for line in source)


class _Reader:
    """Lines into a new ledger."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._origins: list[int] = []
        self._buckets: list[tuple[str, str | None, str]] = []
        self._templates: list[Template] = []
        self._terms: list[int] = []
        self._records = 0
        self._whole = False

    def read(self, lines: Iterator[str]) -> Head:
        schema_name, head = json.loads(next(lines, "[null, null]"))
        if schema_name != SCHEMA:
            raise ValueError(f"it is no {SCHEMA}")
        self._connection.execute("BEGIN IMMEDIATE")
        self._writer = Writer(self._connection)
        for line in lines:
            kind, *rest = json.loads(line)
            getattr(self, f"_take_{kind}")(*rest)
        if not self._whole:
            raise ValueError("its end is missing")
        self._writer.finish()
        self._connection.execute("COMMIT")
        since = None if head["since"] is None else int(head["since"])
        return Head(int(head["origin"]), since, int(head["until"]))

    def _take_origin(self, name: int) -> None:
        self._origins.append(numbering.number_of(self._connection, name))

    def _take_bucket(self, day: str, notebook: str | None, kernel: str) -> None:
        self._buckets.append((day, notebook, kernel))

    def _take_template(self, text: str) -> None:
        self._templates.append(Template(text))

    def _take_term(self, text: str) -> None:
        key = key_of(text)
        self._terms.append(record_rows.term(key)[0])
        self._writer.put_terms([key])

    def _take_record(
        self, origin: int, revision: int, bucket: int, template: int, values: list[Any]
    ) -> None:
        texts = [json_templates.encode(one) for one in values]
        record = CellRecord.from_dict(json.loads(self._templates[template].fill(texts)))
        day = self._buckets[bucket][0]
        started = seconds(record.started_at)
        stored = Values("\n".join(texts))
        row = Row(record, started, self._templates[template], stored, day)
        self._writer.put(row, Stamp(self._origins[origin], int(revision)))
        self._records += 1

    def _take_sums(self, origin: int, bucket: int, *sums: Any) -> None:
        first, last, numbers, ids = sums
        day, notebook, kernel = self._buckets[bucket]
        id_ = ledger_row.bucket_id(day, notebook, kernel)
        self._connection.execute(
            "INSERT OR IGNORE INTO main.bucket (id, day, notebook, kernel_id) "
            "VALUES (?, ?, ?, ?)",
            (id_, day, record_rows.text(notebook), record_rows.text(kernel)),
        )
        whole = {}
        for term, *each in numbers:
            count, value, low, high = map(int, each)
            whole[self._terms[term]] = count, value, low, high
        one = DailySums(
            id_, self._origins[origin], float(first), float(last), whole, frozenset(ids)
        )
        daily_sums.put(self._connection, one, self._writer.sequence)

    def _take_forgotten(self, id_: str) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO main.forgotten (id, sequence) VALUES (?, ?)",
            (record_rows.text(id_), self._writer.sequence),
        )

    def _take_verdict(self, proven: dict[str, Any]) -> None:
        row = verdict_rows.row(from_dict(Proven, proven))
        self._connection.execute(verdict_rows.INSERT, row)

    def _take_end(self, records: int) -> None:
        if records != self._records:
            raise ValueError(f"it has {self._records} of {records} records")
        self._whole = True
