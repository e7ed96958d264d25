"""Counters that appear after weighing began: not counted yet, hence named as lacking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.record import Component, Figure
from greenlab.sensors import rapl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greenlab.host.host import Host
    from greenlab.sensors.base import Counter

_REASON: Final = (
    "this counter appeared after weighing began; to count it: %unload_ext greenlab, then "
    "%load_ext greenlab"
)


class NewDevices:
    """Looks for powercap zones that were not there at first, where zones are counted."""

    def __init__(self, host: Host, counters: Iterable[Counter]) -> None:
        self._host = host
        named = {c.device for c in counters if c.source == rapl.RaplCounter.source}
        self._counted = bool(named)
        self._entries = host.listdir(rapl.POWERCAP) if self._counted else []
        self._known = named | {z.name for z in rapl.zones(host)} if self._counted else set()
        self._found: tuple[Component, ...] = ()
        self._looked_at: float | None = None

    def components(self, at: float) -> tuple[Component, ...]:
        """One missing component for each, in figures that end at the moment `at` (monotonic
        seconds). Costs one listing of a folder for each moment.
        """
        if not self._counted or at == self._looked_at:
            return self._found
        self._looked_at = at
        entries = self._host.listdir(rapl.POWERCAP)
        if entries != self._entries:
            new = [zone for zone in rapl.zones(self._host) if zone.name not in self._known]
            none = Figure.missing(_REASON)
            self._found = tuple(
                Component(zone.kind, zone.name, rapl.RaplCounter.source, none, none, none, none)
                for zone in new
            )
            self._entries = entries
        return self._found
