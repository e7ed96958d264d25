"""What proofs on this machine taught about a rule: its range here, and when to keep quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from greenlab import units
from greenlab.record import Proven, Saving, Verdict

MEASURED: Final = "measured here"
_LEAST_PAIRS: Final = 3
_ENOUGH: Final = 2
_ENOUGH_CELLS: Final = 4
"""In so many different cells a rule must have been wrong before it is quiet in others."""
_AGAINST: Final = frozenset({"rejected", "quality-failed"})
_DECIDED: Final = _AGAINST | {"verified", "inconclusive"}


def narrowed(saving: Saving | None, proven: Sequence[Proven]) -> Saving | None:
    """The range that the proofs here span, in place of the cited one; below 0 is a loss.

    A cited range that no proof here speaks to stays as it is.
    """
    ranges = [
        (1 - one.high, 1 - one.low)
        for one in _measured(proven)
        if one.low is not None and one.high is not None
    ]
    if not ranges:
        return saving
    proofs = "1 proof" if len(ranges) == 1 else f"{len(ranges)} proofs"
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    source = f"{MEASURED}, {proofs}"
    if saving is None:
        return Saving(low, high, source)
    ends = " to ".join(units.percent(end, 2) for end in (saving.low, saving.high))
    cited = f"{ends}, {saving.source}"
    if saving.source.startswith(MEASURED):  # the range of an earlier proof, already beside it
        _, _, cited = saving.source.partition("; cited: ")
    if not cited:
        return replace(saving, low=low, high=high, source=source)
    return replace(saving, low=low, high=high, source=f"{source}; cited: {cited}")


def quiet(proven: Sequence[Proven], source_hash: str | None) -> bool:
    """Whether the rule has been wrong so often that it should not speak of this code.

    So it is when most of two proofs or more of this very code ruled its saving out or its
    quality failed; for code that was not proven, when it went so in most of several cells.
    """
    by_code: dict[str | None, list[Proven]] = {}
    for one in proven:
        by_code.setdefault(one.source_hash, []).append(one)
    if source_hash in by_code:
        return _fails(by_code[source_hash], _ENOUGH)
    failing = sum(_fails(proofs, 1) for proofs in by_code.values())
    return failing >= _ENOUGH_CELLS and 2 * failing > len(by_code)


def _fails(proven: Sequence[Proven], least: int) -> bool:
    decided = [one for one in _measured(proven) if one.status in _DECIDED]
    against = [one for one in decided if one.status in _AGAINST]
    return len(decided) >= least and 2 * len(against) > len(decided)


def _measured(proven: Sequence[Proven]) -> list[Verdict]:
    return [one.verdict for one in proven if one.verdict.pairs >= _LEAST_PAIRS]
