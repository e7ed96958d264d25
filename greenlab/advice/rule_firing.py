"""A rule asked about each place of the code that a cell ran: the hottest place first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab.advice.analysis.uses_of_removed import used_elsewhere, used_here
from greenlab.advice.rule import Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.where_energy_went import Share, WhereEnergyWent
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.cellcode.look_budget import LookBudget, OutOfTimeError
from greenlab.cellcode.parsed_source import SourceText
from greenlab.cellcode.reached import Unit
from greenlab.record import Saving
from greenlab.units import percent

COLD: Final = "Too little of the cell's energy was used there for this change to matter."
MOST_SAVED: Final = 0.99
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fired:
    """What a rule says of a place; `text`: where that place is."""

    facts: tuple[str, ...]
    listed: bool
    saving: Saving | None
    rank: float
    plan: Plan
    text: SourceText
    share: Share | None = None

    def doubted(self, why: str) -> Fired:
        """The same with a reason not to show it unasked."""
        return replace(self, facts=(*self.facts, why), listed=True)


def _capped(saving: Saving | None) -> Saving | None:
    """No change saves all of a cell: something of it is always left to do."""
    if saving is None or saving.high <= MOST_SAVED:
        return saving
    return replace(saving, low=min(saving.low, MOST_SAVED), high=MOST_SAVED)


def _of_share(saving: Saving | None, share: Share) -> Saving | None:
    """The saving of a part of the cell's work, as one of the cell."""
    part = share.value
    if saving is None or part <= 0:
        return None
    ends = " to ".join(percent(end, 2) for end in (saving.low, saving.high))
    of_part = "" if part > 0.995 else f": {ends} of the {percent(part, 2)} used there"
    return replace(
        saving,
        low=saving.low * part,
        high=saving.high * part,
        share=part,
        at_most=share.high * (1.0 if saving.at_most is None else saving.at_most),
        source=f"{saving.source}{of_part}",
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """A place at which a rule may apply, and what is known of the energy used there."""

    site: Site
    unit: Unit
    live: Live
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """The code that a cell reached, and what all rules may spend on live objects."""

    units: Sequence[Unit]
    budget: LookBudget
    signals: Signals
    others: Sequence[str]
    where: WhereEnergyWent

    def fire(self, rule: Rule[Any, Any]) -> Fired | None:
        """The first place that may be shown or, without one, the first that may be listed: the
        hottest one where the stacks say which that is.
        """
        listed = None
        try:
            if not all(library.present() for library in rule.libraries):
                return None
            for spot in self._spots(rule):
                if (fired := self._at(rule, spot)) is None:
                    continue
                if not fired.listed:
                    return fired
                listed = listed or fired
        except OutOfTimeError:
            log.debug("%s: the variables are too many to look at", rule.id)
        except Exception:  # advice must never break into the user's work
            log.debug("%s failed", rule.id, exc_info=True)
        return listed

    def _spots(self, rule: Rule[Any, Any]) -> Iterable[Spot]:
        found = self._places(rule)
        if not self.where or rule.work is None:
            return found
        return sorted(map(self._with_share(rule), found), key=_coldness)

    def _places(self, rule: Rule[Any, Any]) -> Iterator[Spot]:
        for unit in self.units:
            live = Live(unit.namespace, unit.code, self.budget)
            for site in rule.candidates(unit.code):
                yield Spot(site, unit, live)

    def _with_share(self, rule: Rule[Any, Any]) -> Callable[[Spot], Spot]:
        assert rule.work is not None
        work_of = rule.work

        def measured(spot: Spot) -> Spot:
            with spot.live.looking():
                work = work_of(spot.site, spot.unit.code, spot.live)
            return replace(spot, share=self.where.share(work, spot.unit.code))

        return measured

    def _at(self, rule: Rule[Any, Any], spot: Spot) -> Fired | None:
        code, live, share = spot.unit.code, spot.live, spot.share
        with live.looking():
            confirmed = rule.confirm(spot.site, code, live)
        if confirmed is None:
            return None
        signals = self.signals
        if share is not None and not share.is_small:
            signals = signals.at(share.cpu, share.time)
        facts = rule.trigger(confirmed, signals)
        if facts is None:
            return None
        listed = isinstance(facts, Listed)
        said = facts.facts if isinstance(facts, Listed) else facts
        plan, saving = rule.rewrite(confirmed), _capped(rule.estimate(confirmed))
        if share is not None:
            said, saving = (share.fact, *said), _of_share(saving, share)
        elif saving is not None and rule.alone is not None and not rule.alone(confirmed):
            saving = replace(saving, low=0.0)  # the others' share of the cell is not known
        rank = 0.0 if rule.rank is None else rule.rank(confirmed)
        fired = Fired(said, listed, saving, rank, plan, code.origin, share)
        if share is not None and share.is_small:
            fired = fired.doubted(COLD)
        if affected := self._affected(plan, code, live):
            fired = replace(fired.doubted(affected), plan=replace(plan, edits=()))
        return fired

    def _affected(self, plan: Plan, code: Code, live: Live) -> str:
        """Which code uses what the change takes away or makes worse; empty if none does."""
        if not plan.affects:
            return ""
        with live.looking():
            here = used_here(plan, code, live) or used_here(plan, self.units[0].code, live)
            elsewhere = used_elsewhere(plan, self.others, live)
        used = ", ".join(here or elsewhere)
        place = "This cell" if here else "Another cell"
        return (
            f"{place} uses {used}, which the change takes away or makes worse." if used else ""
        )


def _coldness(spot: Spot) -> float:
    """Places whose share is not known come first, as they would without stacks."""
    return -1.0 if spot.share is None else -spot.share.high
