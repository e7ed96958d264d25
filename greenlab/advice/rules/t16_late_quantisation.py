"""T16: train for quantisation in the last epochs only.

Fake quantisation rounds every weight and activation in each step of a training. What it is
for, to let a trained network settle on the coarser grid, takes about a tenth of the epochs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.torch.called_models import names_of_models
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    nodes_of,
    outermost,
    spans,
    steps,
    torch_name,
)
from greenlab.advice.analysis.trip_count import counted
from greenlab.advice.rewriting.edits import Insert
from greenlab.advice.rule import Library, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, lineage, subclasses
from greenlab.record import Saving

PAPER: Final = "https://arxiv.org/abs/2004.09602"
BENCHMARK: Final = "benchmarks/advice.py"
FAKE: Final = "torch.ao.quantization.fake_quantize.FakeQuantizeBase"
MODULE: Final = "torch.nn.modules.module.Module"
QUANTIZATION: Final = "torch.ao.quantization"

MIN_EPOCHS: Final = 10
LAST_SHARE: Final = 0.1
# A cell that says one of these decides itself when to quantise, or starts from a trained model.
DECIDED: Final = frozenset(
    {"disable_fake_quant", "disable_observer", "enable_fake_quant", "enable_observer",
     "from_pretrained", "load", "load_model", "load_state_dict", "weights"}
)  # fmt: skip
# Models of these libraries are mostly loaded with trained weights.
TRAINED: Final = ("timm.", "torchvision.", "transformers.")
CHAINED: Final = ("cpu", "cuda", "float", "to", "train")


@dataclass(frozen=True)
class T16Step(Pass):
    """A training step in a loop over a plain number of epochs."""

    loop: ast.For
    epochs: int


@dataclass(frozen=True, slots=True)
class T16Facts:
    """How many fake quantisers round in each of how many epochs, and the edit."""

    model: str
    quantisers: int
    epochs: int
    plan: Plan


def candidates(code: Code) -> Iterator[T16Step]:
    """Training steps for many epochs, where this very cell prepares a new model for them.

    A model made elsewhere may have been trained already.
    """
    if len(_preparing(code)) != 1 or not DECIDED.isdisjoint(code.words):
        return
    calls = list(steps(code))
    for call in calls:
        loop = outermost(call, code)
        if not isinstance(loop, ast.For):
            continue
        epochs = counted(loop.iter) or 0
        alone = all(one is call or loop in code.within(one) for one in calls)
        if epochs >= MIN_EPOCHS and alone:
            fact = f"Line {loop.lineno} trains for quantisation in {epochs} epochs."
            yield T16Step(fact, code.statement(call), call, loop, epochs)


def confirm(site: T16Step, code: Code, live: Live) -> T16Facts | None:
    """The model was made in this cell, before the loop, and rounds its numbers."""
    models = names_of_models(nodes_of(spans(site, code, live)), code, live)
    if len(models) != 1:
        return None
    ((name, (_, model)),) = models.items()
    parts = list(live.modules(model))
    fakes = sum(descends(part, FAKE) for part in parts)
    ready_made = any(one.startswith(TRAINED) for part in parts for one in lineage(part))
    if not fakes or ready_made or not _new(code, live):
        return None
    return T16Facts(type(model).__name__, fakes, site.epochs, _plan(site, name, code))


def trigger(confirmed: T16Facts, _: Signals) -> tuple[str, ...] | None:
    """Any heavy training of this kind."""
    quantisers = f"{confirmed.quantisers} fake quantisers in {confirmed.model}"
    return (
        f"{quantisers} round its numbers in every step of {confirmed.epochs} epochs.",
        f"About a tenth of the epochs is usual for it ({PAPER}).",
    )


def estimate(_: T16Facts) -> Saving | None:
    """CPU time of the training by `benchmarks/advice.py`."""
    return Saving(0.1, 0.5, f"CPU time of the training, {BENCHMARK}")


def _preparing(code: Code) -> list[ast.Call]:
    found = []
    for call in code.calls:
        named = code.path(call.func) or ""
        if named.startswith("torch.ao.") and named.endswith(("prepare_qat", "prepare_qat_fx")):
            found.append(call)
    return found


def _new(code: Code, live: Live) -> bool:
    """Whether what is prepared was constructed in this cell."""
    (prepared,) = _preparing(code)
    thing = _unchained(prepared.args[0]) if prepared.args else None
    if isinstance(thing, ast.Name):
        name = thing.id
        made = [
            _unchained(node.value)
            for node in code.nodes
            if isinstance(node, ast.Assign)
            and code.once(node)
            and node.lineno < prepared.lineno
            if any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
        ]
        thing = made[-1] if made else None
    made_of = live.resolve(thing.func) if isinstance(thing, ast.Call) else None
    return subclasses(made_of, MODULE)


def _unchained(node: ast.expr) -> ast.expr:
    """`Net()` of `Net().train()`."""
    while (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CHAINED
    ):
        node = node.func.value
    return node


def _plan(site: T16Step, name: str, code: Code) -> Plan:
    torch, edits = torch_name(site.loop, code)
    late = site.epochs - max(1, round(site.epochs * LAST_SHARE))
    quantisation = f"{torch}.{QUANTIZATION.partition('.')[2]}"
    switch = "\n".join(
        f"{name}.apply({quantisation}.{{0}}_{one})" for one in ("observer", "fake_quant")
    )
    risk = (
        "The network settles on the coarser grid in fewer steps: check the metric of the "
        "converted model, and give it more of the last epochs if it drops."
    )
    by_hand = (
        f"To change by hand: train in floats first and prepare the model for the last "
        f"{site.epochs - late} epochs, with a smaller learning rate."
    )
    first, target = site.loop.body[0], site.loop.target
    if (
        not isinstance(target, ast.Name)
        or target.id in {one for part in site.loop.body for one in stored(part)}
        or not code.once(site.loop)
        or first.lineno == site.loop.lineno
        or name.partition(".")[0] in stored(site.loop)
    ):
        return Plan(risk, by_hand)
    begin = "\n".join(f"    {row}" for row in switch.format("enable").splitlines())
    edits += [
        Insert(site.loop.lineno, switch.format("disable")),
        Insert(first.lineno, f"if {target.id} == {late}:\n{begin}"),
    ]
    return Plan(risk, by_hand, tuple(edits))


RULE: Final = Rule(
    id="T16",
    title="Train for quantisation in the last epochs only",
    when="a new network trained with fake quantisation for ten epochs or more",
    libraries=(Library("torch", (2, 0), (2, 14)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(PAPER, BENCHMARK),
    by_reading=False,
    work=lambda site, _code, _live: Work((site.loop,)),
)
