"""A record, ready to be written into a ledger."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Final

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import json_templates, record_shape
from greenlab.record import CellRecord
from greenlab.record.addends import Addend
from greenlab.record.record_addends import addends_of
from greenlab.record.summary import seconds

_ANY_CALENDAR_S: Final = 2.0**31
"""Every system's calendar has the days from 1970 to 2038."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record, ready to be written."""

    record: CellRecord
    started: float
    template: json_templates.Template
    values: json_templates.Values
    written_on: str | None = None
    """The local day on which it began, where another ledger wrote it."""

    @property
    def ended(self) -> float:
        """Seconds since the epoch."""
        return self.started + self.record.duration_s

    @property
    def day(self) -> str:
        """The local day on which it began."""
        return self.written_on or local_day(self.started)

    @property
    def bucket(self) -> int:
        """The id of the sums that it is in: the same in every process."""
        return bucket_id(self.day, self.record.notebook, self.record.kernel_id)

    @property
    def packed(self) -> bytes:
        """The values as they are stored."""
        return json_templates.packed(self.values.json)

    @property
    def addends(self) -> tuple[Addend, ...]:
        """What it adds to the sums of its bucket."""
        return addends_of(self.record)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which ledger wrote a form of a record, by its number here, and the form's revision."""

    origin: int
    revision: int


@lru_cache(maxsize=256)
def bucket_id(day: str, notebook: str | None, kernel_id: str) -> int:
    """The id of the sums of a local day, notebook and kernel: the same in every process."""
    return json_templates.text_id(json.dumps([day, notebook, kernel_id]))


def row(record: CellRecord) -> Row:
    """A record as it is written.

    Raises:
        ValueError: `started_at` is not an ISO 8601 time, or a number is not finite.
    """
    started = seconds(record.started_at)
    if not 0.0 < started < _ANY_CALENDAR_S:
        local_day(started)
    template, values = record_shape.cut(record)
    return Row(record, started, template, values)


def local_day(epoch_s: float) -> str:
    """`2026-11-20`.

    Raises:
        ValueError: no calendar has that day.
    """
    try:
        return datetime.fromtimestamp(epoch_s).date().isoformat()  # noqa: DTZ006 - local
    except (OverflowError, OSError) as error:
        raise ValueError(f"no such day: {epoch_s} s") from error
