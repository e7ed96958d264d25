"""From a cell that ran to advice: find in the kernel's thread, write in any other."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab.advice.analysis import machine_pace
from greenlab.advice.analysis.comparisons import is_experiment, times_itself
from greenlab.advice.rule import Listed, Rule
from greenlab.advice.rules import RULES
from greenlab.advice.signals import Signals
from greenlab.cellcode.introspect import BUDGET_S, Budget, Live, OutOfTimeError
from greenlab.cellcode.reached import Reading, Unit, reached
from greenlab.cellcode.source_hash import source_hash as hash_of
from greenlab.cellcode.source_text import SourceText, Texts
from greenlab.record import Advice, Change, Place, Saving

COMPARES: Final = "The cell times several things itself: it may compare ways of doing one."
MOST_SAVED: Final = 0.99
_OF_IDLE_GPU: Final = tuple(rule for rule in RULES if rule.of_idle_gpu)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired, as plain data: it holds none of the user's objects.

    `text`: where it found its place, which may be a function of an earlier cell or of a file.
    `listed`: not sure enough to be shown unasked.
    """

    rule: Rule[Any, Any]
    confirmed: Any
    facts: tuple[str, ...]
    listed: bool
    saving: Saving | None
    text: SourceText
    cell_id: str | None
    cell_index: int | None
    execution_count: int | None
    source_hash: str

    @property
    def projected(self) -> float:
        """The middle of the cited saving, as a fraction of the cell, or the rule's rank."""
        if self.saving is not None:
            return (self.saving.low + self.saving.high) / 2
        return 0.0 if self.rule.rank is None else self.rule.rank(self.confirmed)


def detect(
    source: str,
    namespace: Mapping[str, Any],
    signals: Signals,
    *,
    cell_id: str | None,
    cell_index: int | None,
    execution_count: int | None,
    source_hash: str,
    min_s: float | None = None,
    texts: Texts | None = None,
) -> tuple[Finding, ...]:
    """What would make this cell lighter, the largest saving first; at most one per rule.

    Those that are only listed come last. A cell that compares alternatives gets nothing.

    For the kernel's main thread, after the cell: at most 20 ms are spent on live objects (on a
    fast machine), and nothing of the user's is changed, imported or called. A light cell gets
    nothing but what is said of a GPU that it held for as long. `min_s`: see `Signals.heavy`.
    `texts` gives the text in which a function of the user's stands.
    """
    heavy = signals.heavy(min_s)
    if not heavy and not signals.holds_gpu(min_s):
        return ()
    units = reached(source, namespace, texts)
    if not units:
        return ()
    try:
        whole = [unit.code for unit in units if not _is_function(unit)]
        if any(map(is_experiment, whole)):
            return ()
        found = []
        timed = any(map(times_itself, whole))
        budget = Budget(BUDGET_S * machine_pace.pace())
        for rule in RULES if heavy else _OF_IDLE_GPU:
            if fired := _fire(rule, units, budget, signals):
                if timed and not fired.listed:  # the waste may be what is measured
                    fired = replace(fired, facts=(*fired.facts, COMPARES), listed=True)
                found.append(
                    Finding(
                        rule=rule,
                        confirmed=fired.confirmed,
                        facts=(*signals.facts(), *fired.facts),
                        listed=fired.listed,
                        saving=_capped(rule.estimate(fired.confirmed)),
                        text=fired.text,
                        cell_id=cell_id,
                        cell_index=cell_index,
                        execution_count=execution_count,
                        source_hash=source_hash,
                    )
                )
    finally:
        units[0].forget()
    found.sort(key=lambda finding: (finding.listed, -finding.projected))
    return tuple(_without_conflicts(found))


def write(findings: Sequence[Finding]) -> tuple[Advice, ...]:
    """Findings as advice, each change made and parsed. Slow the first time; any thread."""
    return tuple(_written(finding) for finding in findings)


def advise(
    source: str,
    namespace: Mapping[str, Any],
    signals: Signals,
    *,
    cell_id: str | None,
    cell_index: int | None,
    execution_count: int | None,
    source_hash: str,
    min_s: float | None = None,
    texts: Texts | None = None,
) -> tuple[Advice, ...]:
    """`detect` and `write` in one."""
    return write(
        detect(
            source,
            namespace,
            signals,
            cell_id=cell_id,
            cell_index=cell_index,
            execution_count=execution_count,
            source_hash=source_hash,
            min_s=min_s,
            texts=texts,
        )
    )


