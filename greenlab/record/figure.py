"""A figure: a number with its uncertainty, its source and the parts that it lacks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from greenlab import units
from greenlab.lazy_dataclasses import dataclass

Tier = Literal["measured", "modelled", "assumed", "missing"]
TIERS: Final[tuple[Tier, ...]] = ("measured", "modelled", "assumed", "missing")

NOISE: Final = 0.01
"""Lower over upper bound up to which the upper one is all that a figure says."""


def worst(tiers: Iterable[Tier]) -> Tier:
    """The least trustworthy of some tiers; `missing` when there are none."""
    return max(tiers, key=TIERS.index, default="missing")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval, tier and gaps. The field that holds it names the unit.

    `value`, `low`, `high`: `None` when not known. `high` alone is `None` when a part of
    the figure is missing: the true value is then at least `low` and has no known bound.
    `level`: the share of cases in which the interval holds the truth.
    `reason`: why the value is missing, or a caveat. `lacks`: the parts left out.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    tier: Tier
    reason: str | None = None
    lacks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """`<Figure 24.4, 1.79 to 92.7, assumed>`, in the unit that the field's name tells."""
        if self.value is None:
            return f"<Figure missing: {self.reason}>"
        if self.low is None or self.high is None:
            text = f"{self.value:.4g}, at least {self.low or 0.0:.4g}"
        else:
            text = f"{self.value:.4g}, {self.low:.4g} to {self.high:.4g}"
        lacks = f", lacks {', '.join(self.lacks)}" if self.lacks else ""
        return f"<Figure {text}, {self.tier}{lacks}>"

    @classmethod
    def missing(cls, reason: str, lacks: tuple[str, ...] = ()) -> Figure:
        """A figure that is not known, and why."""
        return cls(None, None, None, 0.95, "missing", reason, lacks)

    @classmethod
    def within(
        cls, value: float, low: float, high: float, *, level: float, tier: Tier
    ) -> Figure:
        """A figure with a closed interval; the value is moved into it if it is outside.

        Raises:
            ValueError: a bound is not finite, or `low` is above `high`.
        """
        if not (math.isfinite(value) and math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"not finite: {value}, [{low}, {high}]")
        if low > high:
            raise ValueError(f"an interval needs low <= high, got [{low}, {high}]")
        return cls(min(max(value, low), high), low, high, level, tier)

    @property
    def is_wide(self) -> bool:
        """Whether the bounds are so far apart that the value has one digit.

        Without an upper bound: the lower one and the value.
        """
        return units.is_wide(self.low, self.value if self.high is None else self.high)

    @property
    def is_least(self) -> bool:
        """Whether the value is about the least that it can be: some part is not known."""
        incomplete = self.value is not None and (self.high is None or bool(self.lacks))
        return incomplete and not self.is_wide

    @property
    def bound_only(self) -> bool:
        """True where the interval reaches down to next to nothing.

        So it is in cells too short for a counter: the upper bound is then all that is
        known. Models' intervals are narrower than that.
        """
        if self.low is None or self.high is None:
            return False
        return self.low <= NOISE * self.high

    def scaled(self, factor: float) -> Figure:
        """This figure times an exact, non-negative factor (a unit, an intensity)."""
        if self.value is None:
            return self
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        # Not `replace`, which takes five times as long: each record has some.
        numbers = self.value * factor, low, high
        return Figure(*numbers, self.level, self.tier, self.reason, self.lacks)

    def at_best(self, tier: Tier) -> Figure:
        """This figure, with a tier no better than the one given."""
        least = worst((self.tier, tier))
        return self if least == self.tier else replace(self, tier=least)
