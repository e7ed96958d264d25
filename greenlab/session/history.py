"""The records of this process that are at hand, and the sums of all of them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import islice
from typing import Final, Literal, NamedTuple

from greenlab.record import CellRecord
from greenlab.record.messages import Curve, EarlierRuns, Totals
from greenlab.record.tally import RecordTally
from greenlab.session.edit_effect import Versions
from greenlab.session.history_rollup import Earlier

KEPT: Final = 1000
"""Records at hand without asking the ledger; bounds the memory of a long session."""

TAIL: Final = 100
"""The latest records, which a page is sent one by one: more than those that may still settle.
Of those before them it gets sums.
"""


Detail = Literal["records", "rows", "totals"]

HEAVIEST: Final = 8
"""Rows of cells and spans where all records are summed up."""


class Overview(NamedTuple):
    """All records of a process: the latest ones, and sums of the `older` ones before them."""

    records: tuple[CellRecord, ...]
    older: int
    earlier: tuple[EarlierRuns, ...]
    curve: Curve
    totals: Totals


class History:
    """Latest records and totals. Not locked: its session is."""

    def __init__(self) -> None:
        self.recent: deque[CellRecord] = deque(maxlen=KEPT)
        self.tally = RecordTally()
        self.versions = Versions()
        self.earlier = Earlier()
        self._summed: Overview | None = None
        self._totals: Totals | None = None
        self.count = 0

    def add(self, record: CellRecord) -> None:
        """A record that is new."""
        if len(self.recent) >= TAIL:
            self.earlier.add(self.recent[-TAIL])
        self.recent.append(record)
        self.count += 1
        self.tally.add(record)
        self._totals = None
        self.versions.add(record)

    @property
    def totals(self) -> Totals:
        """The sums of all records."""
        if self._totals is None:
            self._totals = self.tally.totals
        return self._totals

    def settle(self, settled: CellRecord) -> CellRecord:
        """Put a settled record in the place of the first; the one that now stands there.

        The notebook stays that of the first.
        """
        for index, first in enumerate(self.recent):
            if first.id == settled.id:
                settled = replace(settled, notebook=first.notebook)
                self.recent[index] = settled
                if index < len(self.recent) - TAIL:
                    self.earlier.replace(first, settled)
                self._totals = None
                self.tally.add(first, -1)
                self.tally.add(settled)
                self.versions.add(settled)
                break
        return settled

    def overview(self, detail: Detail) -> Overview:
        """See `Overview`. `rows`: without records, the heaviest rows of all of them; `totals`:
        without rows either, which costs next to nothing.
        """
        if detail == "totals":
            return Overview((), self.count, (), Curve(), self.totals)
        tail = tuple(islice(self.recent, max(0, len(self.recent) - TAIL), None))
        if detail == "records":
            earlier, older = self.earlier, self.count - len(tail)
            return Overview(tail, older, earlier.rows, earlier.curve, self.totals)
        if self._summed is None or self._summed.older != self.count:
            every = self.earlier.including(tail)
            rows = every.heaviest(HEAVIEST)
            self._summed = Overview((), self.count, rows, every.curve, self.totals)
        return self._summed._replace(totals=self.totals)

    def latest(self, record: CellRecord) -> CellRecord:
        """The current form of a record."""
        return next((one for one in reversed(self.recent) if one.id == record.id), record)
