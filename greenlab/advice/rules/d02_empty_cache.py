"""D02: do not empty the GPU's cache in a loop.

What it hands back is asked of the driver again in the next round, and each round waits for the
GPU. It saves no energy: held memory draws next to nothing. Not run on a GPU here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.torch.model import cuda_in_use
from greenlab.advice.analysis.torch.training_and_evaluation import LOOPS, shares_lines
from greenlab.advice.rewriting.edits import Swap
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/notes/cuda.html"
MEMORY: Final = "https://arxiv.org/abs/2605.23918"
# Fuller than this, emptying it may be what makes the cell fit.
FULL: Final = 0.8


@dataclass(frozen=True)
class Emptied(Site):
    """A statement that empties the cache in each round of a loop."""

    statement: ast.stmt


@dataclass(frozen=True, slots=True)
class D02Facts:
    """The lines, and the change."""

    lines: tuple[int, ...]
    plan: Plan


def candidates(code: Code) -> Iterator[Emptied]:
    """The first statement of the cell that is a call of `empty_cache` in a loop, if any is."""
    for statement in _statements(code)[:1]:
        yield Emptied(f"Line {statement.lineno} empties the GPU's cache.", statement)


def confirm(_: Emptied, code: Code, live: Live) -> D02Facts | None:
    """Torch works on a GPU; without one the call does nothing."""
    del live
    if not cuda_in_use():
        return None
    found = _statements(code)
    lines = tuple(statement.lineno for statement in found)
    plan = Plan(
        "Another process on the same GPU, or one very large piece, may need that memory.",
        "To change by hand: leave `torch.cuda.empty_cache()` out of the loop.",
    )
    if any(shares_lines([one], code) for one in found):
        return D02Facts(lines, plan)
    edits = tuple(Swap(one.lineno, one.end_lineno or one.lineno, "") for one in found)
    return D02Facts(lines, Plan(plan.risk, plan.by_hand, edits))


def trigger(confirmed: D02Facts, signals: Signals) -> tuple[str, ...] | None:
    """Memory is known and was not short."""
    share = signals.gpu_memory_share
    if share is None or share > FULL:
        return None
    where = " and ".join(map(str, confirmed.lines))
    return (
        f"Line {where} waits for the GPU and empties its cache in each round of a loop.",
        f"At the end of the cell {share:.0%} of the GPU's memory was taken.",
    )


def estimate(_: D02Facts) -> Saving | None:
    """None: what it costs depends on how often memory is asked for."""
    return None


def _statements(code: Code) -> list[ast.stmt]:
    """Every statement that is nothing but such a call, in a loop."""
    found: list[ast.stmt] = []
    for call in code.calls:
        path = code.path(call.func) or ""
        statement = code.parents.get(call)
        if (
            path.startswith("torch.")
            and path.endswith(".empty_cache")
            and isinstance(statement, ast.Expr)
            and any(isinstance(above, LOOPS) for above in code.within(statement))
            and not any(
                isinstance(above, ast.ExceptHandler) for above in code.within(statement)
            )
        ):
            found.append(statement)
    return found


RULE: Final = Rule(
    id="D02",
    title="Leave the GPU's cache as it is",
    when="`torch.cuda.empty_cache()` in a loop, on a GPU with memory to spare",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, MEMORY),
)
