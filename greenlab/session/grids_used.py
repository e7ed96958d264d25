"""Which grid's figure the records of a process have, and since when."""

from __future__ import annotations

from typing import Final

from greenlab.record import CellRecord, Intensity
from greenlab.record.messages import GridSince

KEPT: Final = 10


class Grids:
    """The latest grids, oldest first. One without records is not kept. Not locked."""

    def __init__(self, intensity: Intensity) -> None:
        self._now = intensity
        self._past: list[GridSince] = []

    def note(self, record: CellRecord) -> None:
        """A new record."""
        grid = record.intensity
        if not self._past or self._past[-1].intensity != grid:
            self._past.append(GridSince(record.started_at, grid))
            del self._past[:-KEPT]

    def change(self, intensity: Intensity, *, from_the_start: bool) -> None:
        """Another grid. `from_the_start`: it takes the place of the one before."""
        if from_the_start and self._past and self._past[-1].intensity == self._now:
            self._past[-1] = GridSince(self._past[-1].since, intensity)
        self._now = intensity

    @property
    def all(self) -> tuple[GridSince, ...]:
        """The grids that records have."""
        return tuple(self._past)
