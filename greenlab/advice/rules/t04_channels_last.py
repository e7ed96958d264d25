"""T04: keep images with their channels last, as the convolution kernels want them.

With the weights of a network in that layout each layer hands it on to the next, and the
input is brought into it by the first one. On a CPU it pays in inference; in training it was
measured not to. On a GPU it pays where tensor cores compute in half precision.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.called_models import names_of_models
from greenlab.advice.analysis.torch.model import CONVOLUTION, TorchModel, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    nodes_of,
    outermost,
    passes,
    repeats,
    spans,
    torch_name,
    work_of,
)
from greenlab.advice.rewriting.edits import Edit, Insert
from greenlab.advice.rule import Library, Listed, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.cellcode.ast_queries import stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, loaded_module
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html"
BENCHMARK: Final = "benchmarks/advice.py"
PLANE: Final = "torch.nn.modules.conv.Conv2d"

# Smaller images, or fewer channels, lost as often as they gained.
MIN_PIXELS: Final = 32 * 32
MIN_CHANNELS: Final = 32


@dataclass(frozen=True, slots=True)
class T04Facts:
    """The network, its device, the size of its images (`None`: not known), and the edit.

    `again`: it is called more than once.
    """

    model: TorchModel
    device: str
    training: bool
    half: bool
    again: bool
    pixels: int | None
    plan: Plan


def candidates(code: Code) -> Iterator[Pass]:
    """Every pass in a cell that says nothing of layouts."""
    if not any(getattr(node, "attr", None) == "channels_last" for node in code.nodes):
        yield from passes(code)


def confirm(site: Pass, code: Code, live: Live) -> T04Facts | None:
    """A network of plain 2-D convolutions whose weights lie in the usual layout."""
    within = nodes_of(spans(site, code, live))
    for name, (node, module) in names_of_models(within, code, live).items():
        model = look(module, live)
        if not _suits(module, model, live):
            continue
        call = code.parents[node]
        shape = _shape(call, code, live) if isinstance(call, ast.Call) else None
        if shape is not None and len(shape) != 4:
            continue
        return T04Facts(
            model=model,
            device=next(iter(model.devices)),
            training=site.backward is not None,
            half=model.dtypes != {"torch.float32"}
            or any("autocast" in word for word in code.words),
            again=repeats(node, code),
            pixels=None if shape is None else shape[2] * shape[3],
            plan=_plan(name, node, code),
        )
    return None


def trigger(confirmed: T04Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent where it was measured not to pay; listed where the images are not in sight."""
    fact = f"{confirmed.model.name} convolves images that lie with their channels first."
    if confirmed.device == "cuda":
        if not confirmed.half or (signals.gpu_busy is not None and signals.gpu_busy < 0.5):
            return None
        return (fact, "The GPU computes in half precision, where the layout matters.")
    if confirmed.training or confirmed.half or signals.waited():
        return None
    if confirmed.pixels is None:
        return Listed((fact,))
    if confirmed.pixels < MIN_PIXELS:
        return None
    facts = (fact, f"Each image has {confirmed.pixels:,} pixels.")
    return facts if confirmed.again else Listed(facts)


def estimate(confirmed: T04Facts) -> Saving | None:
    """CPU time in inference by `benchmarks/advice.py`; time on a V100 by the documentation."""
    if confirmed.device == "cuda":
        return Saving(0.0, 0.22, f"time of training, {DOCS}")
    return Saving(0.05, 0.4, f"CPU time of the calls, {BENCHMARK}")


def _suits(module: Any, model: TorchModel, live: Live) -> bool:
    if model.devices not in ({"cpu"}, {"cuda"}) or model.managed:
        return False
    if model.convolution * 8 < model.linear:
        return False
    convolutions = [part for part in live.modules(module) if descends(part, CONVOLUTION)]
    if not convolutions or not all(descends(part, PLANE) for part in convolutions):
        return False
    weights = [weight for part in convolutions for weight in live.parameters(part)]
    kernels = [weight for weight in weights if len(live.read(weight, "shape") or ()) == 4]
    widest = max((live.read(kernel, "shape")[0] for kernel in kernels), default=0)
    return widest >= MIN_CHANNELS and not any(_channels_last(one, live) for one in kernels)


def _channels_last(kernel: Any, live: Live) -> bool:
    """Whether a kernel of more than one pixel and channel lies with its channels last."""
    shape = live.read(kernel, "shape")
    if shape is None or shape[1] == 1 or shape[2] * shape[3] == 1:
        return False
    return bool(loaded_module("torch").Tensor.stride(kernel)[1] == 1)


def _shape(call: ast.Call, code: Code, live: Live) -> tuple[int, ...] | None:
    """The shape of the images handed to the network, if they are still there."""
    if len(call.args) != 1:
        return None
    given = call.args[0]
    while isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute):
        if given.func.attr not in ("to", "cuda", "cpu", "float", "contiguous"):
            return None
        given = given.func.value
    shape = live.read(live.resolve(code.actual(given)), "shape")
    return None if shape is None else tuple(shape)


def _plan(name: str, node: ast.expr, code: Code) -> Plan:
    torch, edits = torch_name(node, code)
    text = f"{name}.to(memory_format={torch}.channels_last)"
    risk = "The results are the same up to rounding. Indexing and shapes stay as they are."
    by_hand = f"To change by hand: call `{text}` once, before the loop."
    before = outermost(node, code)
    if name.partition(".")[0] in stored(before):
        return Plan(risk, by_hand)
    every: list[Edit] = [*edits, Insert(before.lineno, text)]
    return Plan(risk, by_hand, tuple(every))


RULE: Final = Rule(
    id="T04",
    title="Keep the channels of images last",
    when="a network of 2-D convolutions with its weights in the usual layout",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    by_reading=False,
    work=work_of,
)
