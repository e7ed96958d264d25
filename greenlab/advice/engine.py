"""From a cell that ran to advice: find in the kernel's thread, write in any other."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab import optional_dependencies
from greenlab.advice.analysis.benchmark_cells import is_experiment, times_each, times_itself
from greenlab.advice.rule import Plan, Rule
from greenlab.advice.rule_firing import Look
from greenlab.advice.rules import RULES
from greenlab.advice.sightings import sightings
from greenlab.advice.signals import Signals
from greenlab.advice.where_energy_went import Share, WhereEnergyWent, lines_of
from greenlab.cellcode.look_budget import BUDGET_S, LookBudget
from greenlab.cellcode.parsed_source import SourceText, Texts
from greenlab.cellcode.reached import Unit, reached
from greenlab.host import machine_pace
from greenlab.record import Advice, Change, Saving
from greenlab.record.hot_stack import HotStack

COMPARES: Final = "The cell times several things itself: it may compare ways of doing one."
_OF_IDLE_GPU: Final = tuple(rule for rule in RULES if rule.of_idle_gpu)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired, as plain data: it holds none of the user's objects.

    `text`: where it found its place, which may be a function of an earlier cell or of a file.
    `listed`: not sure enough to be shown unasked.
    `rank`: see `Rule.rank`. `share`: of the cell's energy that it concerns, if that was seen.
    """

    rule: Rule[Any, Any]
    facts: tuple[str, ...]
    listed: bool
    saving: Saving | None
    rank: float
    text: SourceText
    cell_id: str | None
    cell_index: int | None
    execution_count: int | None
    source_hash: str
    plan: Plan
    share: Share | None = None

    @property
    def projected(self) -> float:
        """The part of the cell's energy that it saves: by its range, or the rule's rank."""
        if self.saving is not None:
            return self.saving.middle
        return self.rank * (1.0 if self.share is None else self.share.value)


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
    others: Sequence[str] = (),
    texts: Texts | None = None,
    stacks: Sequence[HotStack] = (),
) -> tuple[Finding, ...]:
    """What would make this cell lighter, the largest saving first; at most one per rule.

    Those that are only listed come last. A cell that compares alternatives gets nothing.

    For the kernel's main thread, after the cell: at most 20 ms are spent on live objects (on a
    fast machine), and nothing of the user's is changed, imported or called. A light cell gets
    nothing but what is said of a GPU that it held for as long. `min_s`: see `Signals.heavy`.
    `texts` gives the text in which a function of the user's stands. `others`: the sources of
    the notebook's other cells, as far as they are known. `stacks`: where the cell worked; a
    change to what used hardly any of its energy is only listed.
    """
    heavy = signals.heavy(min_s)
    if not heavy and not signals.holds_gpu(min_s):
        return ()
    units = reached(source, namespace, texts, lines_of(stacks))
    if not units:
        return ()
    try:
        whole = [unit.code for unit in units if not _is_function(unit)]
        if any(map(is_experiment, whole)):
            return ()
        found = []
        timed = any(map(times_itself, whole)) or any(times_each(unit.code) for unit in units)
        budget = LookBudget(BUDGET_S * machine_pace.pace())
        where = WhereEnergyWent(
            stacks,
            cell_id,
            execution_count,
            on_gpu=signals.mostly_gpu,
            cell_cpu_s=signals.cpu_s,
            texts=[unit.code.origin for unit in units],
            unseen=frozenset(unit.code.origin for unit in units if unit.nameless),
        )
        seen = sightings((unit.code for unit in units), where)
        units[0].code.others.sightings = budget.sightings = seen
        look = Look(units, budget, signals, others, where)
        for rule in RULES if heavy else _OF_IDLE_GPU:
            if fired := look.fire(rule):
                if timed and not fired.listed:  # the waste may be what is measured
                    fired = fired.doubted(COMPARES)
                found.append(
                    Finding(
                        rule=rule,
                        facts=(*signals.facts(), *fired.facts),
                        listed=fired.listed,
                        saving=_in_joules(fired.saving, signals),
                        rank=fired.rank,
                        share=fired.share,
                        plan=fired.plan,
                        text=fired.plan.text or fired.text,
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
    others: Sequence[str] = (),
    texts: Texts | None = None,
    stacks: Sequence[HotStack] = (),
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
            others=others,
            texts=texts,
            stacks=stacks,
        )
    )


def _is_function(unit: Unit) -> bool:
    place = unit.code.origin.place
    return place is not None and place.function is not None


def _in_joules(saving: Saving | None, signals: Signals) -> Saving | None:
    """The range with the joules that it is a share of, where they are known."""
    active = signals.active_j
    if saving is None or active is None or active.value is None:
        return saving
    return replace(saving, of_j=active.value)


def _without_conflicts(found: Sequence[Finding]) -> Iterator[Finding]:
    kept: list[Finding] = []
    for finding in found:
        rivals = {*finding.rule.conflicts}
        if any(one.rule.id in rivals or finding.rule.id in one.rule.conflicts for one in kept):
            continue
        kept.append(finding)
        yield finding


def _written(finding: Finding) -> Advice:
    rule, plan, text = finding.rule, finding.plan, finding.text
    change = _change(text.source, plan.edits, rule.id) if plan.edits else None
    return Advice(
        id=_id(rule.id, finding.cell_id, finding.cell_index, finding.source_hash),
        rule=rule.id,
        cell_id=finding.cell_id,
        cell_index=finding.cell_index,
        source_hash=finding.source_hash,
        title=rule.title,
        because=finding.facts if change else (*finding.facts, *_by_hand(plan.by_hand)),
        change=change,
        saving=finding.saving,
        risk=plan.risk,
        status="candidate" if finding.listed else "shown",
        execution_count=finding.execution_count,
        place=text.place,
        affects=tuple(sorted(plan.affects)),
    )


def _by_hand(how: str) -> Iterator[str]:
    yield how
    if why := optional_dependencies.absent("libcst", "writes a change as code"):
        yield f"{why}."


def _change(source: str, edits: Sequence[Any], rule: str) -> Change | None:
    try:
        from greenlab.advice.rewriting.apply_edits import change  # loads LibCST, which is slow

        return change(source, edits, rule)
    except Exception:  # advice in words stands even where its edit fails
        log.debug("%s could not be written", rule, exc_info=True)
        return None


def _id(rule: str, cell_id: str | None, cell_index: int | None, source_hash: str) -> str:
    place = cell_id or ("cell" if cell_index is None else f"cell-{cell_index}")
    return f"{rule}:{place}:{source_hash[:12]}"
