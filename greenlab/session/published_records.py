"""The records of a session as others get them: the ledger, the listeners and the user."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from greenlab import carbon, settings
from greenlab.ledger import Ledger
from greenlab.record import CellRecord
from greenlab.session.faults import Faults
from greenlab.session.grids_used import figure_of
from greenlab.session.nesting import Nesting
from greenlab.session.past_records import PastRecords
from greenlab.session.sampled_lines import stored

T = TypeVar("T")


class PublishedRecords(PastRecords):
    """Stores records and sends them, new and changed ones, and says what is wrong with them.

    Whoever publishes or replaces a record holds `_lock` meanwhile: a settled record comes after
    its first form.
    """

    def __init__(self, ledger: Ledger | None, zone: str) -> None:
        self.ledger = ledger if ledger is not None else Ledger()
        self.zone = zone
        self.intensity = figure_of(zone)
        super().__init__(self.intensity)
        self.listeners: list[Callable[[CellRecord], None]] = []
        self._setting_problems: Final = settings.problems()
        self._nesting: Final = Nesting()
        self._faults: Final = Faults()
        self._lock = threading.RLock()

    def renew(self) -> None:
        """After a fork: whoever held the lock is not in the child, and the front end is the
        parent's: it warns, and the child cannot send.
        """
        if self.listeners:
            self._faults.were_said(self.warnings())
            self.listeners.clear()
        self._nesting.renew()
        self._lock = threading.RLock()

    def set_zone(self, zone: str, *, from_the_start: bool = False) -> None:
        """Use another zone from the next record on; empty means the machine's own.

        `from_the_start`: the setting held all along, and was not known until now. Records at
        hand are made anew with its figure, under their ids, and name the zone that they had.
        """
        if zone == self.zone:
            return
        with self._lock:
            before, self.zone = self.intensity, zone
            self.intensity = figure_of(zone)
            self._grids.change(self.intensity, from_the_start=from_the_start)
            if not from_the_start or self.intensity == before:
                return
            right = replace(self.intensity, instead_of=before.zone)
            for index, (window, weighing, status, grid) in enumerate(self._closed):
                if grid == before:
                    self._closed[index] = (window, weighing, status, right)
            for record in tuple(self._history.recent):
                if record.intensity == before:
                    grams = carbon.emissions(record.energy_j, right, record.pue)
                    self._publish_again(replace(record, intensity=right, emissions_g=grams))

    def warnings(self) -> tuple[str, ...]:
        """Sentences the user should see: what is wrong and what fixes it."""
        grid = self.intensity.reason if self.intensity.value is None else None
        known = (self.ledger.warning, *self._setting_problems, grid, self._faults.latest)
        return tuple(text for text in known if text)

    def note_trouble(self, error: BaseException) -> None:
        """Keep a fault of greenlab's own out of the user's cells, and in sight."""
        with contextlib.suppress(Exception):
            self._faults.note(error)
            if not self.listeners:
                self._faults.log(self.warnings())

    def _tried(self, step: Callable[[], T]) -> T | None:
        """Do it. Where it fails that is noted: it is not the fault of who looks back."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001
            self.note_trouble(error)
            return None

    def _publish(self, record: CellRecord) -> None:
        self._tried(partial(self.ledger.add, self._nesting.as_stored(stored(record))))
        if not self.listeners:  # a script: no front end shows what is wrong
            self._tried(lambda: self._faults.log(self.warnings()))
        for listener in tuple(self.listeners):
            self._tried(partial(listener, record))

    def _publish_again(self, record: CellRecord) -> None:
        """A record takes the place of the one that had its id, everywhere."""
        self._publish(self._history.settle(record))
