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

TOGETHER: Final = 16
"""So many records are summed up at once, unless somebody asks before."""

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
    """Latest records and totals. Not locked: its session is.

    A block waits until its record is added, and not until that is summed up.
    """

    def __init__(self) -> None:
        self.recent: deque[CellRecord] = deque(maxlen=KEPT)
        self.count = 0
        self._tally = RecordTally()
        self._versions = Versions()
        self._earlier = Earlier()
        self._summed = 0
        self._overview: Overview | None = None
        self._totals: Totals | None = None

    def add(self, record: CellRecord) -> None:
        """A record that is new."""
        self.recent.append(record)
        self.count += 1
        self._totals = None
        if self.count - self._summed >= TOGETHER:
            self.sum_up()

    def sum_up(self) -> None:
        """Add up the records that are not yet in the sums."""
        first = self.count - len(self.recent)
        while self._summed < self.count:
            record = self.recent[self._summed - first]
            if self._summed >= TAIL:
                self._earlier.add(self.recent[self._summed - TAIL - first])
            self._tally.add(record)
            self._versions.add(record)
            self._summed += 1

    @property
    def tally(self) -> RecordTally:
        """The sums of all records, to be added to."""
        self.sum_up()
        return self._tally

    @property
    def versions(self) -> Versions:
        """The cells before and after their edits."""
        self.sum_up()
        return self._versions

    @property
    def earlier(self) -> Earlier:
        """Sums of the records before the latest ones."""
        self.sum_up()
        return self._earlier

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
        self.sum_up()
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
        if self._overview is None or self._overview.older != self.count:
            every = self.earlier.including(tail)
            rows = every.heaviest(HEAVIEST)
            self._overview = Overview((), self.count, rows, every.curve, self.totals)
        return self._overview._replace(totals=self.totals)

    def latest(self, record: CellRecord) -> CellRecord:
        """The current form of a record."""
        return next((one for one in reversed(self.recent) if one.id == record.id), record)
