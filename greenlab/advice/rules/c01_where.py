"""C01: run long work that can wait for another place where electricity is cleaner.

Listed only: greenlab's figures of a grid are one a year, so they tell places apart and not
hours, and whether data and work may move only their owner knows. It saves grams, not joules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab import units
from greenlab.advice.rule import Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

SPACE: Final = "https://arxiv.org/abs/2512.08725"
LIMITS: Final = "https://arxiv.org/abs/2306.06502"
MIN_S: Final = 600.0
# Below this difference the uncertainty of yearly figures says nothing.
MIN_RATIO: Final = 2.0


@dataclass(frozen=True, slots=True)
class C01Facts:
    """Nothing: what counts is how long it took, and where."""


def candidates(_: Code) -> Iterator[Site]:
    """Any cell."""
    yield Site("A long cell may run where electricity is cleaner.")


def confirm(_site: Site, _code: Code, _live: Live) -> C01Facts:
    """Nothing needs to be alive."""
    return C01Facts()


def trigger(_: C01Facts, signals: Signals) -> Listed | None:
    """A long cell, on a grid with twice the emissions of others at least."""
    here, energy_j = signals.intensity_g_per_kwh, signals.energy_j.value
    if here is None or energy_j is None or signals.duration_s < MIN_S:
        return None
    cleaner = [(name, value) for name, value in signals.cleaner if value * MIN_RATIO <= here]
    if not cleaner:
        return None
    places = ", ".join(
        f"{units.emissions(energy_j / 3.6e6 * value)} in {name} ({value:.0f} g/kWh)"
        for name, value in cleaner
    )
    emitted = units.emissions(energy_j / 3.6e6 * here)
    return Listed(
        (f"At {here:.0f} g/kWh ({signals.zone_name}) it emitted {emitted}; {places}.",)
    )


RULE: Final = Rule(
    id="C01",
    title="Run what can wait where electricity is cleaner",
    when="listed: ten minutes or more on a grid of twice the emissions of others",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda _: Plan(
        "It saves emissions, not energy, and moving data costs both. Laws and contracts may "
        "keep data where they are.",
        "Batch jobs and cloud machines can often be placed in another region.",
    ),
    estimate=lambda _: None,
    verify="V4",
    sources=(SPACE, LIMITS),
    by_reading=False,
)
