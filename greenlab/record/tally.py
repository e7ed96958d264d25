"""A running total whose parts can be taken back, for figures that settle later."""

from __future__ import annotations

from collections import Counter

from greenlab.record.figure import Figure, worst


class Tally:
    """The sum of many figures, kept in constant time and memory per change.

    Follows the rules of `greenlab.record.total`. A missing figure counts as one part that
    is not in the sum; its own gaps, or `some cells`, are named.
    """

    def __init__(self, empty: str) -> None:
        """`empty` is the reason given while nothing was added."""
        self._empty = empty
        self._value = self._low = self._high = 0.0
        self._unbounded = 0
        self._tiers: Counter[str] = Counter()
        self._levels: Counter[float] = Counter()
        self._gaps: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def add(self, figure: Figure, sign: int = 1) -> None:
        """Add a figure, or with `sign=-1` take one back that was added before."""
        for gap in figure.lacks or (("some cells",) if figure.value is None else ()):
            self._gaps[gap] += sign
        if figure.reason:
            self._reasons[figure.reason] += sign
        if figure.value is None:
            return
        self._value += sign * figure.value
        self._low += sign * (figure.low or 0.0)
        if figure.high is None:
            self._unbounded += sign
        else:
            self._high += sign * figure.high
        self._tiers[figure.tier] += sign
        self._levels[figure.level] += sign

    @property
    def figure(self) -> Figure:
        """The sum now."""
        gaps = tuple(name for name, count in self._gaps.items() if count > 0)
        reason = "; ".join(text for text, count in self._reasons.items() if count > 0)
        tiers = [tier for tier, count in self._tiers.items() if count > 0]
        if not tiers:
            return Figure.missing(reason or self._empty, gaps)
        return Figure(
            self._value,
            max(self._low, 0.0),
            None if gaps or self._unbounded else self._high,
            min(level for level, count in self._levels.items() if count > 0),
            worst(tiers),  # type: ignore[arg-type]
            reason or None,
            gaps,
        )
