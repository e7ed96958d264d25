"""L04: keep a model that fits one GPU on one GPU.

Layers spread over several GPUs run one after the other: one GPU works, the others wait, and
each of them draws its idle power and that of its context all the while.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.callers import called
from greenlab.advice.analysis.torch.model import is_module
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/accelerate/concept_guides/big_model_inference"
IDLE: Final = "https://arxiv.org/abs/2605.23918"

# Leave room for what grows while it runs: caches, activations.
MAX_SHARE: Final = 0.7
LIBRARIES: Final = ("diffusers.", "peft.", "transformers.")
SPREADING: Final = ("auto", "balanced", "balanced_low_0", "sequential")


@dataclass(frozen=True)
class Spread(Site):
    """A call of a model, or of what holds it; `load` is its `device_map`, if in this cell."""

    model: ast.expr
    load: ast.expr | None


@dataclass(frozen=True, slots=True)
class L04Facts:
    """The model and how many GPUs its layers lie on."""

    model: str
    gpus: int
    plan: Plan


def candidates(code: Code) -> Iterator[Spread]:
    """Every call of a transformers or diffusers model, and every load that spreads one."""
    for call in code.calls:
        func, load = call.func, keyword(call, "device_map")
        runs = isinstance(func, ast.Name) or getattr(func, "attr", "") == "generate"
        if not (runs or load) or not called(call, code).startswith(LIBRARIES):
            continue
        if load and _spreads(load):
            statement = code.statement(call)
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                fact = f"Line {call.lineno} may spread a model over several GPUs."
                yield Spread(fact, statement.targets[0], load)
        elif runs:
            owner = func.value if isinstance(func, ast.Attribute) else func
            yield Spread(f"Line {call.lineno} runs a model.", code.actual(owner) or owner, None)


def confirm(site: Spread, code: Code, live: Live) -> L04Facts | None:
    """The layers lie on several GPUs, and on GPUs alone."""
    thing = live.resolve(site.model)
    if not is_module(thing):
        thing = instance_dict(thing).get("model")
    places = instance_dict(thing).get("hf_device_map")
    if type(places) is not dict or not all(map(_is_gpu, places.values())):
        return None
    gpus = len({str(place).removeprefix("cuda:") for place in places.values()})
    return L04Facts(type(thing).__name__, gpus, _plan(site, code)) if gpus > 1 else None


def trigger(confirmed: L04Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """All of it would fit the memory of one GPU, by what the fullest one holds now."""
    facts = (f"The layers of {confirmed.model} lie on {confirmed.gpus} GPUs.",)
    share = signals.gpu_memory_share
    if share is None:
        return Listed(facts)
    if (needed := share * confirmed.gpus) > MAX_SHARE:
        return None
    return (*facts, f"Together they fill at most {needed:.0%} of the memory of one.")


def _spreads(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in SPREADING


def _is_gpu(place: Any) -> bool:
    # Accelerate writes a GPU as its number; "cpu" and "disk" are other places.
    return type(place) is int or str(place).startswith("cuda")


def _plan(site: Spread, code: Code) -> Plan:
    risk = "Less memory for long inputs and large batches; several at once may take longer."
    by_hand = 'To change by hand: load the model with `device_map={"": 0}`.'
    if site.load is None:
        return Plan(risk, f"{by_hand} It is loaded in another cell.")
    return Plan(risk, by_hand, (Replace.of(code.masked.text, site.load, '{"": 0}'),))


def estimate(_: L04Facts) -> Saving | None:
    """None: nothing published measured layers spread over GPUs against one."""
    return None


RULE: Final = Rule(
    id="L04",
    title="Keep the model on one GPU",
    when="a model spread over several GPUs that fits one",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V3",
    sources=(DOCS, IDLE),
    by_reading=False,
)
