"""Which records are meant, and those of them that are not in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import record_rows
from greenlab.record import CellRecord
from greenlab.record.summary import seconds

Condition = tuple[str, list[Any]]
"""In SQL, and the values of its `?`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records are meant; `None`: all. `since`: seconds since the epoch."""

    kernel_id: str | None = None
    notebook: str | None = None
    since: float | None = None

    def holds(self, record: CellRecord) -> bool:
        """Whether a record is meant."""
        return (
            self.kernel_id in (None, record.kernel_id)
            and self.notebook in (None, record.notebook)
            and (self.since is None or seconds(record.started_at) >= self.since)
        )

    def where(self, *more: str, table: str = "record", since: str = "") -> Condition:
        """The SQL condition and its values. `since`: the condition on the time, with a `?`."""
        pairs = [
            (f"{table}.kernel_id = ?", record_rows.text(self.kernel_id)),
            (f"{table}.notebook = ?", record_rows.text(self.notebook)),
            (since or f"{table}.started >= ?", self.since),
        ]
        chosen = [(condition, value) for condition, value in pairs if value is not None]
        conditions = [*(condition for condition, _ in chosen), *more]
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return where, [value for _, value in chosen]

    def held_by_none(self) -> Condition:
        """Of a record: no other one that is meant, whenever it began, holds its energy.

        With `where` it chooses the records that `Sums` adds up, without its sums.
        """
        where, values = replace(self, since=None).where(
            "holder.id = record.counted_in", table="holder"
        )
        return f"NOT EXISTS (SELECT 1 FROM main.record AS holder {where})", values  # noqa: S608


class Unwritten:
    """Records that are not among those of the file: only in memory, or pending in a file that
    cannot be written now. They take the place of others with their ids.
    """

    def __init__(self, records: Mapping[str, CellRecord], choice: Choice) -> None:
        self._records, self._choice = records, choice
        self._timeless = replace(choice, since=None)

    def __len__(self) -> int:
        """How many there are, meant or not."""
        return len(self._records)

    def __iter__(self) -> Iterator[str]:
        """The ids of all of them."""
        return iter(self._records)

    def __contains__(self, id_: record_rows.Text) -> bool:
        """Whether there is one with this id, as it is in the file."""
        return record_rows.plain(id_) in self._records

    def holds(self, id_: record_rows.Text) -> bool:
        """Whether there is one with this id that is meant, whenever it began."""
        one = self._records.get(record_rows.plain(id_) or "")
        return one is not None and self._timeless.holds(one)

    @cached_property
    def chosen(self) -> list[CellRecord]:
        """Those that are meant, oldest first."""
        return sorted(filter(self._choice.holds, self._records.values()), key=order)

    @property
    def notebooks(self) -> set[str | None]:
        """Those of all of them."""
        return {one.notebook for one in self._records.values()}


def order(record: CellRecord) -> tuple[float, str]:
    """By which records come one after the other."""
    return seconds(record.started_at), record.id
