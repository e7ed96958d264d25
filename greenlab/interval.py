"""A number that is known between two bounds: the arithmetic of sensors and the meter."""

from __future__ import annotations

from typing import NamedTuple


class Interval(NamedTuple):
    """A best value between two bounds, all in the unit the field's name gives."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> Interval:
        """All three times a non-negative factor."""
        return Interval(self.low * factor, self.mid * factor, self.high * factor)
