"""Units of work that the user counts, and the windows that they are counted in.

A count goes to the innermost window around the code that counts, and to what encloses that one.
No lock is taken: each thread has entries of its own, which nobody else writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import get_ident as _thread
from typing import TYPE_CHECKING, Final
from weakref import ref

from greenlab.record.figure_sum import FigureSum
from greenlab.record.unit_counts import UnitCount, singular

if TYPE_CHECKING:
    from greenlab.record import Figure
    from greenlab.session.open_window import OpenWindow

MOST_UNITS: Final = 20
"""Names of units in one window: a record is no place for a table."""


class Counts:
    """What was counted in one window, by thread and unit. `elsewhere`: what of it a window
    around this one counts too. `forks`: in which process (see `OpenWindow.forks`).
    """

    __slots__ = ("_beside", "_energy", "counted", "elsewhere", "forks", "units")

    def __init__(self, forks: int = 0) -> None:
        self.forks = forks
        self.units: dict[str, None] = {}
        self.counted: dict[tuple[int, str], float] = {}
        self.elsewhere: dict[tuple[int, str], float] = {}
        self._beside: dict[tuple[int, str], float] = {}
        self._energy: dict[tuple[int, str], FigureSum] = {}

    def add_energy(self, key: tuple[int, str], energy_j: Figure) -> None:
        """Joules that these units alone took."""
        if key not in self._energy:
            self._energy[key] = FigureSum(f"no {key[1]} was counted")
        self._energy[key].add(energy_j)

    def take_in(self, own: dict[str, float]) -> None:
        """What a window counted that lies in this one and was opened beside it."""
        for unit, count in own.items():
            key = _thread(), unit
            self.units[unit] = None
            self._beside[key] = self._beside.get(key, 0.0) + count

    @property
    def own(self) -> dict[str, float]:
        """What no window around this one counts, by unit."""
        parts = {
            one.unit: one.count - one.counted_elsewhere + one.counted_beside
            for one in self.work
        }
        return {unit: count for unit, count in parts.items() if count > 0}

    @property
    def work(self) -> tuple[UnitCount, ...]:
        """By unit, in the order in which they were first counted."""
        return tuple(self._work(unit) for unit in list(self.units))

    def _work(self, unit: str) -> UnitCount:
        energy: FigureSum | None = None
        for (_, of), one in list(self._energy.items()):
            if of == unit:
                energy = energy if energy is not None else FigureSum("")
                energy.merge(one)
        return UnitCount(
            unit,
            _sum_of(unit, self.counted),
            None if energy is None else energy.figure,
            _sum_of(unit, self.elsewhere),
            _sum_of(unit, self._beside),
        )


class OpenCounts:
    """The open windows of a process, to count in. Not locked: the lists are replaced."""

    def __init__(self) -> None:
        self._open: list[ref[OpenWindow]] = []

    def opened(self, weighing: OpenWindow) -> None:
        """A window begins."""
        self._open = [*self._open, ref(weighing)]

    def closed(self, weighing: OpenWindow) -> None:
        """It has ended."""
        self._open = [one for one in self._open if one() not in (None, weighing)]

    def renew(self) -> None:
        """In a forked child, the parent's windows go on in the parent: those of this thread are
        known by their context.
        """
        self._open = []

    def named(self, record_id: str) -> OpenWindow | None:
        """The open window that becomes this record."""
        return next((one for one in self._all() if one.id == record_id), None)

    def around(self, running: OpenWindow | None) -> OpenWindow | None:
        """The window that a thread without a context counts in. `running`: the cell.

        A thread that was started in a window does not know which. Where all the open windows
        lie in each other, it is the innermost; else what encloses all of them, or the oldest
        one: its energy holds what the thread uses.
        """
        windows = self._all()
        if not windows:
            return running
        chains = [list(outwards(one)) for one in windows]
        common = [one for one in chains[0] if all(one in chain for chain in chains)]
        deepest = max(chains, key=len)
        if all(one in deepest for one in windows):
            return deepest[0]
        return common[0] if common else windows[0]

    def _all(self) -> list[OpenWindow]:
        found = (one() for one in self._open)
        return [one for one in found if one is not None and one.window.end is None]


def count_in(
    weighing: OpenWindow, forks: int, unit: str, count: float, energy_j: Figure | None = None
) -> bool:
    """Count in a window, also where it has just been closed, and in the open ones around it;
    false where there are too many units already. Loops call this: it takes a microsecond.
    """
    key = _thread(), singular(unit)
    inner: Counts | None = None
    one: OpenWindow | None = weighing
    while one is not None:
        if one.window.end is None or one is weighing:
            counts = one.counts
            if counts is None or counts.forks != forks:
                one.counts = counts = Counts(forks)
            known = counts.counted.get(key)
            if known is None:
                if len(counts.units) >= MOST_UNITS and key[1] not in counts.units:
                    return False
                counts.units[key[1]] = None
                known = 0.0
            counts.counted[key] = known + count
            if energy_j is not None:
                counts.add_energy(key, energy_j)
            if inner is not None:
                inner.elsewhere[key] = inner.elsewhere.get(key, 0.0) + count
            inner = counts
        one = _around(one)
    return True


def outwards(weighing: OpenWindow | None) -> Iterator[OpenWindow]:
    """An open window and those around it that are open, the innermost first."""
    while weighing is not None:
        if weighing.window.end is None:
            yield weighing
        weighing = _around(weighing)


def _around(weighing: OpenWindow) -> OpenWindow | None:
    begun = weighing.begun
    return begun.around() if begun is not None and begun.around is not None else None


def _sum_of(unit: str, counts: dict[tuple[int, str], float]) -> float:
    return sum((count for (_, of), count in list(counts.items()) if of == unit), 0.0)
