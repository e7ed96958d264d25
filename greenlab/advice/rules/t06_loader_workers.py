"""T06: keep a data loader's worker processes from one epoch to the next.

Workers are started anew for every pass over a loader: on short epochs that costs more than
what they load. More workers against a GPU that waits are listed, not pushed: on cheap items
they cost several times what they save, and what an item costs cannot be seen from outside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from greenlab.advice.analysis.torch.data_loaders import loaders, made_as
from greenlab.advice.analysis.torch.training_and_evaluation import LOOPS
from greenlab.advice.analysis.trip_count import counted
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/data.html"
STALLS: Final = "https://arxiv.org/abs/2007.06775"
# The defaults of a widely used profiler for a GPU that is fed too slowly.
PROFILER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-rules.html"
BENCHMARK: Final = "benchmarks/advice.py"
STARVED: Final = 0.7
# A worker takes tens of milliseconds to start: longer epochs do not notice.
MAX_EPOCH_S: Final = 5.0
MIN_EPOCHS: Final = 3


@dataclass(frozen=True)
class Epochs(Site):
    """A loop over a range, with loops in it."""

    loop: ast.For


@dataclass(frozen=True, slots=True)
class T06Facts:
    """`workers` of the loader `name`, over so many epochs."""

    name: str
    workers: int
    epochs: int
    plan: Plan


def candidates(code: Code) -> Iterator[Epochs]:
    """Loops that go over something again and again."""
    for node in code.nodes:
        if isinstance(node, ast.For) and not any(
            isinstance(above, LOOPS) for above in code.within(node)
        ):
            yield Epochs(f"Line {node.lineno} goes over its data several times.", node)


def confirm(site: Epochs, code: Code, live: Live) -> T06Facts | None:
    """A live loader within; its workers stop after each pass, or it has none."""
    inside = set(ast.walk(site.loop))
    epochs = counted(site.loop.iter, live)
    for loop, name, loader in loaders(code, live):
        own = instance_dict(loader)
        workers, kept = own.get("num_workers"), own.get("persistent_workers")
        if (
            loop is site.loop
            or loop not in inside
            or epochs is None
            or type(workers) is not int
        ):
            continue
        if epochs >= MIN_EPOCHS and kept is False:
            return T06Facts(name, workers, epochs, _plan(name, workers, code))
    return None


def trigger(confirmed: T06Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Workers that are started anew in short epochs; a starved GPU without any is listed."""
    name, epochs = confirmed.name, confirmed.epochs
    each_s = signals.duration_s / epochs
    if confirmed.workers:
        if each_s > MAX_EPOCH_S:
            return None
        each = f"each of {epochs} epochs of {each_s:.1f} s"
        return (f"{name} started {confirmed.workers} processes anew for {each}.",)
    if signals.gpu_busy is None or signals.gpu_busy >= STARVED:
        return None
    if (signals.cpu_cores or 0.0) < 0.7:
        return None
    busy = f"The GPU was busy {signals.gpu_busy:.0%} of the time"
    return Listed((f"{busy} while one process loads {name} and computes.",))


def estimate(confirmed: T06Facts) -> Saving | None:
    """CPU time of short epochs; nothing is known of a starved GPU in joules."""
    if not confirmed.workers:
        return None
    return Saving(0.2, 0.9, f"CPU time of short epochs, {BENCHMARK}")


def _plan(name: str, workers: int, code: Code) -> Plan:
    call = made_as(name, code)
    if not workers:
        return Plan(
            "Worker processes for items that are cheap to load cost several times as much "
            "as none: measure with %%energy --compare.",
            f"To change by hand: make {name} with `num_workers=2, persistent_workers=True, "
            "pin_memory=True`.",
        )
    risk = "The processes and their memory stay until the loader goes."
    plan = Plan(risk, f"To change by hand: make {name} with `persistent_workers=True`.")
    if call is None:
        return plan
    given = keyword(call, "persistent_workers")
    edit = (
        Replace.adding(code.masked.text, call, "persistent_workers=True")
        if given is None
        else Replace.of(code.masked.text, given, "True")
    )
    return replace(plan, edits=(edit,))


RULE: Final = Rule(
    id="T06",
    title="Keep the loader's worker processes between epochs",
    when="a DataLoader starts workers anew in short epochs; listed: a GPU waits for a loader",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, STALLS, PROFILER, BENCHMARK),
    by_reading=False,
)
