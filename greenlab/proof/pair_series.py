"""The pairs of runs so far, and the verdict that they give together."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from greenlab import units
from greenlab.proof import statistics as pairs
from greenlab.proof.protocol import Outcome, Terms, said
from greenlab.record import Agreement, Quality, Tier, Verdict, worst
from greenlab.record.proof_progress import BUSY
from greenlab.record.verdict import VerdictStatus

MODELLED: Final = (
    "modelled: no counter covers all of it here, so joules follow CPU time; the interval is "
    "of the runs' spread and not of the model's own error"
)

LEAST_SHARE: Final = 1e-3
"""Of a run's energy: the least that its work is taken to add."""
LEAST_CPU_S: Final = 1e-4
"""What opening and closing a window costs: processor time below that says nothing."""


@dataclass
class PairSeries:
    """`before` and `after` are the pairs, `all` every run, `first` the new version's first.

    A ratio is of what the versions add, which other programs disturb little: of counters, the
    energy without idle power; of models, processor time, as it is all that they follow.
    `discarded`: pairs that do not count, as a cell of the user's fell into them.
    """

    terms: Terms
    before: list[Outcome] = field(default_factory=list)
    after: list[Outcome] = field(default_factory=list)
    all: list[Outcome] = field(default_factory=list)
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

    def ratio(self) -> pairs.RatioInterval:
        """What the new version adds, over what the old one does."""
        return pairs.ratio(self.added_j(self.before), self.added_j(self.after), self.level)

    def is_hopeless(self) -> bool:
        """Whether the last look would find no more than this one."""
        before, after = self.added_j(self.before), self.added_j(self.after)
        logs = [math.log(b / a) for a, b in zip(before, after, strict=True)]
        bound = math.log(1 - self.terms.margin)
        return pairs.is_hopeless(logs, bound, self.terms.looks[-1], self.level)

    def added_j(self, runs: Sequence[Outcome]) -> list[float]:
        """What the work of some runs added, in joules; all of the energy where that is open."""
        per_cpu_s = self._watts()
        if per_cpu_s is None:
            return _joules(runs)
        added = [
            (one.counted_j or 0.0) + per_cpu_s * max(one.cpu_s or 0.0, LEAST_CPU_S)
            for one in runs
        ]
        # A counter may show no more than idle power: that is little, and not nothing.
        least = [LEAST_SHARE * (one.energy_j.value or 0.0) for one in runs]
        return list(map(max, added, least))

    def _watts(self) -> float | None:
        """Modelled joules a second of processor time, over all runs of both versions.

        A model's joules follow the load of the whole machine, other programs' as well, which
        comes and goes; the processor time is the run's own.
        """
        if any(one.cpu_s is None for one in self.all):
            return None
        known = [one.modelled_j for one in self.all if one.modelled_j is not None]
        if not known and any(one.counted_j is None for one in self.all):
            return None
        whole_s = sum(max(one.cpu_s or 0.0, LEAST_CPU_S) for one in self.all)
        return sum(known) / whole_s if whole_s > 0 else None

    def drop(self) -> pairs.RatioInterval:
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
            note=self._note(tier),
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
            return verdict
        added = self._watts() is not None
        before_j, after_j = self.added_j(self.before), self.added_j(self.after)
        verdict = replace(
            verdict,
            ratio_of="added" if added else "energy",
            before_j=statistics.fmean(_joules(self.before)),
            after_j=statistics.fmean(_joules(self.after)),
            before_added_j=statistics.fmean(before_j) if added else None,
            after_added_j=statistics.fmean(after_j) if added else None,
            one_off_j=self._one_off(),
            quality=self._quality(),
        )
        if self.count < 2:
            return replace(verdict, ratio=pairs.mean_ratio(before_j, after_j))
        low, mean, high = self.ratio()
        return replace(verdict, ratio=mean, low=low, high=high)

    def _note(self, tier: Tier) -> str | None:
        """What has to be known with the figures."""
        notes = [MODELLED] if self.count and tier in ("modelled", "assumed") else []
        others = statistics.fmean(one.foreign for one in self.all) if self.all else 0.0
        if others > BUSY:
            share = units.percent(others, 2)
            notes.append(f"other programs kept {share} of the machine busy")
        hot = sum(one.throttled for one in self.all)
        if hot:
            runs = f"{hot} of {len(self.all)} runs"
            notes.append(f"the processor held itself back for heat in {runs}")
        return "; ".join(notes) or None

    def _one_off(self) -> float | None:
        """What the first run took beyond the later ones, where it is beyond their spread."""
        if self.first is None or self.count < 3:
            return None
        (first,) = self.added_j([self.first]) or (None,)
        if first is None:
            return None
        after = self.added_j(self.after)
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
