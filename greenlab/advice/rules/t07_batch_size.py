"""T07: a training whose batches leave the GPU half idle, listed, never pushed.

Larger batches use less energy an epoch on most GPUs, and may need more epochs: to the same
accuracy they can cost more than twice as much. Only energy to a quality counts, which one
run does not tell.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.torch.data_loaders import loaders
from greenlab.advice.analysis.torch.training_and_evaluation import steps
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict

TRACES: Final = (
    "https://github.com/ml-energy/zeus/tree/master/examples/research_reproducibility/"
    "zeus_nsdi23/trace"
)
PROFILER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html"
# Below this a GPU is taken to have room, by the defaults of that profiler.
ROOM: Final = 0.7


@dataclass(frozen=True)
class T07Step(Site):
    """A training step."""

    call: ast.Call


@dataclass(frozen=True, slots=True)
class T07Facts:
    """The loader that is trained on and its batch size."""

    loader: str
    batch_size: int


def candidates(code: Code) -> Iterator[T07Step]:
    """Every training step."""
    for call in steps(code):
        yield T07Step(f"A training step ends in line {call.lineno}.", call)


def confirm(site: T07Step, code: Code, live: Live) -> T07Facts | None:
    """It takes its batches from a live loader."""
    around = set(code.within(site.call))
    for loop, name, loader in loaders(code, live):
        size = instance_dict(loader).get("batch_size")
        if loop in around and type(size) is int:
            return T07Facts(name, size)
    return None


def trigger(confirmed: T07Facts, signals: Signals) -> Listed | None:
    """The GPU and its memory had room."""
    busy, memory = signals.gpu_busy, signals.gpu_memory_share
    if busy is None or memory is None or busy >= ROOM or memory >= ROOM:
        return None
    batches = f"With batches of {confirmed.batch_size} from {confirmed.loader}"
    room = f"the GPU was busy {busy:.0%} of the time, and {memory:.0%} of its memory in use"
    return Listed((f"{batches} {room}.",))


RULE: Final = Rule(
    id="T07",
    title="Find the batch size that reaches your quality with least energy",
    when="listed: training batches that leave the GPU and its memory room",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda _: Plan(
        "Larger batches often need another learning rate and more epochs: in one study an "
        "epoch took 32 % less energy, and the same accuracy 2.7 times as much.",
        "To change by hand: try sizes with `greenlab.training.batch_size_search`, which "
        "counts the energy to a quality rather than to an epoch.",
    ),
    estimate=lambda _: None,
    verify="V2",
    sources=(TRACES, PROFILER),
    by_reading=False,
)
