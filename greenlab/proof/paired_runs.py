"""Run both versions in pairs, AB BA AB BA, after a warm-up, until a look decides."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from greenlab import units
from greenlab.proof import statistics as pairs
from greenlab.proof.backends.backend import Bench, GoneError
from greenlab.proof.pair_series import PairSeries
from greenlab.proof.protocol import SEED, Outcome, Terms
from greenlab.proof.result_values import agreement
from greenlab.record import Agreement, Progress, Verdict
from greenlab.record.proof_progress import BUSY, ProofStage
from greenlab.record.verdict import VerdictStatus

_LONGEST_S: Final = 600.0
"""A run may take so long where nothing is known of how long the cell takes."""
_PATIENCE: Final = 20.0
_LEAST_S: Final = 30.0
"""Else so many times the longest known run, and this at least. A version that hangs must end;
these are chosen so that one that is merely slow on a busy machine does not.
"""
_TOO_LITTLE_S: Final = 1e-3
"""Of processor time: what adds less is not worth a proof, nor distinguishable from noise."""


class _OverError(Exception):
    """The trial ends here, before a look decided; the message says why."""

    def __init__(self, reason: str, status: VerdictStatus = "inconclusive") -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass
class SequentialTest:
    """One series of pairs on a bench. `stopped` says whether somebody asked it to end.

    `expected_s`: how long a run of the first version takes, if that is known. `others`: the
    share of the CPUs that other programs kept busy before.
    """

    bench: Bench
    terms: Terms
    progress: Callable[[Progress], None]
    stopped: Callable[[], bool]
    expected_s: float | None = None
    others: float | None = None
    hardware: str = ""

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._series = PairSeries(self.terms)

    def verdict(self) -> Verdict:
        """Take turns until a look decides, the budget is used up, or somebody stops it."""
        try:
            self._warm_up()
            status, reason = self._looks()
        except _OverError as end:
            status, reason = end.status, end.reason
        except GoneError:
            status, reason = "inconclusive", "stopped"
        except TimeoutError:
            status, reason = "inconclusive", self._late()
        return self._series.verdict(status, reason, self._spent_s())

    def stopped_verdict(self) -> Verdict:
        """What is known when it was interrupted."""
        return self._series.verdict("inconclusive", "stopped", self._spent_s())

    def _warm_up(self) -> None:
        """Each version once, for what only a first run pays; later runs find it loaded."""
        self._say("warming up")
        cold = [self._run(which, SEED) for which in (0, 1)]
        self._series.first = None if self.bench.pauses else cold[1]
        self.hardware = cold[0].hardware
        self._compare_results(*cold)
        self.bench.load(sorted({name for one in cold for name in one.modules}))
        self._check_budget(
            self.terms.looks[0], 2 * statistics.fmean(one.duration_s for one in cold)
        )

    def _check_budget(self, look: int, pair_s: float) -> None:
        """End now where the budget ends before this look, as nothing is decided between looks.

        On a busy machine pairs take long: what is left is then not spent in vain.
        """
        budget_s = self.terms.budget_s
        more = look - self._series.count
        if budget_s is not None and self._spent_s() + more * pair_s > budget_s:
            takes, budget = units.durations(more * pair_s, budget_s)
            pairs_more = f"{more} more pairs" if self._series.count else f"{more} pairs"
            raise _OverError(
                f"{pairs_more} of runs, about {takes}, are needed to tell: more than is left "
                f"of the budget of {budget}. {self._what_helps('give it more time')}"
            )

    def _what_helps(self, otherwise: str) -> str:
        """What to do about runs that are slow, or differ."""
        if self.others is None or self.others < BUSY:
            return otherwise.capitalize()
        share = units.percent(self.others, 2)
        return (
            f"Other programs kept {share} of the machine busy: test it when less else runs, or "
            f"{otherwise}"
        )

    def _compare_results(self, before: Outcome, after: Outcome) -> None:
        """Whether a promise of the same results is kept. A metric, where one was given, is
        asked instead; a cell that does not repeat itself says nothing.
        """
        found = self._series.agreement = _agreement(before, after)
        if found is None or found.kept or self.terms.metric is not None:
            return
        itself = _agreement(before, self._run(0, SEED))
        if itself is None or not itself.kept:
            self._series.agreement = None
            return
        raise _OverError("the change promises the same results", "quality-failed")

    def _looks(self) -> tuple[VerdictStatus, str | None]:
        series, holds = self._series, None
        began_s = self._spent_s()
        for look in self.terms.looks:
            if series.count:
                turns = series.count + series.discarded
                self._check_budget(look, (self._spent_s() - began_s) / turns)
            while series.count < look:
                self._pair()
            found, holds = pairs.judge(series.ratio(), self.terms.margin), series.holds()
            if holds is False:
                return (
                    "quality-failed",
                    f"the metric falls by more than {self.terms.max_drop:g}",
                )
            if found == "rejected":
                margin = units.percent(self.terms.margin, 2)
                return "rejected", f"a saving of {margin} is ruled out"
            if found == "verified" and holds:
                return "verified", None
            if found == "open" and series.is_hopeless():
                break
        if holds is None:
            return "inconclusive", "whether the metric holds is not clear yet"
        if series.count < self.terms.looks[-1]:
            more = "the runs differ too much to tell, and more of them would not change that"
        else:
            more = "the runs differ too much to tell"
        helps = self._what_helps("compare longer runs: on more data, or with more rounds")
        return "inconclusive", f"{more}. {helps}"

    def _pair(self) -> None:
        series = self._series
        turn = series.count + series.discarded
        order = (0, 1) if turn % 2 == 0 else (1, 0)
        pauses = self.bench.pauses
        found = {which: self._run(which, SEED + 1 + turn) for which in order}
        if self.bench.pauses != pauses:
            series.discarded += 1
        else:
            series.before.append(found[0])
            series.after.append(found[1])
        self._say("measuring")

    def _run(self, which: int, seed: int) -> Outcome:
        if self.stopped():
            raise _OverError("stopped")
        outcome = self.bench.run(which, seed, self._limit_s())
        self._series.all.append(outcome)
        name = ("the first version", "the changed version")[which]
        if outcome.error is not None:
            status: VerdictStatus = "unsafe" if outcome.outside else "inconclusive"
            if outcome.unfit:
                raise _OverError(outcome.error)
            if outcome.in_metric:
                raise _OverError(f"{outcome.error} (after {name})", status)
            again = "" if which else " when run again"
            raise _OverError(f"{name} failed{again}: {outcome.error}", status)
        energy = outcome.energy_j
        if energy.value is None:
            raise _OverError(f"energy is not known here: {energy.reason or 'no sensor'}")
        if energy.value <= 0 or energy.bound_only:
            raise _OverError(f"{name} is too short to be measured")
        if which == 0 and _adds_nothing(outcome):
            raise _OverError(
                f"{name} adds too little work to be compared: it waits, or is short"
            )
        return outcome

    def _limit_s(self) -> float:
        """How long a run may take before it counts as hanging."""
        known = [one.duration_s for one in self._series.all] or [self.expected_s or 0.0]
        limit_s = max(_LEAST_S, _PATIENCE * max(known)) if max(known) else _LONGEST_S
        if self.terms.budget_s is not None:
            limit_s = min(limit_s, self.terms.budget_s - self._spent_s())
            if limit_s <= 0:
                raise _OverError(self._late())
        return limit_s

    def _late(self) -> str:
        budget_s = self.terms.budget_s
        if budget_s is not None and self._spent_s() >= budget_s - 0.1:
            return f"the budget of {units.duration(budget_s)} is used up"
        return (
            "a run did not end: it took far longer than the one before, or a library's threads "
            "are lost in a copy of this kernel"
        )

    def _spent_s(self) -> float:
        return time.monotonic() - self._began

    def _say(self, stage: ProofStage) -> None:
        series = self._series
        self.progress(
            Progress(
                stage,
                series.count,
                self.terms.looks[-1],
                self._spent_s(),
                series.cost_j(),
                series.ratio().mean if series.count > 1 else None,
                series.discarded,
                self.others,
            )
        )


def _adds_nothing(outcome: Outcome) -> bool:
    """Whether a run only waited; what a counter saw beyond idle power is work as well."""
    return outcome.cpu_s is not None and outcome.cpu_s < _TOO_LITTLE_S and not outcome.counted_j


def _agreement(before: Outcome, after: Outcome) -> Agreement | None:
    with contextlib.suppress(Exception):  # comparing objects of libraries may raise
        return agreement(before.results, after.results)
    return None
