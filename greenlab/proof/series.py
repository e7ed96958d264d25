"""The pairs so far, and what they say together."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from greenlab.proof import statistics as pairs
from greenlab.proof.terms import Outcome, Terms, said
from greenlab.record import Agreement, Quality, Verdict, worst
from greenlab.record.verdict import VerdictStatus, less_or_more

MODELLED: Final = (
    "modelled: no counter covers all of it here, so joules follow CPU time; the interval is "
    "of the runs' spread and not of the model's own error"
)


@dataclass
class Series:
    """`before` and `after` are the pairs, `all` every run, `first` the new version's first.

    `disturbed`: pairs that do not count; `discarded`: how many of them, and of those that a
    cell of the user's fell into.
    """

    terms: Terms
    before: list[Outcome] = field(default_factory=list)
    after: list[Outcome] = field(default_factory=list)
    all: list[Outcome] = field(default_factory=list)
    disturbed: list[tuple[Outcome, Outcome]] = field(default_factory=list)
    first: Outcome | None = None
    discarded: int = 0
    agreement: Agreement | None = None

    @property
    def count(self) -> int:
        """How many pairs count."""
        return len(self.before)

    @property
    def level(self) -> float:
        """The level of each look."""
        return pairs.level(self.terms.looks)

    def ratio(self) -> pairs.Interval:
        """Energy after over energy before."""
        return pairs.ratio(*self._energies(), self.level)

    def drop(self) -> pairs.Interval:
        """By how much the metric falls."""
        both = zip(_quality(self.before), _quality(self.after), strict=True)
        return pairs.interval([before - after for before, after in both], self.level)

    def holds(self) -> bool | None:
        """Whether the metric falls by no more than it may; `None`: that is open."""
        if self.terms.max_drop is None:
            return True
        drop = self.drop()
        if drop.high <= self.terms.max_drop:
            return True
        return False if drop.low > self.terms.max_drop else None

    def cost_j(self) -> float | None:
        """Joules of all runs; `None` where one is not known."""
        if not self.all or any(one.energy_j.value is None for one in self.all):
            return None
        return sum(_joules(self.all))

    def verdict(self, status: VerdictStatus, reason: str | None, spent_s: float) -> Verdict:
        """All of it, as the verdict that somebody else came to."""
        tier = worst(one.energy_j.tier for one in self.all)
        verdict = Verdict(
            None,
            None,
            None,
            pairs=self.count,
            tier=tier,
            note=MODELLED if self.count and tier in ("modelled", "assumed") else None,
            status=status,
            reason=reason,
            level=self.level,
            margin=self.terms.margin,
            discarded=self.discarded,
            cost_j=self.cost_j(),
            duration_s=spent_s,
            agreement=self.agreement,
        )
        if not self.count:
            return replace(verdict, note=self._seen())
        verdict = replace(
            verdict,
            before_j=statistics.fmean(_joules(self.before)),
            after_j=statistics.fmean(_joules(self.after)),
            one_off_j=self._one_off(),
            quality=self._quality(),
        )
        if self.count < 2:
            return replace(verdict, ratio=pairs.mean_ratio(*self._energies()))
        low, mean, high = self.ratio()
        return replace(verdict, ratio=mean, low=low, high=high)

    def _energies(self) -> tuple[list[float], list[float]]:
        return _joules(self.before), _joules(self.after)

    def _seen(self) -> str | None:
        """What the pairs that do not count showed, where none does."""
        if not self.disturbed:
            return None
        before, after = zip(*self.disturbed, strict=True)
        ratio = pairs.mean_ratio(_joules(before), _joules(after))
        return f"the runs that were left out showed {less_or_more(ratio, 2)} energy"

    def _one_off(self) -> float | None:
        """What the first run took beyond the later ones, where it is beyond their spread."""
        first = self.first.energy_j.value if self.first else None
        if first is None or self.count < 3:
            return None
        after = _joules(self.after)
        beyond = first - statistics.fmean(after)
        return beyond if beyond > 3 * statistics.stdev(after) else None

    def _quality(self) -> Quality | None:
        metric = self.terms.metric
        if metric is None:
            return None
        return Quality(
            said(metric),
            statistics.fmean(_quality(self.before)),
            statistics.fmean(_quality(self.after)),
            self.drop().high if self.count > 1 else None,
            self.terms.max_drop,
        )


def _joules(runs: Sequence[Outcome]) -> list[float]:
    return [one.energy_j.value for one in runs if one.energy_j.value is not None]


def _quality(runs: Sequence[Outcome]) -> list[float]:
    return [one.quality for one in runs if one.quality is not None]
