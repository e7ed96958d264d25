"""T10: compute gradients only for the parameters that the optimizer steps.

An optimizer that holds a model's head alone leaves the rest as it is, and yet every backward
pass goes through all of it. Without gradients there it ends at the head, with the same steps.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.called_models import names_of_models
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    nodes_of,
    outermost,
    spans,
    steps,
    work_of,
)
from greenlab.advice.rewriting.edits import Insert
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/notes/autograd.html#setting-requires-grad"
BENCHMARK: Final = "benchmarks/advice.py"
OPTIMIZER: Final = "torch.optim.optimizer.Optimizer"
# Of the weights that take gradients, this share or more must lie outside the optimizer.
MIN_SHARE: Final = 0.5


@dataclass(frozen=True)
class T10Step(Site):
    """A training step: the call of `backward` and of the optimizer's `step`."""

    one: Pass
    steps: tuple[ast.Call, ...]


@dataclass(frozen=True, slots=True)
class T10Facts:
    """Weights with gradients, and how many of them the optimizer steps."""

    model: str
    weights: int
    stepped: int
    plan: Plan


def candidates(code: Code) -> Iterator[T10Step]:
    """Training steps with one or more optimizers of which the cell says `step()`."""
    stepping = tuple(
        call
        for call in code.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "step" and not call.args
    )
    for call in steps(code) if stepping else ():
        fact = f"A training step ends in line {call.lineno}."
        yield T10Step(fact, Pass(fact, code.statement(call), call), stepping)


def confirm(site: T10Step, code: Code, live: Live) -> T10Facts | None:
    """Most weights with gradients are in no optimizer that is stepped here."""
    models = names_of_models(nodes_of(spans(site.one, code, live)), code, live)
    held: set[int] = set()
    optimizers: dict[str, Any] = {}
    for call in site.steps:
        assert isinstance(call.func, ast.Attribute)
        thing = live.resolve(code.actual(call.func.value))
        if descends(thing, OPTIMIZER):
            optimizers[code.text(call.func.value)] = thing
            held |= {id(one) for one in _held(thing, live)}
    if len(models) != 1 or len(optimizers) != 1:
        return None
    ((name, (_, model)),) = models.items()
    weights = stepped = 0
    for part in live.modules(model):
        for parameter in live.parameters(part):
            if live.read(parameter, "requires_grad") is not True:
                continue
            size = math.prod(live.read(parameter, "shape") or (0,))
            weights += size
            stepped += size if id(parameter) in held else 0
    if not stepped or weights - stepped < MIN_SHARE * weights:
        return None
    plan = _plan(site, name, next(iter(optimizers)), code)
    return T10Facts(type(model).__name__, weights, stepped, plan)


def trigger(confirmed: T10Facts, _: Signals) -> tuple[str, ...] | None:
    """What is computed and what of it is used."""
    left = confirmed.weights - confirmed.stepped
    stepped = f"The optimizer steps {confirmed.stepped:,} weights of {confirmed.model}"
    return (f"{stepped}; gradients of {left:,} others are computed and never used.",)


def estimate(_: T10Facts) -> Saving | None:
    """CPU time of training steps."""
    return Saving(0.2, 0.8, f"CPU time of a training step, {BENCHMARK}")


def _held(optimizer: Any, live: Live) -> Iterator[Any]:
    groups = instance_dict(optimizer).get("param_groups")
    for group in groups if type(groups) is list else ():
        parameters = group.get("params") if type(group) is dict else None
        for parameter in parameters if type(parameters) is list else ():
            live.tick()
            yield parameter


def _plan(site: T10Step, model: str, optimizer: str, code: Code) -> Plan:
    freeze = (
        f"{model}.requires_grad_(False)\n"
        f"for parameters in {optimizer}.param_groups:\n"
        '    for parameter in parameters["params"]:\n'
        "        parameter.requires_grad_(True)"
    )
    risk = (
        "The same steps as before. Weights outside the optimizer stay without gradients until "
        f"`{model}.requires_grad_(True)`. Where they never change and the inputs are not "
        "augmented, their outputs can be computed once and kept: that saves more."
    )
    by_hand = (
        f"To change by hand: call `{model}.requires_grad_(False)` before the loop, and "
        "`requires_grad_(True)` on the parameters that the optimizer holds."
    )
    assert site.one.backward is not None
    loop = outermost(site.one.backward, code)
    clips = any("clip_grad" in (code.path(call.func) or "") for call in code.calls)
    if clips or not code.once(loop):
        return Plan(risk, by_hand)
    made = [
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        if node.id in (model, optimizer)
    ]
    return Plan(risk, by_hand, () if made else (Insert(loop.lineno, freeze),))


RULE: Final = Rule(
    id="T10",
    title="Compute gradients only for what is trained",
    when="an optimizer holds less than half of the weights that take gradients",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    by_reading=False,
    work=lambda site, code, live: work_of(site.one, code, live),
)
