"""What an open window has used until now, and what was counted in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from greenlab.lazy_dataclasses import dataclass
from greenlab.record import Figure, UnitCount
from greenlab.record.unit_counts import energy_per_unit

if TYPE_CHECKING:
    from greenlab.record import CellRecord
    from greenlab.session.open_window import OpenWindow
    from greenlab.session.session import Session


@dataclass(frozen=True, slots=True)
class UsedSoFar:
    """Joules and seconds from the begin of a window until now; `work`: what was counted."""

    energy_j: Figure
    duration_s: float
    work: tuple[UnitCount, ...] = ()

    def energy_per(self, unit: str) -> Figure:
        """Joules per unit that was counted; missing, with the reason, where none was."""
        return energy_per_unit(self.work, unit, self.energy_j)


def used_so_far(
    session: Session, weighing: OpenWindow, before: UsedSoFar | None = None
) -> UsedSoFar:
    """Until now. `before`: what this gave the last time, below which nothing falls: later
    readings may narrow an interval, but energy is not given back.
    """
    measured = session.meter.peek(weighing.window, weighing.scope)
    counts = weighing.counts
    work = () if counts is None else counts.work
    energy_j = measured.energy_j
    if before is not None:
        energy_j = _no_less(energy_j, before.energy_j)
    return UsedSoFar(energy_j, measured.duration_s, work)


def used_by(record: CellRecord) -> UsedSoFar:
    """All of it, where the window is closed."""
    return UsedSoFar(record.energy_j, record.duration_s, record.work)


def _no_less(now: Figure, before: Figure) -> Figure:
    if now.value is None or before.value is None:
        return now
    value, low = max(now.value, before.value), max(now.low or 0.0, before.low or 0.0)
    high = None if now.high is None else max(now.high, value, low)
    return replace(now, value=value, low=low, high=high)
