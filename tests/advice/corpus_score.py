"""How the advice did on the corpus, against what was measured."""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.advice.corpus_cases import Case
from tests.advice.corpus_forms import FORMS
from tests.advice.corpus_labels import Label, load
from tests.advice.corpus_run import Nurseries


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, what was found in it, and the label of the change that was measured.

    `fired`: it would be shown unasked; what is only listed counts as silent.
    `change`: the text that is measured. `label`: `None` if that text was not, or the case
    is a fixed one (there is nothing to change) or a cited one.
    """

    case: Case
    fired: bool
    saving: tuple[float, float] | None
    change: str | None
    by_rule: bool
    label: Label | None
    seen: dict[str, Any]

    @property
    def saves(self) -> bool:
        """Whether the rule should fire: the change was measured to save."""
        if self.case.cited:
            return self.case.state == "smell"
        return self.label is not None and self.label.outcome == "saves"

    @property
    def harms(self) -> bool:
        """Whether the change was measured to harm."""
        return self.label is not None and self.label.outcome == "harms"

    @property
    def counts(self) -> bool:
        """Whether this is part of precision and recall: it rests on a measurement."""
        if self.case.cited:
            return False
        return self.case.state == "fixed" or self.label is not None

    def fired_as(self, form: str) -> bool:
        """Whether the rule would be shown for the same cell in another form."""
        return self.case.rule in {rule for rule, _ in self.seen["forms"][form]["found"]}


class Judge:
    """Looks at each case once."""

    def __init__(self) -> None:
        self.nurseries = Nurseries()
        self.labels = load()
        self.judge = functools.cache(self._judge)

    def _judge(self, case: Case) -> Judged:
        seen = self.nurseries.look(case)
        mine = next((one for one in seen["found"] if one["rule"] == case.rule), None)
        written = mine["change"]["text"] if mine and mine["change"] else None
        # What the rule itself writes is judged before what people would write.
        by_rule = case.state != "fixed" and written is not None
        change = written if by_rule else case.change
        label = self.labels.get(case.name) if change is not None else None
        if label is not None and (change is None or label.digest != case.digest(change)):
            label = None
        cited = mine["saving"] if mine else None
        return Judged(
            case=case,
            fired=mine is not None and mine["status"] == "shown",
            saving=(cited["low"], cited["high"]) if cited else None,
            change=change,
            by_rule=by_rule,
            label=label,
            seen=seen,
        )


def by_form(judged: Sequence[Judged]) -> dict[str, tuple[float | None, float | None]]:
    """Precision and recall of the cells in each form; `None` of nothing."""
    counted = [one for one in judged if one.counts]
    found = {}
    for form in FORMS:
        fired = [one for one in counted if one.fired_as(form)]
        right, saving = sum(one.saves for one in fired), sum(one.saves for one in counted)
        found[form] = (
            right / len(fired) if fired else None,
            right / saving if saving else None,
        )
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of cases that rest on a measurement, and what follows from them."""

    cases: int
    fired: int
    right: int
    saving_cases: int
    harmful: int
    savings: tuple[float, ...]
    cited: tuple[float, float] | None
    covered: int
    with_range: int

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> Score:
        """The score of these; cases that rest on no measurement are left out."""
        counted = [one for one in judged if one.counts]
        fired = [one for one in counted if one.fired]
        measured = [one for one in fired if one.label and one.saving]
        ranges = [one.saving for one in fired if one.saving]
        return cls(
            cases=len(counted),
            fired=len(fired),
            right=sum(one.saves for one in fired),
            saving_cases=sum(one.saves for one in counted),
            harmful=sum(one.harms for one in fired),
            savings=tuple(one.label.saving for one in fired if one.label),
            cited=(min(low for low, _ in ranges), max(high for _, high in ranges))
            if ranges
            else None,
            covered=sum(
                one.saving[0] <= one.label.saving <= one.saving[1]
                for one in measured
                if one.saving and one.label
            ),
            with_range=len(measured),
        )

    @property
    def precision(self) -> float | None:
        """The share of firings whose change saves; `None` if it never fired."""
        return self.right / self.fired if self.fired else None

    @property
    def recall(self) -> float | None:
        """The share of changes that save which were found; `None` if none saves."""
        return self.right / self.saving_cases if self.saving_cases else None

    @property
    def harm(self) -> float | None:
        """The share of firings whose change harms."""
        return self.harmful / self.fired if self.fired else None

    @property
    def coverage(self) -> float | None:
        """The share of measured savings that lie in the range the advice cites."""
        return self.covered / self.with_range if self.with_range else None

    @property
    def median_saving(self) -> float | None:
        """The middle of the measured savings."""
        return statistics.median(self.savings) if self.savings else None


def wilson_low(hits: int, of: int) -> float | None:
    """The lower end of Wilson's 95 % interval for a share (Wilson 1927); `None` of nothing."""
    if not of:
        return None
    z = 1.959964
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of)
