"""Live power of the running cell, for a page that watches.

The thread exists only while somebody watches, and sleeps when no cell has run for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from greenlab.clocks import Clocks
from greenlab.record import Component, Figure, total
from greenlab.record.messages import Power, PowerPart
from greenlab.session import Session, Weighing

if TYPE_CHECKING:
    from greenlab.meter.window import Moment

INTERVAL_S: Final = 1.5
"""What an eye follows, for less than a thousandth of a core."""

PATIENCE: Final = 10
"""Intervals without a cell after which the thread sleeps until one begins. Waking it takes some
50 µs of the cell that begins; those that follow each other pay nothing.
"""


class LivePower:
    """Sends a `Power` message every `INTERVAL_S` while a cell runs."""

    def __init__(self, session: Session, send: Callable[[Power], None]) -> None:
        self._session = session
        self._send = send
        self._changed = threading.Condition()
        self._began = False
        self._asleep = False
        self._thread: threading.Thread | None = None

    def watch(self, *, on: bool) -> None:
        """Begin or cease to follow the running cell."""
        with self._changed:
            if on and self._thread is None:
                self._thread = threading.Thread(
                    target=self._follow, name="greenlab-live-power", daemon=True
                )
                self._thread.start()
            elif not on and self._thread is not None:
                self._thread = None
                self._changed.notify_all()

    def cell_begins(self) -> None:
        """A cell is about to begin."""
        self._began = True
        if self._asleep:
            with self._changed:
                self._changed.notify_all()

    def _follow(self) -> None:
        """Each figure goes from the moment of the one before, the first from the cell's begin:
        a look at the machine serves two, and a cell that ends soon costs none.
        """
        me = threading.current_thread()
        followed: Weighing | None = None
        last: Moment | None = None
        so_far: list[Figure] = []
        idle = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._thread is not me, INTERVAL_S)
                if idle >= PATIENCE:
                    self._asleep = True
                    self._changed.wait_for(lambda: self._began or self._thread is not me)
                    self._asleep = False
                if self._thread is not me:
                    return
            began, self._began = self._began, False
            weighing = self._session.running
            idle = 0 if began or weighing is not None else idle + 1
            latest = Clocks.monotonic() - INTERVAL_S / 2
            if weighing is None or weighing.window.begin.at > latest:
                continue
            if weighing is not followed:
                followed, last, so_far = weighing, None, []
            last = self._tell(weighing, last, so_far)

    def _tell(self, weighing: Weighing, since: Moment | None, so_far: list[Figure]) -> Moment:
        """Send the figure from `since` until now, which is returned. `so_far`: the energy that
        was told before, to which this adds: one measurement serves both.
        """
        window = weighing.window
        now = self._session.meter.now(window)
        part = self._session.meter.peek(window, weighing.scope, since=since, until=now)
        so_far[:] = [total(("", energy_j) for energy_j in (*so_far, part.energy_j))]
        if part.duration_s > 0:
            watts = 1 / part.duration_s
            self._send(
                Power(
                    at=Clocks.wallclock(),
                    power_w=part.energy_j.scaled(watts),
                    energy_j=so_far[0],
                    parts=_by_kind(part.components, watts),
                )
            )
        return now


def _by_kind(components: tuple[Component, ...], watts: float) -> tuple[PowerPart, ...]:
    kinds = dict.fromkeys(component.kind for component in components)
    return tuple(
        PowerPart(
            kind,
            total((c.device, c.energy_j) for c in components if c.kind == kind).scaled(watts),
        )
        for kind in kinds
    )
