"""Sums over a ledger's records: of whole days as they are kept, of the rest one by one."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import record_rows
from greenlab.ledger.packed_sums import GroupSums
from greenlab.ledger.record_selection import Choice, Unwritten
from greenlab.ledger.row_reader import RowReader
from greenlab.record import CellRecord
from greenlab.record.addends import Addend, key_of
from greenlab.record.messages import Totals
from greenlab.record.record_addends import addends_of
from greenlab.record.summary import Summary, seconds
from greenlab.record.tally import RecordTally

By = Literal["notebook", "day"]

_ORPHANS: Final = "main.absent CROSS JOIN main.record ON record.counted_in = absent.id"
"""What is counted in a cell that left no record, as it was killed or still runs."""

_HELD: Final = "main.record CROSS JOIN main.record AS holder ON holder.id = record.counted_in"
_BY_OTHERS: Final = (
    "record.counted_in IS NOT NULL",
    "substr(record.counted_in, 1, 20) <> substr(record.id, 1, 20)",
)
"""Is counted in a record of another process, as the index `record_held` has it."""


class Report(NamedTuple):
    """Totals, and the same by notebook and by local day. `at_once`: kernels lived at the same
    time, and each carries the idle power.
    """

    totals: Totals
    by_notebook: dict[str | None, Totals]
    by_day: dict[str | None, Totals]
    at_once: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the records of a file and those that are `kept` elsewhere.

    `unreadable` is called for records that cannot be read, which are left out.
    """

    connection: sqlite3.Connection
    choice: Choice
    kept: Unwritten
    unreadable: Callable[[ValueError], None]

    def summaries(self, by: By | None = None) -> dict[str | None, Summary]:
        """The sums per notebook or local day, in the order of these; all under `None`."""
        return self.all_summaries([by])[by]

    def all_summaries(
        self, kinds: Sequence[By | None]
    ) -> dict[By | None, dict[str | None, Summary]]:
        """The same in several ways, from one look at the file."""
        found: dict[By | None, dict[str | None, Summary]] = {
            by: defaultdict(nothing) for by in kinds
        }
        for by, group, one in self._addends(kinds):
            found[by][group].tally.take(one)
        for record in self._single():
            for by in kinds:
                found[by][_group(record, by)].add(replace(record, counted_in=None))
        for record in self._outdated():
            for one in addends_of(record):
                for by in kinds:
                    found[by][_group(record, by)].tally.take(one.taken_back)
        return {by: dict(sorted(one.items(), key=_name_order)) for by, one in found.items()}

    def summary(self) -> Summary:
        """The sums in all, with the notebooks and times."""
        found = self.summaries().get(None, nothing())
        for notebook, first, last in self._spans():
            found.span(notebook, first, last)
        return found

    def notebooks(self) -> list[str]:
        """Those of all records."""
        found = self.connection.execute("SELECT DISTINCT notebook FROM main.bucket")
        names = {record_rows.plain(name) for (name,) in found}
        names |= self.kept.notebooks
        return sorted(name for name in names if name is not None)

    def report(self) -> Report:
        """The totals, and in parts."""
        found = {
            by: {name: one.tally.totals for name, one in groups.items()}
            for by, groups in self.all_summaries([None, "notebook", "day"]).items()
        }
        totals = found[None].get(None, nothing().tally.totals)
        return Report(totals, found["notebook"], found["day"], self.at_once())

    def at_once(self) -> bool:
        """Whether kernels lived at the same time."""
        where, values = self.choice.where("first NOT NULL", table="bucket", since="first >= ?")
        query = f"SELECT kernel_id, first, last FROM main.bucket {where}"  # noqa: S608
        whole = self.connection.execute(query, values).fetchall()
        single = [
            (record_rows.text(one.kernel_id), began, began + one.duration_s)
            for one in self._single()
            for began in (seconds(one.started_at),)
        ]
        lives: dict[record_rows.Text, tuple[float, float]] = {}
        for kernel, first, last in (*whole, *single):
            begin, end = lives.get(kernel, (first, last))
            lives[kernel] = min(begin, first), max(end, last)
        spans = sorted(lives.values())
        return any(later[0] < end for (_, end), later in pairwise(spans))

    def _addends(
        self, kinds: Sequence[By | None]
    ) -> Iterator[tuple[By | None, str | None, Addend]]:
        """Of the buckets that are meant as a whole."""
        where, values = self.choice.where(table="bucket", since="first >= ?")
        columns = ", ".join(f"bucket.{by}" if by else "NULL" for by in kinds)
        query = (
            f"SELECT sums, {columns} FROM main.bucket "  # noqa: S608
            f"CROSS JOIN main.bucket_sums ON bucket_sums.bucket = bucket.id {where}"
        )
        sums: GroupSums[tuple[By | None, Any]] = GroupSums()
        for packed, *names in self.connection.execute(query, values):
            sums.add(zip(kinds, names, strict=True), packed)
        keys = {
            id_: key_of(text)
            for id_, text in self.connection.execute("SELECT id, text FROM main.term")
        }
        for (by, name), term, (count, value, low, high) in sums:
            if term not in keys:
                raise ValueError("what a sum is of is not there")
            one = Addend(keys[term], (value, low, high), int(count))
            yield by, record_rows.plain(name), one

    def _spans(self) -> Iterator[tuple[str | None, float, float]]:
        where, values = self.choice.where("first NOT NULL", table="bucket", since="first >= ?")
        query = (
            f"SELECT notebook, min(first), max(last) FROM main.bucket {where} "  # noqa: S608
            "GROUP BY 1 ORDER BY 2"
        )
        for notebook, first, last in self.connection.execute(query, values):
            yield record_rows.plain(notebook), first, last

    def _single(self) -> Iterator[CellRecord]:
        """What counts and is not in the sums of a whole bucket."""
        if self.choice.since is not None:
            cut = "first < ? AND last >= ? AND record.started >= ?"
            where, values = self.choice.where("record.counted_in IS NULL", since=cut)
            # In this order: a few buckets are cut by the moment, most records come after it.
            source = "main.bucket CROSS JOIN main.record USING (kernel_id) "
            where += " AND record.bucket = bucket.id"
            yield from self._read(source, where, [*values, *[self.choice.since] * 2])
        where, values = self.choice.where()
        for orphan in self._read(_ORPHANS, where, values):
            if orphan.id not in self.kept and not self.kept.holds(orphan.counted_in):
                yield orphan
        yield from self._held_by_others()
        for one in self.kept.chosen:
            if not self.is_here(one.counted_in):
                yield one

    def _held_by_others(self) -> Iterator[CellRecord]:
        """What is counted in a record of a notebook or kernel that is not meant, as that of a
        notebook which another one ran.
        """
        choice = self.choice
        others: list[tuple[str, Any]] = [
            (f"holder.{name} IS NOT ?", record_rows.text(value))
            for name, value in (("notebook", choice.notebook), ("kernel_id", choice.kernel_id))
            if value is not None
        ]
        if not others:
            return
        if self.kept:  # a holder may be there in a later form
            others = [("?", 1)]
        either = f"({' OR '.join(condition for condition, _ in others)})"
        where, values = choice.where(*_BY_OTHERS, either)
        for one in self._read(_HELD, where, [*values, *(value for _, value in others)]):
            if one.id not in self.kept and not (self.kept and self.is_here(one.counted_in)):
                yield one

    def _outdated(self) -> Iterator[CellRecord]:
        """Forms of records that are in the sums, and in memory in a later form."""
        for id_ in self.kept:
            for record in self._read("main.record", "WHERE id = ?", [record_rows.text(id_)]):
                if record.counted_in is None and self.choice.holds(record):
                    yield record

    def is_here(self, id_: str | None) -> bool:
        """Whether a record is there and meant, whenever it began."""
        if id_ is None or id_ in self.kept:
            return self.kept.holds(id_)
        where, values = replace(self.choice, since=None).where("id = ?")
        query = f"SELECT 1 FROM main.record {where}"  # noqa: S608
        found = self.connection.execute(query, [*values, record_rows.text(id_)])
        return found.fetchone() is not None

    def _read(self, source: str, where: str, values: list[Any]) -> Iterator[CellRecord]:
        reader = RowReader()
        query = f"SELECT {record_rows.SELECTED} FROM {source} {where}"  # noqa: S608
        for template, stored in reader.fetch(self.connection, query, values):
            try:
                yield reader.read(template, stored)
            except ValueError as error:
                self.unreadable(error)


def nothing() -> Summary:
    """The sums of no record."""
    return Summary(RecordTally("no records"))


def _name_order(item: tuple[str | None, Summary]) -> tuple[bool, str]:
    name, _ = item
    return name is not None, name or ""


def _group(record: CellRecord, by: By | None) -> str | None:
    if by == "notebook":
        return record.notebook
    return record_rows.local_day(seconds(record.started_at)) if by == "day" else None
