"""Live power of the running cell, and energy since the last one, for a page that watches.

The thread exists only while somebody watches, and seldom wakes when no cell runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from greenlab.host.clocks import Clocks
from greenlab.record import CellRecord, Component, Figure, total
from greenlab.record.messages import Power, PowerPart
from greenlab.record.tally import RecordTally
from greenlab.session import OpenWindow, Session

if TYPE_CHECKING:
    from greenlab.meter.window import Moment

INTERVAL_S: Final = 2.0
"""What an eye follows, for less than a thousandth of a core."""

PATIENCE: Final = 8
"""Intervals without a cell after which the thread sleeps until one begins. Waking it takes some
50 µs of the cell that begins; those that follow each other pay nothing.
"""

BETWEEN_S: Final = 15.0
"""How often the energy between cells is sent, for less than a ten-thousandth of a core. The
longer no cell runs the less often: each time the gap has grown by the factor `GROWTH`.
"""

GROWTH: Final = 1.05

BRIEF_AT: Final = (2, 7)
"""Intervals of a running cell after which `brief` is asked for, without the list of cells."""

LISTED_EVERY: Final = 20
"""The same with the list, which costs some milliseconds to sum up: each forty seconds."""


class LivePower:
    """Sends a `Power` message every `INTERVAL_S` while a cell runs, and seldom between cells.

    `brief(listed)` is called now and then while a cell runs, for pages that cannot ask then.
    """

    def __init__(
        self,
        session: Session,
        send: Callable[[Any], None],
        brief: Callable[[bool], None] = lambda _listed: None,
    ) -> None:
        self._session = session
        self._send = send
        self._brief = brief
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
        a cell that ends soon costs none.
        """
        me = threading.current_thread()
        followed: OpenWindow | None = None
        so_far = SoFar()
        told = idle = 0
        between_s = BETWEEN_S
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._thread is not me, INTERVAL_S)
                if idle >= PATIENCE:
                    self._asleep = True
                    self._changed.wait_for(
                        lambda: self._began or self._thread is not me, between_s
                    )
                    self._asleep = False
                if self._thread is not me:
                    return
            began, self._began = self._began, False
            weighing = self._session.running
            idle = 0 if began or weighing is not None else idle + 1
            if weighing is None:
                if idle >= PATIENCE:
                    between_s = max(BETWEEN_S, self._tell_between() * (GROWTH - 1))
                continue
            if weighing.window.begin.at > Clocks.monotonic() - INTERVAL_S / 2:
                continue
            if weighing is not followed:
                followed, so_far, told = weighing, SoFar(), 0
            self._tell(weighing, so_far)
            told += 1
            if told in BRIEF_AT or told % LISTED_EVERY == 0:
                self._brief(told % LISTED_EVERY == 0)

    def _tell(self, weighing: OpenWindow, so_far: SoFar) -> None:
        """Send the power since the last time, and the energy so far."""
        window, session = weighing.window, self._session
        now = session.meter.now(window)
        part = session.meter.peek(window, weighing.scope, since=so_far.until, until=now)
        so_far.add(session.so_far(weighing, part), now)
        if part.duration_s > 0:
            watts = 1 / part.duration_s
            self._send(
                Power(
                    at=Clocks.wallclock(),
                    power_w=part.energy_j.scaled(watts),
                    energy_j=so_far.energy_j,
                    parts=_by_kind(part.components, watts),
                    kind=weighing.kind,
                    totals=session.totals_with(so_far.tally),
                )
            )

    def _tell_between(self) -> float:
        """Send what was used since the last cell; how long ago that ended, in seconds."""
        weighing = self._session.time_since_cell()
        if weighing is None:
            return 0.0
        so_far = SoFar()
        self._tell(weighing, so_far)
        return so_far.until.at - weighing.window.begin.at if so_far.until else 0.0


class SoFar:
    """What an open window has used, as it was told: each time adds to it, so that one look at
    the machine serves power and energy.
    """

    def __init__(self) -> None:
        self.until: Moment | None = None
        self.tally = RecordTally()
        self.energy_j = Figure.missing("nothing was reported yet")

    def add(self, part: CellRecord, until: Moment) -> None:
        """The time from the last one until this moment."""
        if self.until is None:
            self.energy_j = part.energy_j
        else:
            part = replace(part, kind="span") if part.kind == "cell" else part  # counted once
            self.energy_j = total([("", self.energy_j), ("", part.energy_j)])
        self.until = until
        self.tally.add(part)


def _by_kind(components: tuple[Component, ...], watts: float) -> tuple[PowerPart, ...]:
    kinds = dict.fromkeys(component.kind for component in components)
    return tuple(
        PowerPart(
            kind,
            total((c.device, c.energy_j) for c in components if c.kind == kind).scaled(watts),
        )
        for kind in kinds
    )
