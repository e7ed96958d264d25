"""A summary of records: their sums, and when and in which notebooks they were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from greenlab.record.cell import CellRecord
from greenlab.record.tally import RecordTally


@dataclass(slots=True, repr=False, eq=False)
class Summary:
    """Sums of records; those counted in another one are in that one.

    `notebooks`: their paths, in the order of the records. `started`, `ended`: of the first
    and the last, in seconds since the epoch; `None` without records.
    """

    tally: RecordTally = field(default_factory=RecordTally)
    notebooks: dict[str, None] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None

    def add(self, record: CellRecord) -> None:
        """One record."""
        if record.counted_in is not None:
            return
        self.tally.add(record)
        started = seconds(record.started_at)
        self.span(record.notebook, started, started + record.duration_s)

    def span(self, notebook: str | None, started: float, ended: float) -> None:
        """Records of a notebook in this time."""
        if notebook:
            self.notebooks[notebook] = None
        self.started = started if self.started is None else min(self.started, started)
        self.ended = ended if self.ended is None else max(self.ended, ended)


def summary(records: Iterable[CellRecord]) -> Summary:
    """The sums of records, in any order. What is counted in a cell that left no record, as it
    was killed or still runs, counts for itself.
    """
    sums = Summary()
    for record in held_by_none(records):
        sums.add(replace(record, counted_in=None))
    return sums


def held_by_none(records: Iterable[CellRecord]) -> list[CellRecord]:
    """Those of the records whose energy none of the others holds: what adds up."""
    known = list(records)
    ids = {one.id for one in known}
    return [one for one in known if one.counted_in not in ids]


def seconds(iso: str) -> float:
    """Seconds since the epoch of an ISO 8601 time; without an offset it is UTC.

    Raises:
        ValueError: the text is not such a time.
    """
    return moment(iso).timestamp()


def moment(iso: str) -> datetime:
    """The same as a date and time.

    Raises:
        ValueError: the text is not such a time.
    """
    found = datetime.fromisoformat(iso)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
