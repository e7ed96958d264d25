"""The records of this process that are at hand, and the sums of all of them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

from greenlab.record import CellRecord
from greenlab.record.tally import RecordTally
from greenlab.session.versions import Versions

KEPT: Final = 1000
"""Records at hand without asking the ledger; bounds the memory of a long session."""


class History:
    """Latest records and totals. Not locked: its session is."""

    def __init__(self) -> None:
        self.recent: deque[CellRecord] = deque(maxlen=KEPT)
        self.tally = RecordTally()
        self.versions = Versions()
        self.count = 0

    def add(self, record: CellRecord) -> None:
        """A record that is new."""
        self.recent.append(record)
        self.count += 1
        self.tally.add(record)
        self.versions.add(record)

    def settle(self, settled: CellRecord) -> CellRecord:
        """Put a settled record in the place of the first; the one that now stands there.

        The notebook stays that of the first.
        """
        for index, first in enumerate(self.recent):
            if first.id == settled.id:
                settled = replace(settled, notebook=first.notebook)
                self.recent[index] = settled
                self.tally.add(first, -1)
                self.tally.add(settled)
                self.versions.add(settled)
                break
        return settled

    def latest(self, record: CellRecord) -> CellRecord:
        """The form of a record that stands now."""
        return next((one for one in reversed(self.recent) if one.id == record.id), record)
