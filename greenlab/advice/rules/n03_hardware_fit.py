"""N03: train a tiny model on the CPU, not on a large GPU.

A model of a few small layers gives a GPU little work per step: it mostly waits for Python, and
draws its idle power besides what the CPU draws. Nothing of this was measured on a GPU here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab import units
from greenlab.advice.analysis.torch.model import is_module, look
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

FIT: Final = "https://arxiv.org/abs/2307.05520"
IDLE: Final = "https://arxiv.org/abs/2605.23918"

# A guess on the safe side: a CPU multiplies a batch by so few weights in well under 1 ms.
MAX_WEIGHTS: Final = 100_000
MAX_BUSY: Final = 0.2


@dataclass(frozen=True)
class N03Step(Site):
    """A model that is called in a loop with a backward pass."""

    model: ast.expr


@dataclass(frozen=True, slots=True)
class N03Facts:
    """The model and its number of parameters."""

    model: str
    parameters: int


def candidates(code: Code) -> Iterator[N03Step]:
    """Every name that is called in a loop which trains."""
    for loop in code.nodes:
        if not isinstance(loop, (ast.For, ast.While)):
            continue
        inner = [call for call in code.calls if loop in code.within(call)]
        if not any(_attribute(call.func) == "backward" for call in inner):
            continue
        for call in inner:
            if isinstance(call.func, (ast.Name, ast.Attribute)):
                yield N03Step(f"A model is trained from line {loop.lineno}.", call.func)


def confirm(site: N03Step, code: Code, live: Live) -> N03Facts | None:
    """A dense model of few weights, all of it on a GPU."""
    module: Any = live.resolve(code.actual(site.model))
    if not is_module(module):
        return None
    model = look(module, live)
    small = 0 < model.parameters <= MAX_WEIGHTS and not model.convolution
    return (
        N03Facts(model.name, model.parameters) if small and model.devices == {"cuda"} else None
    )


def trigger(confirmed: N03Facts, signals: Signals) -> Listed | None:
    """A GPU that mostly waited. Only listed: which one is lighter depends on the batch."""
    if signals.gpu_busy is None or signals.gpu_busy > MAX_BUSY:
        return None
    facts = [
        f"{confirmed.model} has {confirmed.parameters:,} parameters.",
        *signals.busy(gpu=True),
    ]
    if signals.gpu_power_w is not None:
        facts.append(f"It drew {units.quantity(signals.gpu_power_w, 'W')} on average.")
    return Listed(tuple(facts))


def _attribute(func: ast.expr) -> str | None:
    return func.attr if isinstance(func, ast.Attribute) else None


def rewrite(_: N03Facts) -> Plan:
    """Words: where the data are moved is often not in this cell."""
    return Plan(
        "Large batches may take longer on the CPU: compare one epoch of each.",
        'To change by hand: `device = "cpu"`, restart the kernel to free the GPU, and measure '
        "one epoch.",
    )


def estimate(_: N03Facts) -> Saving | None:
    """None: what is saved depends on the two processors."""
    return None


RULE: Final = Rule(
    id="N03",
    title="Train the tiny model on the CPU",
    when="a dense model of at most 100,000 weights, on a GPU that is mostly idle",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=rewrite,
    estimate=estimate,
    verify="V4",
    sources=(FIT, IDLE),
    by_reading=False,
)
