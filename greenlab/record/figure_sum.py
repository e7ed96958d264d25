"""The sum of figures: its value, its uncertainty and the parts that it lacks.

The rules are here alone. `src/model/sums.ts` follows them (`tests/sums_cases.json`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, TypeVar

from greenlab.record.figure import Figure, Tier, worst

SOME_CELLS: Final = "some cells"
"""What a sum over cells lacks where one is missing and does not say more."""

T = TypeVar("T")

MOST_REASONS: Final = 5
"""So many different reasons are read; of further ones a sum says how many there are."""


class FigureSum:
    """The sum of many figures, kept in constant time and memory per change.

    Bounds add up (no independence is claimed), the level is the lowest of the parts, the
    tier the worst of the known parts. A missing part leaves the sum without an upper bound, and
    its gaps, or its name, go into `lacks`; without any known part the sum is missing itself.
    """

    __slots__ = (
        "_empty",
        "_gaps",
        "_high",
        "_levels",
        "_low",
        "_reasons",
        "_tiers",
        "_unbounded",
        "_value",
        "count",
    )

    def __init__(self, empty: str) -> None:
        """`empty` is the reason given while nothing was added."""
        self._empty = empty
        self.count = 0
        """How many figures are in it, known or not."""
        self._value = self._low = self._high = 0.0
        self._unbounded = 0
        self._tiers: defaultdict[Tier, int] = defaultdict(int)
        self._levels: defaultdict[float, int] = defaultdict(int)
        self._gaps: defaultdict[str, int] = defaultdict(int)
        self._reasons: defaultdict[str, int] = defaultdict(int)

    def add(self, figure: Figure, sign: int = 1) -> None:
        """Add a figure, or with `sign=-1` take one back that was added before."""
        self.add_many(figure if sign == 1 else figure.scaled(sign), sign)

    def add_many(self, figure: Figure, count: int = 1, name: str = SOME_CELLS) -> None:
        """Add the sum of so many figures that differ in their numbers alone.

        `name`: what is lacking where the figure is missing and does not say more.
        """
        self.count += count
        known = figure.value is not None
        for gap in figure.lacks or (() if known else (name,)):
            self._gaps[gap] += count
        if figure.reason:
            self._reasons[figure.reason] += count
        if figure.value is None:
            return
        self._value += figure.value
        self._low += figure.low or 0.0
        if figure.high is None:
            self._unbounded += count
        else:
            self._high += figure.high
        self._tiers[figure.tier] += count
        self._levels[figure.level] += count

    def merge(self, other: FigureSum) -> None:
        """Add all that another one holds."""
        self.count += other.count
        self._value += other._value
        self._low += other._low
        self._high += other._high
        self._unbounded += other._unbounded
        _add_counts(self._tiers, other._tiers)
        _add_counts(self._levels, other._levels)
        _add_counts(self._gaps, other._gaps)
        _add_counts(self._reasons, other._reasons)

    @property
    def figure(self) -> Figure:
        """The sum now."""
        gaps, reason = tuple(_present(self._gaps)), self._reason()
        tiers = _present(self._tiers)
        if not tiers:
            return Figure.missing(reason or self._empty, gaps)
        return Figure(
            self._value,
            max(self._low, 0.0),
            None if gaps or self._unbounded else self._high,
            min(_present(self._levels)),
            worst(tiers),
            reason,
            gaps,
        )

    def _reason(self) -> str | None:
        reasons = _present(self._reasons)
        more = len(reasons) - MOST_REASONS
        if more > 0:
            reasons = [*reasons[:MOST_REASONS], f"and {more} more reasons"]
        return "; ".join(reasons) or None


def total(parts: Iterable[tuple[str, Figure]]) -> Figure:
    """The sum of named figures, by the rules of `FigureSum`."""
    named = tuple(parts)
    whole = _total_of_whole([figure for _, figure in named])
    if whole is not None:
        return whole
    found = FigureSum("no sensor")
    for name, figure in named:
        found.add_many(figure, 1, name)
    return found.figure


def _total_of_whole(figures: list[Figure]) -> Figure | None:
    """The same where nothing is missing or to be said, as mostly, in a third of the time;
    `None` elsewhere.
    """
    value, low, high, level = 0.0, 0.0, 0.0, math.inf
    tiers: set[Tier] = set()
    for one in figures:
        if one.value is None or one.low is None or one.high is None or one.reason or one.lacks:
            return None
        value += one.value
        low += one.low
        high += one.high
        level = min(level, one.level)
        tiers.add(one.tier)
    if not figures:
        return None
    tier = tiers.pop() if len(tiers) == 1 else worst(tiers)
    return Figure(value, max(low, 0.0), high, level, tier)


def _present(counts: dict[T, int]) -> list[T]:
    return [key for key, count in counts.items() if count > 0]


def _add_counts(mine: defaultdict[T, int], other: dict[T, int]) -> None:
    for key, count in other.items():
        mine[key] += count
