"""D01: no worker processes for items that are ready in memory.

A row of a `TensorDataset` takes microseconds to fetch. Handing a batch from one process to
another takes about a millisecond of CPU time, and starting a process tens of them.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.data_loaders import loaders, made_as, ready_items
from greenlab.advice.analysis.trip_count import counted
from greenlab.advice.rewriting.edits import Edit, Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.ast_queries import keyword, loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/data.html"
BENCHMARK: Final = "benchmarks/advice.py"
# About half of what was seen on a fast machine.
BATCH_S: Final = 0.0005
BYTE_S: Final = 2.5e-9
START_S: Final = 0.02
LEAST_SHARE: Final = 0.1
# Arguments that mean nothing, or are refused, without workers.
OF_WORKERS: Final = frozenset(
    {"in_order", "multiprocessing_context", "num_workers", "persistent_workers",
     "prefetch_factor", "timeout", "worker_init_fn"}
)  # fmt: skip


@dataclass(frozen=True)
class Loops(Site):
    """A cell with loops."""


@dataclass(frozen=True, slots=True)
class D01Facts:
    """`batches` of `size` bytes in all, by workers that were started `starts` times."""

    names: tuple[str, ...]
    workers: int
    batches: int
    size: int
    starts: int
    plan: Plan

    @property
    def about_s(self) -> float:
        """CPU seconds that the workers cost, on the low side."""
        return self.batches * BATCH_S + self.size * BYTE_S + self.starts * START_S


def candidates(code: Code) -> Iterator[Loops]:
    """Cells with a loop, once each."""
    if any(isinstance(node, ast.For) for node in code.nodes):
        yield Loops("The cell goes over data in a loop.")


def confirm(_: Loops, code: Code, live: Live) -> D01Facts | None:
    """Live loaders whose workers only fetch rows of tensors in memory."""
    workers: dict[str, int] = {}
    batches = size = starts = 0
    for loop, name, loader in loaders(code, live):
        own = instance_dict(loader)
        each, batch = own.get("num_workers"), own.get("batch_size")
        items, item_size = ready_items(loader, live) or (0, 0)
        if type(each) is not int or each < 1 or type(batch) is not int or not items:
            continue
        if _tried(name, code):
            continue
        passes = _passes(loop, code, live)
        workers[name] = each
        batches += passes * math.ceil(items / batch)
        size += passes * items * item_size
        starts += each * (1 if own.get("persistent_workers") is True else passes)
    if not workers:
        return None
    names = tuple(sorted(workers))
    return D01Facts(names, max(workers.values()), batches, size, starts, _plan(names, code))


def trigger(confirmed: D01Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """What they cost is a tenth of the cell or more; beside a GPU, which may wait, listed."""
    if confirmed.about_s < LEAST_SHARE * signals.used_s:
        return None
    names = " and ".join(confirmed.names)
    said = (
        f"{names} handed {confirmed.batches:,} batches of ready tensors from one process to "
        f"another, with up to {confirmed.workers} workers and {confirmed.starts} starts."
    )
    facts = [said]
    if any(text.startswith("This DataLoader will create") for text in signals.warnings):
        facts.append("torch warned that it has fewer processors than workers.")
    return tuple(facts) if signals.gpu_busy is None else Listed(tuple(facts))


def estimate(_: D01Facts) -> Saving | None:
    """CPU time of cells in which they cost a tenth or more."""
    return Saving(0.3, 0.95, f"CPU time of the cell, {BENCHMARK}")


def _tried(name: str, code: Code) -> bool:
    """Whether the cell makes this loader in a loop over numbers of workers."""
    call = made_as(name, code)
    given = None if call is None else keyword(call, "num_workers")
    loops = [above for above in code.within(given or code.tree) if isinstance(above, ast.For)]
    return given is not None and any(loaded(given) & stored(loop.target) for loop in loops)


def _passes(loop: ast.For, code: Code, live: Live) -> int:
    """How often the loop begins, as far as is plain."""
    around: list[Any] = [one for one in code.within(loop) if isinstance(one, ast.For)]
    return math.prod(counted(one.iter, live) or 1 for one in around)


def _plan(names: tuple[str, ...], code: Code) -> Plan:
    plan = Plan(
        "On a GPU that waits for its data a worker may still pay.",
        f"To change by hand: make {' and '.join(names)} with `num_workers=0`.",
    )
    edits: list[Edit] = []
    for name in names:
        call = made_as(name, code)
        if call is None or "#" in code.text(call) or len(call.args) > 2:
            return plan
        kept = [code.text(one) for one in call.args]
        for word in call.keywords:
            if word.arg is None:
                return plan
            if word.arg not in OF_WORKERS:
                kept.append(f"{word.arg}={code.text(word.value)}")
        text = f"{code.text(call.func)}({', '.join(kept)})"
        edits.append(Replace.of(code.masked.text, call, text))
    return Plan(plan.risk, plan.by_hand, tuple(edits))


RULE: Final = Rule(
    id="D01",
    title="Load rows of tensors without worker processes",
    when="a DataLoader's workers fetch rows of a `TensorDataset`; listed beside a GPU",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    conflicts=("T06",),
    by_reading=False,
)
