"""T02: let the tensor cores of a GPU multiply float32 matrices, in TF32.

Convolutions do so already; matrix products do not unless told. PyTorch 2.9 and later has
two ways of saying it, and after `fp32_precision = "tf32"` reading the older one is an error;
`set_float32_matmul_precision` sets both. Nothing of this was run on a GPU, and no published
figure of energy is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.called_models import models_in
from greenlab.advice.analysis.torch.model import TorchModel, autocast_is_on, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    nodes_of,
    passes,
    spans,
    torch_name,
    work_of,
)
from greenlab.advice.rewriting.edits import Insert
from greenlab.advice.rule import Library, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, loaded_module

DOCS: Final = "https://docs.pytorch.org/docs/stable/notes/cuda.html"
MIN_WEIGHTS: Final = 1_000_000

# A cell that says one of these has made its choice of precision.
CHOSEN: Final = frozenset(
    {"GradScaler", "allow_tf32", "autocast", "bfloat16", "float16", "float64", "fp32_precision",
     "half", "set_float32_matmul_precision"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class T02Facts:
    """The model that multiplies in full precision, and the edit."""

    model: TorchModel
    plan: Plan


def candidates(code: Code) -> Iterator[Pass]:
    """Every pass in a cell that chose no precision."""
    if CHOSEN.isdisjoint(code.words):
        yield from passes(code)


def confirm(site: Pass, code: Code, live: Live) -> T02Facts | None:
    """A float32 model on a GPU with TF32, while nobody chose how matrices are multiplied."""
    models = [
        look(one, live) for one in models_in(nodes_of(spans(site, code, live)), code, live)
    ]
    if not models or not all(map(_suits, models)) or not _undecided(loaded_module("torch")):
        return None
    torch, edits = torch_name(site.region, code)
    text = f'{torch}.set_float32_matmul_precision("high")'
    plan = Plan(
        "Products keep about three decimal digits instead of seven: check your metric once. "
        "It holds for the whole notebook.",
        f"To change by hand: call `{text}` once.",
        (*edits, Insert(code.top(site.region).lineno, text)),
    )
    return T02Facts(max(models, key=lambda model: model.linear), plan)


def trigger(confirmed: T02Facts, signals: Signals) -> tuple[str, ...] | None:
    """Only beside a GPU that is known to be busy."""
    if signals.gpu_busy is None or signals.gpu_busy < 0.5:
        return None
    model = confirmed.model
    weights = f"{model.linear:,} weights"
    return (
        f"{model.name} multiplies by {weights} in full float32, on a GPU that has TF32.",
        *signals.busy(gpu=True),
    )


def _suits(model: TorchModel) -> bool:
    return (
        model.dtypes == {"torch.float32"}
        and model.devices == {"cuda"}
        and not model.managed
        and not model.casts_itself
        and model.linear >= max(MIN_WEIGHTS, model.convolution)
    )


def _undecided(torch: Any) -> bool:
    """Whether the GPU has TF32 and nothing was said of it, by the notebook or the system."""
    try:
        backends = torch.backends
        precision = {backends.fp32_precision, backends.cuda.matmul.fp32_precision}
        return (
            precision == {"none"}
            and torch.cuda.get_device_capability() >= (8, 0)
            and not autocast_is_on("cuda")
        )
    except (AttributeError, RuntimeError):
        return False


RULE: Final = Rule(
    id="T02",
    title="Multiply matrices in TF32",
    when="a float32 model on an NVIDIA GPU since Ampere, with TF32 left off",
    libraries=(Library("torch", (2, 9), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=lambda _: None,
    verify="V3",
    sources=(DOCS,),
    conflicts=("T01",),
    by_reading=False,
    work=work_of,
)
