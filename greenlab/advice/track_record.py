"""What proofs on this machine taught about a rule: its range for a cell, when to be doubtful.

A proof tells of the code that it measured, on data of that size. Another cell, or the same on
ten times the rows, may save another share: there the cited range stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from greenlab import units
from greenlab.lazy_dataclasses import dataclass
from greenlab.record import Proven, Saving, Verdict

MEASURED: Final = "measured here"
DOUBTFUL: Final = "Tested on this machine, it did not pay for most cells."
_CITED: Final = "; cited: "
_ELSEWHERE: Final = "; in other cells here: "
_LEAST_PAIRS: Final = 3
_SAME_SIZE: Final = 2.0
"""Up to this factor between their energies, two runs of one code are on data of one size."""
_MANY: Final = 3
_AGAINST: Final = frozenset({"rejected", "quality-failed"})
_DECIDED: Final = _AGAINST | {"verified", "inconclusive"}


@dataclass(frozen=True, slots=True)
class Workload:
    """The code of a cell and the joules of one run of it, `None` if not known."""

    source_hash: str
    energy_j: float | None

    def is_of(self, proven: Proven) -> bool:
        """Whether a proof was of this code, on data of about this size."""
        if proven.source_hash != self.source_hash:
            return False
        before_j = proven.verdict.before_j
        if not before_j or not self.energy_j:
            return True
        return 1 / _SAME_SIZE <= self.energy_j / before_j <= _SAME_SIZE


def narrowed(
    saving: Saving | None, proven: Sequence[Proven], workload: Workload
) -> Saving | None:
    """The range that the last proof of this workload gave, in place of the cited one.

    Below 0 is a loss. It is never more than arithmetic allows: of 300 trees 200 can go,
    whatever was proven when there were 1,000. Proofs of other workloads change no range: they
    are named beside it.
    """
    measured = [one for one in proven if _range(one.verdict) is not None]
    own = [one for one in measured if workload.is_of(one)]
    cited = None if saving is None else _cited(saving)
    if own:
        low, high = _range(own[-1].verdict) or (0.0, 0.0)
        if saving is not None and saving.at_most is not None:
            low, high = min(low, saving.at_most), min(high, saving.at_most)
        if saving is None or cited is None:
            return Saving(low, high, MEASURED, of_j=saving.of_j if saving else None)
        if not saving.source.startswith(MEASURED):
            ends = " to ".join(units.percent(end, 2) for end in (saving.low, saving.high))
            cited = f"{ends}, {cited}"
        return replace(saving, low=low, high=high, source=f"{MEASURED}{_CITED}{cited}")
    others = [units.percent(1 - (one.verdict.ratio or 1.0), 2) for one in measured]
    if saving is None or cited is None or not others:
        return saving
    return replace(saving, source=f"{cited}{_ELSEWHERE}{', '.join(others[-_MANY:])}")


def quiet(proven: Sequence[Proven], workload: Workload) -> bool:
    """Whether the last proof of this workload ruled the saving out, or its quality failed."""
    own = [one.verdict for one in proven if workload.is_of(one)]
    decided = list(_decided(own))
    return bool(decided) and decided[-1].status in _AGAINST


def doubtful(proven: Sequence[Proven], workload: Workload) -> bool:
    """Whether the rule was wrong for most of three other cells or more.

    Then it is not shown unasked; for this cell nothing was proven yet.
    """
    if any(workload.is_of(one) for one in proven):
        return False
    last = {one.source_hash: one.verdict for one in proven}
    decided = list(_decided(last.values()))
    against = [one for one in decided if one.status in _AGAINST]
    return len(decided) >= _MANY and 2 * len(against) > len(decided)


def _decided(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    return (one for one in verdicts if one.pairs >= _LEAST_PAIRS and one.status in _DECIDED)


def _range(verdict: Verdict) -> tuple[float, float] | None:
    """The saving that a verdict spans, `None` where too little was measured."""
    if verdict.pairs < _LEAST_PAIRS or verdict.low is None or verdict.high is None:
        return None
    return 1 - verdict.high, 1 - verdict.low


def _cited(saving: Saving) -> str | None:
    """What was cited before any proof, from a range that a proof may have changed already."""
    source = saving.source.partition(_ELSEWHERE)[0]
    if not source.startswith(MEASURED):
        return source
    return source.partition(_CITED)[2] or None
