"""M01: a smaller counterpart of a well-known model, from `data/models.csv`.

Each row of the table names its source. Nothing is said of a model that is not in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.model import is_module, look
from greenlab.advice.analysis.transformers.model_table import (
    Counterpart,
    builder,
    registry,
    table,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict
from greenlab.record import Saving

# Under these names a pipeline of transformers or diffusers holds the model it runs.
HELD: Final = ("model", "transformer", "unet")
# Weights that torchvision has for every model of the table.
ANY_WEIGHTS: Final = (None, "DEFAULT", "IMAGENET1K_V1")

# What a fitted scikit-learn model is asked for.
ASKED: Final = frozenset({"predict", "predict_proba", "score", "transform"})


@dataclass(frozen=True)
class Loaded(Site):
    """`call` loads a model of the table; `node` names it: a literal, or what is called."""

    call: ast.Call
    node: ast.expr
    library: str
    model: str


@dataclass(frozen=True, slots=True)
class M01Facts:
    """The model, its counterpart, its number of parameters, the edit."""

    model: str
    counterpart: Counterpart
    parameters: int
    plan: Plan


def candidates(code: Code) -> Iterator[Loaded]:
    """Every call that loads a model of the table, by a literal name or its own builder."""
    for call in code.calls:
        for node, library, model in _named(call, code):
            smaller = table()[library, model].smaller
            if _says(smaller, code):  # the two are compared
                continue
            fact = f"Line {call.lineno} loads {model}; {smaller} is smaller."
            yield Loaded(fact, call, node, library, model)


def confirm(site: Loaded, code: Code, live: Live) -> M01Facts | None:
    """What was loaded is alive under the name it was given: a model, not only its tokenizer."""
    statement = code.statement(site.call)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    if any(_is_tied(call, code) for call in code.calls):
        return None
    module = _module(live.resolve(statement.targets[0]))
    if module is None:
        return None
    counterpart = table()[site.library, site.model]
    parameters = look(module, live).parameters
    return M01Facts(site.model, counterpart, parameters, _plan(site, counterpart, code))


def trigger(confirmed: M01Facts, _: Signals) -> tuple[str, ...] | None:
    """Any heavy cell that loads the model."""
    other = confirmed.counterpart
    return (
        f"The cell loads {confirmed.model}, {confirmed.parameters:,} parameters.",
        f"{other.smaller} {other.what} ({other.source}).",
    )


def _module(thing: Any) -> Any:
    """A torch module itself, or the one that a pipeline holds."""
    if is_module(thing):
        return thing
    own = instance_dict(thing)
    return next((own[name] for name in HELD if is_module(own.get(name))), None)


def _is_tied(call: ast.Call, code: Code) -> bool:
    """Whether something made for this very model is used with it.

    Weights of the user's own that are put into it, or a scikit-learn model that was fitted,
    in another cell, to its vectors: a smaller counterpart fits neither.
    """
    func = call.func
    if not isinstance(func, ast.Attribute):
        return False
    if func.attr == "load_state_dict":
        return True
    fitted = (code.path(func) or "").startswith("sklearn.") and func.attr in ASKED
    return fitted and not any(
        isinstance(other.func, ast.Attribute)
        and other.func.attr.startswith("fit")
        and ast.dump(other.func.value) == ast.dump(func.value)
        for other in code.calls
    )


def _named(call: ast.Call, code: Code) -> Iterator[tuple[ast.expr, str, str]]:
    """Where a call names a model of the table: the node, its registry and the name."""
    path = code.path(call.func)
    if name := builder(path):
        yield call.func, "torchvision", name
    elif library := registry(path):
        for value in (*call.args, *(word.value for word in call.keywords)):
            if isinstance(value, ast.Constant) and (library, value.value) in table():
                yield value, library, str(value.value)


def _says(name: str, code: Code) -> bool:
    """Whether the cell names a model, as a text or by its builder."""
    texts = (node.value for node in code.nodes if isinstance(node, ast.Constant))
    return name in code.words or any(text == name for text in texts)


def _plan(site: Loaded, counterpart: Counterpart, code: Code) -> Plan:
    smaller = counterpart.smaller
    risk = f"Its price: {counterpart.cost}. Check its licence and your metric first."
    by_hand = f"To change by hand: load `{smaller}` wherever the name stands."
    loads = [call for call in code.calls if registry(code.path(call.func))]
    if any(word.arg in ("revision", "variant") for call in loads for word in call.keywords):
        return Plan(risk, by_hand)
    if not counterpart.same_class and not all(_any_class(call, code) for call in loads):
        return Plan(
            risk, f"{by_hand} Use an Auto class; this one is made for the larger model."
        )
    if site.library != "hub" and not (counterpart.same_class and _any_weights(site.call)):
        return Plan(risk, f"{by_hand} Its layers and weights have other names.")
    source = code.masked.text
    if site.node is site.call.func:
        if isinstance(site.node, ast.Name):
            return Plan(risk, f"{by_hand} Import it first.")
        text = f"{code.text(site.node.value)}.{smaller}"  # type: ignore[attr-defined]
        return Plan(risk, by_hand, (Replace.of(source, site.node, text),))
    return Plan(
        risk,
        by_hand,
        tuple(
            Replace.of(source, node, repr(smaller))
            for call in loads
            for node, _, name in _named(call, code)
            if name == site.model
        ),
    )


def _any_class(call: ast.Call, code: Code) -> bool:
    """Whether this loader makes whatever class the name asks for."""
    path = code.path(call.func) or ""
    owner = path.removesuffix(".from_pretrained").rpartition(".")[2]
    return owner in ("pipeline", "SentenceTransformer") or owner.startswith("Auto")


def _any_weights(call: ast.Call) -> bool:
    """Whether the weights asked for, if any, exist for the other model too."""
    words = {word.arg: word.value for word in call.keywords}
    weights = words.get("weights", ast.Constant(None))
    return (
        None not in words
        and isinstance(weights, ast.Constant)
        and weights.value in ANY_WEIGHTS
        and not {"checkpoint_path", "weights_backbone"} & words.keys()
    )


def _estimate(confirmed: M01Facts) -> Saving | None:
    return confirmed.counterpart.saving


RULE: Final = Rule(
    id="M01",
    title="Try a smaller model",
    when="a large model that has a well-known smaller counterpart",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=_estimate,
    verify="V2",
    sources=("greenlab/advice/data/models.csv",),
)
