"""How often a counter moves: found by looking on, never taken for granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from greenlab.host.host import Host
    from greenlab.meter.bounds import Reading
    from greenlab.meter.counter_reader import Tracker

QUICK_LOOK_S: Final = 0.006
LONG_LOOK_S: Final = 1.0
LONGEST_PERIOD_S: Final = 0.25
"""Taken for a counter whose rhythm is not known yet; none in use moves less often."""
_POLL_S: Final = 0.002
_SHORTEST_PERIOD_S: Final = 0.5e-3
_FEWEST: Final = 3
_ENOUGH: Final = 6
_EVEN: Final = 1.1
_MARGIN_EVEN: Final = 1.15
_MARGIN: Final = 1.5
"""Periods seen for a moment stand for all: half more is allowed for, less if all were even."""


class Rhythm:
    """The updates of one counter seen so far."""

    def __init__(self, first: Reading) -> None:
        self._last = first
        self._edges: list[tuple[float, float]] = []

    @property
    def count(self) -> int:
        """How many updates were seen."""
        return len(self._edges)

    def note(self, reading: Reading) -> None:
        """Take in one more reading; an update lies between two that differ."""
        if reading.energy_j is not None and reading.energy_j != self._last.energy_j:
            self._edges.append((self._last.before, reading.after))
        self._last = reading

    def period_s(self) -> float | None:
        """No two updates are further apart than this; `None` if too few were seen."""
        if self.count < _FEWEST:
            return None
        pairs = list(zip(self._edges, self._edges[1:], strict=False))
        longest = max(later[1] - earlier[0] for earlier, later in pairs)
        shortest = min(later[0] - earlier[1] for earlier, later in pairs)
        margin = _MARGIN_EVEN if longest <= _EVEN * shortest else _MARGIN
        return max(_SHORTEST_PERIOD_S, margin * longest)


def quick_look(trackers: Iterable[Tracker], host: Host) -> list[Tracker]:
    """Look on for 6 ms. Counters that move too rarely for that take the longest period for
    now and are given back.
    """
    rhythms = {t: Rhythm(t.read()) for t in trackers if t.counter.calibrate}
    start = host.monotonic()
    while rhythms and host.monotonic() - start < QUICK_LOOK_S:
        for tracker, rhythm in rhythms.items():
            rhythm.note(tracker.read())
    slow = []
    for tracker, rhythm in rhythms.items():
        period_s = rhythm.period_s()
        if period_s is None:
            tracker.moves_every(LONGEST_PERIOD_S, LONGEST_PERIOD_S)
            slow.append(tracker)
        else:
            safe_s = tracker.counter.period_s
            tracker.moves_every(min(safe_s, period_s), max(safe_s, period_s))
    return slow


def long_look(
    trackers: Iterable[Tracker], host: Host, read: Callable[[Tracker], Reading]
) -> None:
    """Find the period of slow counters, for a second at most, in the background."""
    rhythms = {tracker: Rhythm(read(tracker)) for tracker in trackers}
    deadline = host.monotonic() + LONG_LOOK_S
    while rhythms and host.monotonic() < deadline:
        host.sleep(_POLL_S)
        for tracker, rhythm in list(rhythms.items()):
            rhythm.note(read(tracker))
            if rhythm.count >= _ENOUGH:
                _conclude(tracker, rhythm)
                del rhythms[tracker]
    for tracker, rhythm in rhythms.items():
        _conclude(tracker, rhythm)


def _conclude(tracker: Tracker, rhythm: Rhythm) -> None:
    period_s = rhythm.period_s()
    if period_s is not None:
        longest = max(LONGEST_PERIOD_S, period_s)
        tracker.moves_every(period_s, min(longest, max(0.02, 2 * period_s)))
