"""The energy of consecutive phases of work, such as reading a prompt and writing the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.session import opened

if TYPE_CHECKING:
    from greenlab.record import Figure

_SHARE: Final = 200
_LEAST_S: Final = 1.0
"""Between two looks, which take some hundred microseconds each, lie so many times that time,
and a second at least: so much may be missing from a phase whose end is not seen.
"""


class Phases:
    """Energy from one look at the counters to the next, in the window that is open here.

    Without an open window, and after its end, nothing is known.
    """

    def __init__(self) -> None:
        self._session = session = opened()
        self._weighing = None if session is None else session.counting_in()
        self._took_s = 0.0
        if session is not None and self._weighing is not None:
            self._begin = session.meter.now(self._weighing.window)

    @property
    def open(self) -> bool:
        """Whether the window is still open."""
        return self._weighing is not None and self._weighing.window.end is None

    @property
    def due(self) -> bool:
        """Whether it is time to look again."""
        if self._session is None or self._weighing is None:
            return False
        passed_s = self._session.meter.host.monotonic() - self._begin.at
        return passed_s >= max(_LEAST_S, _SHARE * self._took_s)

    def energy_j(self) -> Figure | None:
        """Joules since the last look, or the begin; `None` where no window is open."""
        session, weighing = self._session, self._weighing
        if session is None or weighing is None or weighing.window.end is not None:
            return None
        meter = session.meter
        now = meter.now(weighing.window)
        used = meter.peek(weighing.window, weighing.scope, since=self._begin, until=now)
        self._begin, self._took_s = now, meter.host.monotonic() - now.at
        return used.energy_j
