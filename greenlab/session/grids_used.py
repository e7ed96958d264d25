"""Which grid's figure the records of a process have, and since when."""

from __future__ import annotations

from typing import Final

from greenlab import carbon
from greenlab.record import CellRecord, Intensity
from greenlab.record.messages import GridSince
from greenlab.session import internal_error_message
from greenlab.session.window_record import writable

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


def figure_of(zone: str) -> Intensity:
    """What the grid emits; missing, with the reason, where that cannot be found out."""
    try:
        return carbon.resolve(zone)
    except Exception as error:  # noqa: BLE001  joules are weighed all the same
        name = writable(zone) or "unknown"
        reason = (
            f"no grid figures: {type(error).__name__}: {internal_error_message.text_of(error)}"
        )
        return Intensity(None, name, name, "none", None, "missing", reason=reason)
