"""T01: compute the forward pass of a torch model in bfloat16.

`torch.autocast` runs matrix products and convolutions in the lower precision and keeps
float32 where it matters (losses, norms, the weights themselves). `backward()` stays
outside, as its documentation asks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.code import Code, calls, loaded, stored
from greenlab.advice.edits import Edit, Insert, Replace, Wrap
from greenlab.advice.live import Live
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.torch_model import (
    Model,
    autocast_is_on,
    computes_bfloat16,
    look,
)
from greenlab.advice.torch_step import module_of, refuses_autocast, rows_given
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
_NO_GRAD = ("no_grad", "inference_mode")
_TO_NUMPY = ("numpy.array", "numpy.asarray", "numpy.concatenate", "numpy.stack")


@dataclass(frozen=True)
class Pass(Site):
    """`backward`: the call that ends a training step; `None`: `region` is an evaluation."""

    region: ast.stmt
    backward: ast.Call | None


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
    for call in code.calls:
        if _ends_step(call) and _repeats(call, code):
            fact = f"A training step ends in line {call.lineno}, all of it in full precision."
            yield Pass(fact, code.statement(call), call)
    for node in code.nodes:
        if isinstance(node, (ast.With, ast.FunctionDef)) and _without_gradients(node, code):
            fact = f"A model is evaluated from line {node.lineno}, all of it in full precision."
            yield Pass(fact, node, None)


def confirm(site: Pass, code: Code, live: Live) -> Confirmed | None:
    """A float32 model, large enough, on hardware that computes in bfloat16."""
    first = site.region
    spans = _training(site, code, live) if site.backward else _evaluation(site, code, live)
    within = [node for span in spans for statement in span for node in ast.walk(statement)]
    if not spans or any(refuses_autocast(node, code, live) for node in within):
        return None
    models = [look(module, live) for module in _modules(within, code, live)]
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
    plan = _plan(site, spans, device, first, code)
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


def _ends_step(call: ast.Call) -> bool:
    # `accelerator.backward(loss)` and `scaler.scale(loss).backward()` are others' steps.
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "backward" or call.args:
        return False
    held = func.value
    return not (
        isinstance(held, ast.Call)
        and isinstance(held.func, ast.Attribute)
        and held.func.attr == "scale"
    )


def _repeats(node: ast.AST, code: Code) -> bool:
    return any(
        isinstance(above, (ast.For, ast.While, ast.FunctionDef)) for above in code.within(node)
    )


def _without_gradients(node: ast.With | ast.FunctionDef, code: Code) -> bool:
    marks = (
        [item.context_expr for item in node.items]
        if isinstance(node, ast.With)
        else node.decorator_list
    )
    called = [mark.func if isinstance(mark, ast.Call) else mark for mark in marks]
    paths = [code.path(func) or "" for func in called]
    return any(p.startswith("torch.") and p.endswith(_NO_GRAD) for p in paths)


def _training(site: Pass, code: Code, live: Live) -> list[list[ast.stmt]]:
    """The statements from the first use of a model to the loss."""
    block = code.block(site.region)
    last = block.index(site.region)
    assert site.backward is not None
    needed = loaded(site.backward.func)
    chain: list[ast.stmt] = []
    if _modules(ast.walk(site.backward), code, live):
        return [[site.region]]
    for statement in reversed(block[:last]):
        if (
            not isinstance(statement, (ast.Import, ast.ImportFrom))
            and stored(statement) & needed
        ):
            chain.append(statement)
            needed |= loaded(statement)
    using = [one for one in chain if _modules(ast.walk(one), code, live)]
    if not using:
        return []
    return [block[block.index(using[-1]) : block.index(chain[0]) + 1]]


def _evaluation(site: Pass, code: Code, live: Live) -> list[list[ast.stmt]]:
    """The statements that call a model."""
    spans: list[list[ast.stmt]] = []
    for call in calls(site.region):
        statement = code.statement(call)
        known = any([one] in spans for one in (statement, *code.within(statement)))
        if not known and module_of(call.func, code, live) is not None:
            spans.append([statement])
    return spans


def _modules(nodes: Any, code: Code, live: Live) -> list[Any]:
    """The models that are called, or handed to a function, among these nodes."""
    found: dict[int, Any] = {}
    for node in nodes:
        if isinstance(node, ast.Call):
            for part in (node.func, *node.args, *(word.value for word in node.keywords)):
                if (module := module_of(part, code, live)) is not None:
                    found[id(module)] = module
    return list(found.values())


def _suits(model: Model) -> bool:
    return (
        model.dtypes == {"torch.float32"}
        and model.devices in ({"cpu"}, {"cuda"})
        and not model.managed
        and not model.casts_itself
        and model.linear + CONVOLUTION_FACTOR * model.convolution >= MIN_WEIGHTS
    )


def _plan(
    site: Pass, spans: list[list[ast.stmt]], device: str, first: ast.stmt, code: Code
) -> Plan:
    torch = next(
        (name for name in sorted(loaded(code.tree)) if code.names(name) == "torch"), "torch"
    )
    header = f'with {torch}.autocast("{device}", dtype={torch}.bfloat16):'
    risk = (
        "Rounding changes results a little: check your metric once. Outputs of the model "
        "become bfloat16; call .float() before .numpy()."
    )
    by_hand = f"To change by hand: put the forward pass and the loss under `{header}`."
    if any(_to_numpy(node, code) for node in code.nodes):
        return Plan(risk, f"{by_hand} This cell calls .numpy(): call .float() first.")
    edits: list[Edit] = []
    for span in spans:
        if span == [site.region] and site.backward:
            continue
        start, end = span[0].lineno, span[-1].end_lineno or span[-1].lineno
        others = [one for one in code.block(span[0]) if one not in span]
        if any(one.lineno <= end and (one.end_lineno or 0) >= start for one in others):
            return Plan(risk, by_hand)  # they share a line
        edits.append(Wrap(start, end, header))
    if site.backward and isinstance(site.backward.func, ast.Attribute):
        value = site.backward.func.value
        if any(calls(value)):
            used = loaded(code.tree) | stored(code.tree)
            loss = "loss" if "loss" not in used else "forward_loss"
            edits.append(Insert(first.lineno, f"{header}\n    {loss} = {code.text(value)}"))
            edits.append(Replace.of(code.masked.text, value, loss))
    if code.names(torch) != "torch":
        top = [node for node in (first, *code.within(first)) if isinstance(node, ast.stmt)]
        edits.insert(0, Insert(top[-1].lineno, "import torch"))
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
    libraries=(Library("torch", (2, 4), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, BENCHMARK, NOTHING, TRAINING, INFERENCE),
)
