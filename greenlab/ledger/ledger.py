"""The ledger: records in, records and totals out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import pairwise
from typing import Any, Final

from greenlab.ledger import json_templates, pending_rows, record_rows, verdict_rows
from greenlab.ledger.forgetting import forget
from greenlab.ledger.known_rows import known_rows
from greenlab.ledger.ledger_file import LedgerFile, T
from greenlab.ledger.raw_json_export import Stored
from greenlab.ledger.record_selection import Choice, Condition, Unwritten, order
from greenlab.ledger.row_reader import RowReader
from greenlab.ledger.sums import By, Report, Sums, nothing
from greenlab.record import CellRecord, Proven
from greenlab.record.messages import Totals
from greenlab.record.summary import Summary

_PAGE: Final = 500
_ROWS: Final = f"SELECT started, id, counted_in, {record_rows.SELECTED} FROM main.record"  # noqa: S608

_NO_ROWS: Final[list[tuple[Any, ...]]] = []


class Ledger(LedgerFile):
    """Every finished record of this user on this host, in one SQLite file.

    Any thread may call it; several kernels may write at once; a fork gets its own connection.
    The file may be deleted, moved or replaced meanwhile: what comes later goes to the file that
    is then at `path`. When that cannot be used, `warning` says why and what to do, what is in
    it stays as it is, and records are kept in memory: they go to the file as soon as it works.
    """

    def records(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[CellRecord]:
        """Records, oldest first; with a limit, the latest so many."""
        return list(self.each(kernel_id=kernel_id, notebook=notebook, since=since, limit=limit))

    def each(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> Iterator[CellRecord]:
        """The same, a few at a time, for as many as there are."""
        choice = _choice(kernel_id, notebook, since)
        besides = self._unwritten(choice)
        if limit is not None:
            latest = self._latest(choice, limit, besides)
            both = sorted([*latest, *besides.chosen], key=order)
            yield from both[max(len(both) - limit, 0) :]
            return
        yield from merge(self._pages(choice, besides), besides.chosen, key=order)

    def stored(
        self,
        *,
        notebook: str | None = None,
        since: datetime | None = None,
        counting: bool = False,
    ) -> Iterator[Stored]:
        """What `each` gives, as it is stored in the file: for exports of many.

        `counting`: only the records that `report` adds up, not those that another one of the
        chosen records holds. Of each template one record is read to see that it is one; what
        cannot be read is left out.
        """
        reader = RowReader()
        choice = _choice(None, notebook, since)
        besides = self._unwritten(choice)
        for page in self._rows(choice, reader, *[choice.held_by_none()] * counting):
            for _, id_, holder, template, content in page:
                if besides and (id_ in besides or (counting and besides.holds(holder))):
                    continue
                try:
                    yield reader.stored(template, content)
                except ValueError as error:
                    self._left_out(error)
        no_rows: dict[str, record_rows.Row] = {}
        pending = self._ask(pending_rows.rows, no_rows) if besides else no_rows
        chosen = besides.chosen
        if counting:
            chosen = self._ask_sums(choice, partial(_held_by_none, chosen), chosen)
        for one in chosen:
            row = pending.get(one.id)
            if row is None or one.id in self._kept:  # what is kept in memory is a later form
                yield Stored(*json_templates.cut(one.to_dict()))
            else:
                yield Stored(row.template, row.values.json)

    def totals(
        self,
        *,
        kernel_id: str | None = None,
        notebook: str | None = None,
        since: datetime | None = None,
    ) -> Totals:
        """Sums over the records that are counted in no other one, in joules, grams of CO2e and
        seconds.

        Grams of different bases (lifecycle, direct) do not add up: their sum is missing.
        """
        choice = _choice(kernel_id, notebook, since)
        return self._summaries(choice, None).get(None, nothing()).tally.totals

    def breakdown(
        self, by: By, *, notebook: str | None = None, since: datetime | None = None
    ) -> dict[str | None, Totals]:
        """Totals per notebook or per local day ("2026-11-20"), in the order of the keys."""
        found = self._summaries(_choice(None, notebook, since), by)
        return {key: one.tally.totals for key, one in found.items()}

    def report(self, *, notebook: str | None = None, since: datetime | None = None) -> Report:
        """Totals, and their breakdown by notebook and by day, from one look at the file."""
        choice = _choice(None, notebook, since)
        found = self._ask_sums(choice, Sums.report, None)
        return found or Report(nothing().tally.totals, {}, {}, False)

    def summary(self, *, notebook: str | None = None, since: datetime | None = None) -> Summary:
        """All sums over the same records, as a run card needs them."""
        choice = _choice(None, notebook, since)
        return self._ask_sums(choice, Sums.summary, nothing())

    def at_once(self, *, notebook: str | None = None, since: datetime | None = None) -> bool:
        """Whether kernels lived at the same time: each then carries the idle power."""
        choice = _choice(None, notebook, since)
        return self._ask_sums(choice, Sums.at_once, False)

    def notebooks(self) -> list[str]:
        """The paths of all notebooks that have records, in order."""
        return self._ask_sums(Choice(), Sums.notebooks, [])

    def add_verdict(self, one: Proven) -> None:
        """Keep a proof's verdict; lost, with a warning, where the file cannot be written."""
        with self._lock:
            connection = self._connected()
            if self._degraded:
                # It goes into the ledger in memory, where there is one instead of the file.
                with suppress(Exception):
                    connection.execute(verdict_rows.INSERT, verdict_rows.row(one))
            else:
                self._write(
                    lambda target: target.execute(verdict_rows.INSERT, verdict_rows.row(one))
                )

    def verdicts(self, rule: str | None = None) -> list[Proven]:
        """The verdicts on a rule's advice, or all, oldest first; none if it cannot be read."""
        with self._lock:
            try:
                found = self._connected().execute(verdict_rows.SELECT, (rule, rule)).fetchall()
                return verdict_rows.read(found)
            except Exception:  # noqa: BLE001 - a damaged file fails in many ways
                return []

    def forget(
        self, *, notebook: str | None = None, before: datetime | None = None
    ) -> tuple[int, bool]:
        """Delete records of a notebook and before a moment; all, and the verdicts, without.

        Gives how many went, and whether no trace is left in the file and its log.
        """
        found: list[tuple[int, bool]] = []
        moment = None if before is None else before.timestamp()
        with self._lock:
            self._write(lambda one: found.append(_forget(one, notebook, moment)))
            if found:
                self._recent.clear()
                self._noted.clear()
        return found[-1] if found else (0, True)

    def _latest(self, choice: Choice, limit: int, besides: Unwritten) -> Iterator[CellRecord]:
        where, values = choice.where()
        query = f"{_ROWS} {where} ORDER BY started DESC, id DESC LIMIT ?"
        reader, most = RowReader(), limit + len(besides)
        page = self._ask(lambda one: reader.fetch(one, query, [*values, most]), _NO_ROWS)
        return self._read(reader, reversed(page), besides)

    def _pages(self, choice: Choice, besides: Unwritten) -> Iterator[CellRecord]:
        reader = RowReader()
        for page in self._rows(choice, reader):
            yield from self._read(reader, page, besides)

    def _rows(
        self, choice: Choice, reader: RowReader, *more: Condition
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Page by page: a long read would keep the write-ahead log from being emptied."""
        where, values = choice.where(
            *(condition for condition, _ in more), "(record.started, record.id) > (?, ?)"
        )
        values += [value for _, own in more for value in own]
        query = f"{_ROWS} {where} ORDER BY started"
        last: tuple[Any, ...] = (float("-inf"), "")

        def ask(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            chosen = [*values, *last]
            page = reader.fetch(connection, f"{query} LIMIT {_PAGE + 1}", chosen)
            if any(one[0] == following[0] for one, following in pairwise(page)):
                # To order by the id where it does not matter would take half as long again.
                return reader.fetch(connection, f"{query}, id LIMIT {_PAGE}", chosen)
            return page[:_PAGE]

        while page := self._ask(ask, _NO_ROWS):
            yield page
            last = page[-1][:2]

    def _read(
        self, reader: RowReader, page: Iterable[tuple[Any, ...]], besides: Unwritten
    ) -> Iterator[CellRecord]:
        for _, id_, _, template, stored in page:
            if besides and id_ in besides:
                continue
            try:
                yield reader.read(template, stored)
            except ValueError as error:
                self._left_out(error)

    def _left_out(self, error: ValueError) -> None:
        self.warning = (
            f"Some records in {self.path} cannot be read and are left out "
            f"({error}). Update greenlab if a later version wrote them."
        )

    def _summaries(self, choice: Choice, by: By | None) -> dict[str | None, Summary]:
        return self._ask_sums(choice, lambda sums: sums.summaries(by), {})

    def _ask_sums(self, choice: Choice, question: Callable[[Sums], T], default: T) -> T:
        with self._lock:
            besides = self._unwritten(choice)
            return self._ask(
                lambda source: question(Sums(source, choice, besides, self._left_out)), default
            )

    def _unwritten(self, choice: Choice) -> Unwritten:
        """What is not among the records of the file, once all is there that can be."""
        with self._lock:
            nothing_pending: dict[str, CellRecord] = {}
            pending = self._ask(self._bring_in, nothing_pending)
            return Unwritten(pending | self._kept, choice)

    def _bring_in(self, connection: sqlite3.Connection) -> dict[str, CellRecord]:
        """Put what is pending among the records; what cannot be put there.

        A process that only reads writes nothing, so that no kernel waits for a report.
        """
        if not pending_rows.waiting(connection):
            return {}
        if self._writes and not self._degraded:
            self._fold(connection, others=True)
        records, faults = pending_rows.read(connection)
        for error in faults:
            self._left_out(error)
        return records


def _forget(
    connection: sqlite3.Connection, notebook: str | None, before: float | None
) -> tuple[int, bool]:
    known_rows(connection).clear()
    return forget(connection, notebook, before)


def _held_by_none(records: Sequence[CellRecord], sums: Sums) -> list[CellRecord]:
    return [one for one in records if not sums.is_here(one.counted_in)]


def _choice(kernel_id: str | None, notebook: str | None, since: datetime | None) -> Choice:
    return Choice(kernel_id, notebook, None if since is None else since.timestamp())