def read(cells: Sequence[tuple[str | None, str]]) -> tuple[Advice, ...]:
    """What the code of a notebook's cells alone suggests, all with status `candidate`.

    `cells`: the code cells in order, each an id (or `None`) and its source. Nothing runs,
    so nothing is known of sizes, devices or energy, and no change is offered.
    """
    notebook = Reading()
    found = []
    told: set[tuple[str, SourceText]] = set()
    for index, (cell_id, source) in enumerate(cells):
        source_hash = hash_of(source)
        units = notebook.cell(source, Place(cell_id=cell_id, source_hash=source_hash))
        if not units or is_experiment(units[0].code):
            continue
        for rule in RULES:
            place = _read_place(rule, units) if rule.by_reading else None
            if place is None or (rule.id, place[1]) in told:
                continue
            site, text = place
            told.add((rule.id, text))
            found.append(
                Advice(
                    id=_id(rule.id, cell_id, index, source_hash),
                    rule=rule.id,
                    cell_id=cell_id,
                    cell_index=index,
                    source_hash=source_hash,
                    title=rule.title,
                    because=(site.fact,),
                    change=None,
                    saving=None,
                    risk="Found by reading alone: run the cell with greenlab loaded "
                    "to learn whether it matters.",
                    place=text.place,
                )
            )
    return tuple(found)


def _is_function(unit: Unit) -> bool:
    place = unit.code.origin.place
    return place is not None and place.function is not None


def _capped(saving: Saving | None) -> Saving | None:
    """No change saves all of a cell: something of it is always left to do."""
    if saving is None or saving.high <= MOST_SAVED:
        return saving
    return replace(saving, low=min(saving.low, MOST_SAVED), high=MOST_SAVED)


@dataclass(frozen=True, slots=True)
class _Fired:
    confirmed: Any
    facts: tuple[str, ...]
    listed: bool
    text: SourceText


def _read_place(rule: Rule[Any, Any], units: Sequence[Unit]) -> tuple[Any, SourceText] | None:
    """The first place in what a cell runs, by the code alone."""
    for unit in units:
        for site in (rule.read or rule.candidates)(unit.code):
            return site, unit.code.origin
    return None


def _fire(
    rule: Rule[Any, Any], units: Sequence[Unit], budget: Budget, signals: Signals
) -> _Fired | None:
    """The first place that may be shown or, without one, the first that may be listed."""
    listed = None
    try:
        if not all(library.present() for library in rule.libraries):
            return None
        for unit in units:
            code = unit.code
            live = Live(unit.namespace, code.resolved, budget)
            for site in rule.candidates(code):
                with live.looking():
                    confirmed = rule.confirm(site, code, live)
                if confirmed is None:
                    continue
                facts = rule.trigger(confirmed, signals)
                if isinstance(facts, Listed):
                    listed = listed or _Fired(confirmed, facts.facts, True, code.origin)
                elif facts is not None:
                    return _Fired(confirmed, facts, False, code.origin)
    except OutOfTimeError:
        log.debug("%s: the variables are too many to look at", rule.id)
    except Exception:  # advice must never break into the user's work
        log.debug("%s failed", rule.id, exc_info=True)
    return listed


def _without_conflicts(found: Sequence[Finding]) -> Iterator[Finding]:
    kept: list[Finding] = []
    for finding in found:
        rivals = {*finding.rule.conflicts}
        if any(one.rule.id in rivals or finding.rule.id in one.rule.conflicts for one in kept):
            continue
        kept.append(finding)
        yield finding


def _written(finding: Finding) -> Advice:
    rule = finding.rule
    plan = rule.rewrite(finding.confirmed)
    text = plan.text or finding.text
    change = _change(text.source, plan.edits, rule.id) if plan.edits else None
    return Advice(
        id=_id(rule.id, finding.cell_id, finding.cell_index, finding.source_hash),
        rule=rule.id,
        cell_id=finding.cell_id,
        cell_index=finding.cell_index,
        source_hash=finding.source_hash,
        title=rule.title,
        because=finding.facts if change else (*finding.facts, plan.by_hand),
        change=change,
        saving=finding.saving,
        risk=plan.risk,
        status="candidate" if finding.listed else "shown",
        execution_count=finding.execution_count,
        place=text.place,
    )


def _change(source: str, edits: Sequence[Any], rule: str) -> Change | None:
    from greenlab.advice.rewriting.apply_edits import change  # loads LibCST, which is slow

    try:
        return change(source, edits, rule)
    except Exception:  # advice in words stands even where its edit fails
        log.debug("%s could not be written", rule, exc_info=True)
        return None


def _id(rule: str, cell_id: str | None, cell_index: int | None, source_hash: str) -> str:
    place = cell_id or ("cell" if cell_index is None else f"cell-{cell_index}")
    return f"{rule}:{place}:{source_hash[:12]}"
