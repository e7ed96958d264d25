"""T08: a GPU at its power limit does nearly the same work below it.

The last tens of watts raise the clock a little and the power much. The limit belongs to the
machine and needs its administrator: greenlab prints the command and never gives it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab import units
from greenlab.advice.analysis.torch.model import cuda_in_use
from greenlab.advice.analysis.torch.training_and_evaluation import LOOPS
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

GREAT_POWER: Final = "https://arxiv.org/abs/2205.09646"
TRACES: Final = (
    "https://github.com/ml-energy/zeus/tree/master/examples/research_reproducibility/"
    "zeus_nsdi23/trace"
)
AT_LIMIT: Final = 0.9
MIN_S: Final = 60.0
BUSY: Final = 0.9
# Where the traces of four GPUs used least energy with 5 % more time at most.
SHARE: Final = 0.75


@dataclass(frozen=True)
class Work(Site):
    """A loop that may keep a GPU busy."""

    loop: ast.stmt


@dataclass(frozen=True, slots=True)
class T08Facts:
    """Nothing but that the loop stands there and CUDA is in use."""

    line: int


def candidates(code: Code) -> Iterator[Work]:
    """The first loop of the cell, or a `train()` or `fit()`."""
    for node in code.nodes:
        if isinstance(node, LOOPS):
            yield Work(f"A loop begins in line {node.lineno}.", node)
            return
    for call in code.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("fit", "train"):
            yield Work(f"Line {call.lineno} trains.", code.statement(call))
            return


def confirm(site: Work, _code: Code, _live: Live) -> T08Facts | None:
    """CUDA is in use in this kernel."""
    return T08Facts(site.loop.lineno) if cuda_in_use() else None


def trigger(_: T08Facts, signals: Signals) -> tuple[str, ...] | None:
    """For a minute or more the GPU was busy and at its limit."""
    power_w, limit_w = signals.gpu_power_w, signals.gpu_limit_w
    if power_w is None or not limit_w or signals.gpu_busy is None:
        return None
    if signals.duration_s < MIN_S or signals.gpu_busy < BUSY or power_w < AT_LIMIT * limit_w:
        return None
    lower, back = (
        f"`nvidia-smi -pl {watts:.0f}`" for watts in (round(SHARE * limit_w / 5) * 5, limit_w)
    )
    drew = f"The GPU drew {power_w:.0f} W of its limit of {limit_w:.0f} W"
    return (
        f"{drew} for {units.duration(signals.duration_s)}.",
        f"Its administrator may try {lower}, and {back} to go back.",
    )


def estimate(_: T08Facts) -> Saving | None:
    """At 5 % more time or less: the medians of the GPUs in the traces."""
    return Saving(0.07, 0.15, f"{TRACES}; {GREAT_POWER}")


RULE: Final = Rule(
    id="T08",
    title="Lower the GPU's power limit",
    when="a GPU at 90 % of its power limit or more for a minute",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda _: Plan(
        "It needs an administrator and holds for everyone on that GPU. Work takes a little "
        "longer: about 5 % at the limits that save most.",
        "greenlab changes no setting of the machine. `greenlab.training.power_limit_search` "
        "finds the limit for your own work where you may set it.",
    ),
    estimate=estimate,
    verify="V3",
    sources=(GREAT_POWER, TRACES),
    by_reading=False,
)
