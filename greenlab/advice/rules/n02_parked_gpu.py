"""N02: give a GPU back that a cell holds and does not use.

A process that has begun to work with CUDA keeps the GPU awake, at 26 to 66 W more than a GPU
that nobody holds, whether it works or not; emptying its memory changes nothing of that. Not
run on a GPU here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab import units
from greenlab.advice.analysis.torch.model import cuda_in_use
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, loaded_module
from greenlab.record import Saving

PARKED: Final = "https://arxiv.org/abs/2605.23918"
MIN_S: Final = 600.0
BUSY: Final = 0.05


@dataclass(frozen=True, slots=True)
class N02Facts:
    """CUDA is in use; `others`: by another library than torch, too."""

    others: tuple[str, ...]


def candidates(code: Code) -> Iterator[Site]:
    """Every cell: what it does not do cannot be told from its code."""
    if code.tree.body:
        yield Site("A cell of ten minutes.")


def confirm(_site: Site, _code: Code, _live: Live) -> N02Facts | None:
    """Torch has begun to work with CUDA."""
    if not cuda_in_use():
        return None
    others = ("cupy", "jax", "tensorflow")
    return N02Facts(tuple(name for name in others if loaded_module(name) is not None))


def trigger(confirmed: N02Facts, signals: Signals) -> tuple[str, ...] | None:
    """Ten minutes or more in which the GPU had next to nothing to do."""
    busy = signals.gpu_busy
    if signals.duration_s < MIN_S or busy is None or busy >= BUSY or confirmed.others:
        return None
    facts = [
        f"In {units.duration(signals.duration_s)} the GPU was busy {busy:.1%} of the time."
    ]
    if signals.gpu_power_w is not None:
        facts.append(f"It drew {signals.gpu_power_w:.0f} W meanwhile.")
    facts.append("A process that holds a GPU costs 26 to 66 W even when it does not use it.")
    return tuple(facts)


def estimate(_: N02Facts) -> Saving | None:
    """None: the source gives watts, not a share of a cell."""
    return None


RULE: Final = Rule(
    id="N02",
    title="Give the idle GPU back",
    when="a cell of 10 minutes or more that holds a GPU and leaves it idle, below 5 % busy",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda _: Plan(
        "A restart loses the kernel's variables: save first what cannot be made again.",
        "To change by hand: run this cell in a kernel of its own that does not use CUDA. Or, "
        "once the GPU's work is done, save what is needed and restart the kernel: emptying "
        "the cache does not release the GPU.",
    ),
    estimate=estimate,
    verify="V3",
    sources=(PARKED,),
    by_reading=False,
    of_idle_gpu=True,
)
