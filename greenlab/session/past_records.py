"""The records of a session, and their totals."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from greenlab.record.merge_totals import mixed, plus
from greenlab.record.tally import RecordTally
from greenlab.session.grids_used import Grids
from greenlab.session.history import Detail, History, Overview

if TYPE_CHECKING:
    from greenlab.ledger import Ledger
    from greenlab.meter.window import Window
    from greenlab.record import CellRecord, Intensity
    from greenlab.record.cell import Status
    from greenlab.record.documents import Edited
    from greenlab.record.hot_stack import HotStack
    from greenlab.record.messages import GridSince, Totals
    from greenlab.session.open_window import OpenWindow

KEPT = 64
"""Closed windows at hand: their figures may still change."""


class PastRecords(ABC):
    """What a session says of its records; whoever asks sees those of all closed windows."""

    kernel_id: str
    ledger: Ledger
    intensity: Intensity
    _lock: threading.RLock

    def __init__(self, intensity: Intensity) -> None:
        self._history = History()
        self._grids = Grids(intensity)
        self._closed: deque[tuple[Window, OpenWindow, Status, Intensity]] = deque(maxlen=KEPT)

    @abstractmethod
    def flush(self) -> None:
        """Finish the records of windows that are closed."""

    @property
    def recent(self) -> tuple[CellRecord, ...]:
        """The latest records, oldest first, without asking the ledger."""
        self.flush()
        with self._lock:
            return tuple(self._history.recent)

    @property
    def count(self) -> int:
        """How many records this process has made."""
        self.flush()
        return self._history.count

    def records(self) -> list[CellRecord]:
        """Every record of this process, oldest first."""
        recent = self.recent
        if self.count <= len(recent):
            return list(recent)
        stored = {record.id: record for record in self.ledger.records(kernel_id=self.kernel_id)}
        stored.update((record.id, record) for record in recent)
        for record in list(stored.values()):  # what is counted in another process's record
            if record.counted_in is not None and record.counted_in not in stored:
                stored[record.id] = replace(record, counted_in=None)
        return sorted(stored.values(), key=lambda record: record.started_at)

    def latest(self, record: CellRecord) -> CellRecord:
        """The settled form of a record, where a slow counter moved after its window."""
        self.flush()
        with self._lock:
            return self._history.latest(record)

    def hot_stacks(self, record_id: str) -> tuple[HotStack, ...]:
        """The stacks that a recent record's work was below, the hottest first; none where it
        was not sampled, as cells that ran for less than a second.
        """
        closed = tuple(self._closed)
        return next((one.hot for _, one, _, _ in closed if one.id == record_id), ())

    def totals(self) -> Totals:
        """Sums over the records that are counted in no other."""
        self.flush()
        with self._lock:
            return self._history.totals

    def overview(self, detail: Detail = "records") -> Overview:
        """What a page needs to know of all records, in bounded size."""
        self.flush()
        with self._lock:
            return self._history.overview(detail)

    @property
    def grids(self) -> tuple[GridSince, ...]:
        """The grids that records of this process have, oldest first."""
        with self._lock:
            return self._grids.all

    def totals_with(self, so_far: RecordTally) -> Totals:
        """The totals, including what is not a record yet."""
        self.flush()
        with self._lock:
            sums = plus(self._history.totals, so_far.totals)
            if self._history.tally.mixes_with(self.intensity):
                sums = replace(sums, emissions_g=mixed())
            return sums

    def edited(self, cell_id: str | None) -> Edited | None:
        """What the last edit of a cell changed, by its runs in this process."""
        with self._lock:
            return self._history.versions.edited(cell_id)

    def all_edited(self) -> tuple[Edited, ...]:
        """The same for every cell that was edited between runs."""
        with self._lock:
            return self._history.versions.all()
