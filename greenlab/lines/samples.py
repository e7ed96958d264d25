"""What the samples of one window came to: CPU time and elapsed time by line, in slots of time.

Added up at once, and bounded: at most `KEYS` different things seen, in at most `SLOTS` slots,
which grow as the window does. The slots are there for the power, which changes over time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from greenlab.lines.stack import Seen

KEYS: Final = 400
LINES: Final = 100
"""Lines that are added when there are so many already, without what they call."""
SHORT: Final = 3
"""As many landmarks as tell what is called, where all would be too many different ones."""
SLOTS: Final = 32
FIRST_SLOT_S: Final = 0.1
CERTAIN: Final = 2.0
"""A sample that comes later than so many periods was held up by the very line it sees: what is
uncertain of it is no more than of others."""


class Spent(NamedTuple):
    """CPU seconds and elapsed seconds."""

    cpu_s: float
    duration_s: float


class Used(NamedTuple):
    """What was used between two looks, at monotonic times. `period_s`: the usual time between
    two. `looks`: how many in a row saw the same; 0 for a part of what a look saw that is
    counted with the other part. `of_time`: the part of the time in between that is charged;
    other threads have the rest.
    """

    cpu_s: float
    since: float
    until: float
    period_s: float
    looks: int = 1
    of_time: float = 1.0


class Slot(NamedTuple):
    """A stretch of time in a window, and what was spent in it on each key. Monotonic."""

    begun: float
    ended: float
    spent: dict[int, Spent]


class Samples:
    """Not locked: one thread adds, and it is read when that is over."""

    def __init__(self, begun: float) -> None:
        self.begun: Final = begun
        self.counts: list[float] = []
        """How many samples saw each key."""
        self.seen: list[Seen] = []
        self.squares = [0.0, 0.0, 0.0]
        """Sums over all samples: CPU seconds squared, elapsed seconds squared, and their
        product; they tell how many samples of one size these are worth.
        """
        self.covered_s = 0.0
        """Elapsed seconds that samples stand for, whether or not a line was seen."""
        self._indices: dict[Seen, int] = {}
        self._slots: list[dict[int, list[float]]] = []
        self._width_s = FIRST_SLOT_S

    def __bool__(self) -> bool:
        return bool(self.counts)

    @property
    def slots(self) -> Iterator[Slot]:
        """What was spent, in the order of time."""
        for index, spent in enumerate(self._slots):
            begun = self.begun + index * self._width_s
            yield Slot(
                begun,
                begun + self._width_s,
                {key: Spent(cpu_s, time_s) for key, (cpu_s, time_s) in spent.items()},
            )

    @property
    def total(self) -> dict[int, Spent]:
        """What was spent on each key in all."""
        sums: dict[int, list[float]] = {}
        for slot in self._slots:
            for key, (cpu_s, time_s) in slot.items():
                whole = sums.setdefault(key, [0.0, 0.0])
                whole[0] += cpu_s
                whole[1] += time_s
        return {key: Spent(cpu_s, time_s) for key, (cpu_s, time_s) in sums.items()}

    def add(self, seen: Seen, used: Used, part: float = 1.0) -> None:
        """Charge a part of what was used since the last look to what was seen."""
        key = self._key(seen)
        if key is None:
            return
        self.counts[key] += part * used.looks
        looks = max(1, used.looks)
        duration_s = max(0.0, used.until - used.since)
        usual_s = CERTAIN * used.period_s * looks
        sure = min(1.0, usual_s / duration_s) if duration_s > 0 else 1.0
        cpu, time = used.cpu_s * part * sure, duration_s * used.of_time * part * sure
        self.squares[0] += cpu * cpu / looks
        self.squares[1] += time * time / looks
        self.squares[2] += cpu * time / looks
        self._spread(key, used, part)

    def _key(self, seen: Seen) -> int | None:
        if seen.inner is None:
            return None
        key = self._indices.get(seen)
        if key is None and len(self.seen) >= KEYS:
            key = self._indices.get(seen._replace(landmarks=seen.landmarks[:SHORT]))
        if key is None and len(self.seen) >= KEYS:
            seen = seen._replace(landmarks=(), called_by=(), through=())
            key = self._indices.get(seen)
            if key is None and len(self.seen) >= KEYS + LINES:
                return None
        if key is None:
            key = self._indices[seen] = len(self.seen)
            self.seen.append(seen)
            self.counts.append(0.0)
        return key

    def _spread(self, key: int, used: Used, part: float) -> None:
        """Into the slots that lie between two times, evenly."""
        since, until = used.since, used.until
        slot = int((until - self.begun) / self._width_s)
        if slot < len(self._slots) and since - self.begun >= slot * self._width_s:
            spent = self._slots[slot].get(key)  # as is most often the case
            if spent is not None:
                spent[0] += used.cpu_s * part
                spent[1] += (until - since) * used.of_time * part
                return
        since = max(since, self.begun)
        until = max(until, since)
        while until - self.begun >= SLOTS * self._width_s:
            self._widen()
        first = int((since - self.begun) / self._width_s)
        last = int((until - self.begun) / self._width_s)
        while len(self._slots) <= last:
            self._slots.append({})
        for index in range(first, last + 1):
            begun = max(since, self.begun + index * self._width_s)
            ended = min(until, self.begun + (index + 1) * self._width_s)
            inside_s = max(0.0, ended - begun)
            inside = inside_s / (until - since) if until > since else 1.0
            spent = self._slots[index].setdefault(key, [0.0, 0.0])
            spent[0] += used.cpu_s * part * inside
            spent[1] += inside_s * used.of_time * part

    def _widen(self) -> None:
        old = self._slots
        merged = []
        for index in range(0, len(old), 2):
            slot = {key: list(spent) for key, spent in old[index].items()}
            for key, (cpu_s, time_s) in (
                old[index + 1] if index + 1 < len(old) else {}
            ).items():
                spent = slot.setdefault(key, [0.0, 0.0])
                spent[0] += cpu_s
                spent[1] += time_s
            merged.append(slot)
        self._slots = merged
        self._width_s *= 2
