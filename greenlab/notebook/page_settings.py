"""The settings that hold: those that JupyterLab's file has, then those that pages name."""

from __future__ import annotations

from greenlab.notebook import lab_settings
from greenlab.notebook.live_power import LivePower
from greenlab.record.messages import Configure, Hello
from greenlab.session import Session
from greenlab.settings import LINES

_PAGES = 64
"""Pages whose last word is kept."""


class PageSettings:
    """Zone, live power and sampled lines, as the user set them in JupyterLab.

    A zone that a page names holds until it, or another one, names another. The empty zone of a
    page that never named one says nothing.
    """

    def __init__(self, session: Session, live: LivePower) -> None:
        self.live_power = False
        self._session = session
        self._live = live
        self._said: dict[str, str] = {}
        self._named = False
        self._heard = False
        self._queued = True

    def expect_page(self) -> None:
        """A page is about to attach, behind cells that run first: its settings are read from
        JupyterLab's own file, as far as that can be found here.
        """
        found = lab_settings.read()
        if found.zone:
            self._session.set_zone(found.zone, from_the_start=True)
        self.live_power = found.live_power
        self._live.watch(on=found.live_power)
        self._sample(found.sample_lines)

    def expect_no_more(self) -> None:
        """What pages say from now on they say for what comes, not for what was."""
        self._queued = False
        if not self._heard:
            self.live_power = False
            self._live.watch(on=False)

    def hear(self, message: Hello | Configure, comm_id: str) -> bool:
        """What a page says of its settings; whether that changed what holds."""
        before = self._session.zone, self.live_power
        self._heard = True
        self.live_power = message.live_power
        self._live.watch(on=message.live_power)
        self._sample(message.sample_lines)
        zone = message.zone.strip()
        known = self._said.pop(comm_id, "")
        self._said[comm_id] = zone
        while len(self._said) > _PAGES:
            self._said.pop(next(iter(self._said)))
        if zone != known:
            first, self._named = not self._named, True
            self._session.set_zone(zone, from_the_start=first and self._queued)
        return before != (self._session.zone, self.live_power)

    def _sample(self, on: bool) -> None:
        """Whether the lines of cells are sampled unasked; the environment may forbid it."""
        self._session.lines.enabled = on and LINES.on
