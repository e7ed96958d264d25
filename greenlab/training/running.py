"""What a training has used so far, read while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenlab import session
from greenlab.record import Figure, total

if TYPE_CHECKING:
    from greenlab.meter import Window
    from greenlab.meter.window import Moment
    from greenlab.record import CellRecord
    from greenlab.session import Session


class RunningEnergy:
    """Joules of this process and its children, from the moment it is made until `end`.

    A loop may go on in a later cell: what that cell uses is added from its begin on, the
    time between cells is not. It leaves no record of its own: the cell has one.
    """

    def __init__(self) -> None:
        self._session = session.current()
        self._windows = [self._session.meter.start()]
        self._ended = False
        self._until: Moment | None = None
        """The end, where it lies in a later cell, whose window goes on."""
        _end_with_cell(self._session, self._windows[0])

    def so_far(self) -> Figure:
        """Joules until now, or until the end."""
        cell = self._session.running
        if not self._ended and cell is not None and self._windows[-1].end is not None:
            self._windows.append(cell.window)
        meter = self._session.meter
        *earlier, latest = self._windows
        used = [*map(meter.peek, earlier), meter.peek(latest, until=self._until)]
        return total(("an earlier cell", one.energy_j) for one in used)

    def end(self) -> Figure:
        """Stop counting; the joules until now."""
        figure = self.so_far()
        if not self._ended:
            self._ended = True
            meter, latest = self._session.meter, self._windows[-1]
            meter.end(self._windows[0])
            if latest.end is None:
                self._until = meter.now(latest)
        return figure


def _end_with_cell(session: Session, window: Window) -> None:
    """An open window hides what the machine draws between cells: none may be forgotten."""
    cell = session.running
    if cell is None:
        return

    def ended(record: CellRecord) -> None:
        if record.id == cell.id:
            session.meter.end(window)
            session.listeners.remove(ended)

    session.listeners.append(ended)
