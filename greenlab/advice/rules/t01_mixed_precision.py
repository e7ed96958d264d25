"""T01: compute the forward pass of a torch model in bfloat16.

`torch.autocast` runs matrix products and convolutions in the lower precision and keeps
float32 where it matters (losses, norms, the weights themselves). `backward()` stays
outside, as its documentation asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.code import Code, calls, loaded, stored
from greenlab.advice.edits import Insert, Replace, Wrap
from greenlab.advice.live import Live
from greenlab.advice.rule import Library, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.advice.torch_loop import (
    Pass,
    models_in,
    nodes_of,
    passes,
    shares_lines,
    spans,
    torch_name,
)
from greenlab.advice.torch_model import (
    Model,
    autocast_is_on,
    computes_bfloat16,
    look,
)
from greenlab.advice.torch_step import refuses_autocast, rows_given
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/amp.html"
BENCHMARK: Final = "benchmarks/advice_first.py"
NOTHING: Final = "https://arxiv.org/abs/2409.07853"
TRAINING: Final = (
    "https://luiscruz.github.io/course_sustainableSE/2026/p1_measuring_software/"
    "g30_mixed-precision.html"
)
INFERENCE: Final = "https://research.nlpfrontiers.com/report/"

# Below this the casts may cost more than the products save: a perceptron of 9,000 weights
# took 58 % more CPU time, one of 85,000 between 11 % less and 11 % more, one of 300,000
# 34 % less, and a convolution of 37,000 (each used at every pixel) 45 to 55 % less.
# Measured by `benchmarks/advice_first.py`.
MIN_WEIGHTS: Final = 200_000
CONVOLUTION_FACTOR: Final = 8
# Each step casts every weight anew, which takes rows to pay. By the same benchmark, CPU time
# at width 512 (281,000 weights): 4 rows 1.2, 16 rows 1.0, 32 rows 0.7; at width 1024 (1.1
# million): 4 rows 0.7 to 1.2, 8 rows 0.5 to 0.8. In both it pays from 8 million products on.
MIN_PRODUCTS: Final = 8_000_000

# A cell that says one of these has made its choice of precision.
CHOSEN: Final = frozenset(
    {"Accelerator", "GradScaler", "Trainer", "SFTTrainer", "bfloat16", "float16", "half"}
)
_TO_NUMPY = ("numpy.array", "numpy.asarray", "numpy.concatenate", "numpy.stack")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The model, where it lives and the edit."""

    model: Model
    device: str
    training: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Pass]:
    """Training steps, then evaluations, in a cell that chose no precision."""
    if any(_chooses(node) for node in code.nodes):
        return
    yield from passes(code, ", all of it in full precision")


def confirm(site: Pass, code: Code, live: Live) -> Confirmed | None:
    """A float32 model, large enough, on hardware that computes in bfloat16."""
    found = spans(site, code, live)
    within = nodes_of(found)
    if not found or any(refuses_autocast(node, code, live) for node in within):
        return None
    models = [look(module, live) for module in models_in(within, code, live)]
    if not models or not all(map(_suits, models)):
        return None
    if (rows := rows_given(within, code, live)) is not None and all(
        model.convolution == 0 and rows * model.linear < MIN_PRODUCTS for model in models
    ):
        return None
    device = next(iter(models[0].devices))
    if autocast_is_on(device) or not computes_bfloat16(device):
        return None
    largest = max(models, key=lambda model: model.parameters)
    plan = _plan(site, found, device, code)
    return Confirmed(largest, device, site.backward is not None, plan)


def trigger(confirmed: Confirmed, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the device that computes was mostly waiting."""
    model = confirmed.model
    where = "CPU" if confirmed.device == "cpu" else "GPU"
    weights = f"{model.parameters:,} parameters, all in float32"
    facts = [f"{model.name} has {weights}, on a {where} that computes in bfloat16 as well."]
    if confirmed.device == "cuda" and signals.gpu_busy is not None:
        if signals.gpu_busy < 0.2:
            return None
        facts.append(f"The GPU was busy {signals.gpu_busy:.0%} of the time.")
    if confirmed.device == "cpu" and signals.cpu_cores is not None:
        if signals.cpu_cores < 0.3:
            return None
        facts.append(f"On average {signals.cpu_cores:.1f} CPU cores were busy.")
    return tuple(facts)


def estimate(confirmed: Confirmed) -> Saving | None:
    """On a CPU, CPU time by `benchmarks/advice_first.py`; on a GPU, published measurements.

    The GPU's lower end is the study that found no significant change; the upper end is a
    small convolutional network in training and BERT in inference.
    """
    if confirmed.device == "cpu":
        return Saving(0.2, 0.58, f"CPU time on a CPU with AVX512-BF16, {BENCHMARK}")
    if confirmed.training:
        return Saving(0.0, 0.12, f"{NOTHING} to {TRAINING}")
    return Saving(0.0, 0.75, f"{NOTHING} to {INFERENCE}")


def _chooses(node: ast.AST) -> bool:
    name = getattr(node, "id", None) or getattr(node, "attr", None)
    if isinstance(node, ast.alias):
        name = node.name.rpartition(".")[2]
    return isinstance(name, str) and (name in CHOSEN or "autocast" in name)


def _suits(model: Model) -> bool:
    return (
        model.dtypes == {"torch.float32"}
        and model.devices in ({"cpu"}, {"cuda"})
        and not model.managed
        and not model.casts_itself
        and model.linear + CONVOLUTION_FACTOR * model.convolution >= MIN_WEIGHTS
    )


def _plan(site: Pass, found: list[list[ast.stmt]], device: str, code: Code) -> Plan:
    torch, edits = torch_name(site.region, code)
    header = f'with {torch}.autocast("{device}", dtype={torch}.bfloat16):'
    risk = (
        "Rounding changes results a little: check your metric once. Outputs of the model "
        "become bfloat16; call .float() before .numpy()."
    )
    by_hand = f"To change by hand: put the forward pass and the loss under `{header}`."
    if any(_to_numpy(node, code) for node in code.nodes):
        return Plan(risk, f"{by_hand} This cell calls .numpy(): call .float() first.")
    for span in found:
        if span == [site.region] and site.backward:
            continue
        if shares_lines(span, code):
            return Plan(risk, by_hand)
        edits.append(Wrap(span[0].lineno, span[-1].end_lineno or span[-1].lineno, header))
    if site.backward and isinstance(site.backward.func, ast.Attribute):
        value = site.backward.func.value
        if any(calls(value)):
            used = loaded(code.tree) | stored(code.tree)
            loss = "loss" if "loss" not in used else "forward_loss"
            edits.append(
                Insert(site.region.lineno, f"{header}\n    {loss} = {code.text(value)}")
            )
            edits.append(Replace.of(code.masked.text, value, loss))
    return Plan(risk, by_hand, tuple(edits))


def _to_numpy(node: ast.AST, code: Code) -> bool:
    """Whether tensors may go to numpy, which has no bfloat16."""
    if not isinstance(node, ast.Call):
        return False
    method = isinstance(node.func, ast.Attribute) and node.func.attr == "numpy"
    return method or code.path(node.func) in _TO_NUMPY


RULE: Final = Rule(
    id="T01",
    title="Compute the forward pass in bfloat16",
    when="a PyTorch loop in 32-bit numbers, where the hardware computes in bfloat16",
    libraries=(Library("torch", (2, 4), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, BENCHMARK, NOTHING, TRAINING, INFERENCE),
)
