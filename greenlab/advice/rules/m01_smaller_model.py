"""M01: a smaller counterpart of a well-known checkpoint, from `data/models.csv`.

Each row of the table names its source. Nothing is said of a checkpoint that is not in it.
"""

from __future__ import annotations

import ast
import csv
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from greenlab.advice.code import Code
from greenlab.advice.edits import Replace
from greenlab.advice.live import Live, instance_dict
from greenlab.advice.rule import Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.torch_model import is_module, look
from greenlab.record import Saving

# The first part of what a loader stands for, and its last.
LOADERS: Final = frozenset(
    {
        ("transformers", "from_pretrained"),
        ("transformers", "pipeline"),
        ("sentence_transformers", "SentenceTransformer"),
        ("diffusers", "from_pretrained"),
        ("timm", "create_model"),
        ("torchvision", "get_model"),
    }
)

# What a fitted scikit-learn model is asked for.
ASKED: Final = frozenset({"predict", "predict_proba", "score", "transform"})


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A row of the table. `what` and `cost`: its gain and its price, as the source says."""

    smaller: str
    same_class: bool
    saving: Saving | None
    what: str
    cost: str
    source: str


@dataclass(frozen=True)
class Loaded(Site):
    """A call that loads a checkpoint of the table by its literal name."""

    call: ast.Call
    model: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The checkpoint, its counterpart, its number of parameters, the edit."""

    model: str
    counterpart: Counterpart
    parameters: int
    plan: Plan


@functools.cache
def table() -> Mapping[str, Counterpart]:
    """The table by checkpoint; one with two names stands under both."""
    found = {}
    text = files("greenlab.advice").joinpath("data/models.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        saving = (
            Saving(float(row["saving_low"]), float(row["saving_high"]), row["source"])
            if row["saving_low"]
            else None
        )
        counterpart = Counterpart(
            smaller=row["smaller"],
            same_class=row["same_class"] == "yes",
            saving=saving,
            what=row["what"],
            cost=row["cost"],
            source=row["source"],
        )
        found.update(dict.fromkeys(row["model"].split("|"), counterpart))
    return found


def candidates(code: Code) -> Iterator[Loaded]:
    """Every call of a real loader with a checkpoint of the table as a literal."""
    for call in code.calls:
        if not _loads(call, code):
            continue
        for name in _names(call):
            counterpart = table()[_text(name)]
            fact = f"Line {call.lineno} loads {_text(name)}; {counterpart.smaller} is smaller."
            yield Loaded(fact, call, _text(name))


def confirm(site: Loaded, code: Code, live: Live) -> Confirmed | None:
    """What was loaded is alive under the name it was given: a model, not only its tokenizer."""
    statement = code.statement(site.call)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    if any(_is_tied(call, code) for call in code.calls):
        return None
    thing = live.resolve(statement.targets[0])
    module = thing if is_module(thing) else instance_dict(thing).get("model")
    if not is_module(module):
        return None
    counterpart = table()[site.model]
    parameters = look(module, live).parameters
    return Confirmed(site.model, counterpart, parameters, _plan(site, counterpart, code))


def trigger(confirmed: Confirmed, _: Signals) -> tuple[str, ...] | None:
    """Any heavy cell that loads the model."""
    other = confirmed.counterpart
    return (
        f"The cell loads {confirmed.model}, {confirmed.parameters:,} parameters.",
        f"{other.smaller} {other.what} ({other.source}).",
    )


def _loads(call: ast.Call, code: Code) -> bool:
    path = code.path(call.func) or ""
    return (path.partition(".")[0], path.rpartition(".")[2]) in LOADERS


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


def _names(call: ast.Call) -> Iterator[ast.Constant]:
    """The literals of a call that name a checkpoint of the table."""
    for value in (*call.args, *(word.value for word in call.keywords)):
        if isinstance(value, ast.Constant) and table().get(_text(value)):
            yield value


def _text(constant: ast.Constant) -> str:
    return constant.value if type(constant.value) is str else ""


def _plan(site: Loaded, counterpart: Counterpart, code: Code) -> Plan:
    risk = f"Its price: {counterpart.cost}. Check its licence and your metric first."
    by_hand = f"To change by hand: load `{counterpart.smaller}` wherever the name stands."
    loads = [call for call in code.calls if _loads(call, code)]
    if any(word.arg in ("revision", "variant") for call in loads for word in call.keywords):
        return Plan(risk, by_hand)
    if not counterpart.same_class and not all(_any_class(call, code) for call in loads):
        return Plan(
            risk, f"{by_hand} Use an Auto class; this one is made for the larger model."
        )
    source = code.masked.text
    return Plan(
        risk,
        by_hand,
        tuple(
            Replace.of(source, name, ast.unparse(ast.Constant(counterpart.smaller)))
            for call in loads
            for name in _names(call)
            if _text(name) == site.model
        ),
    )


def _any_class(call: ast.Call, code: Code) -> bool:
    path = code.path(call.func) or ""
    owner = path.removesuffix(".from_pretrained").rpartition(".")[2]
    return owner == "pipeline" or owner.startswith("Auto")


def _estimate(confirmed: Confirmed) -> Saving | None:
    return confirmed.counterpart.saving


RULE: Final = Rule(
    id="M01",
    title="Try a smaller model",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=_estimate,
    verify="V2",
    sources=("greenlab/advice/data/models.csv",),
)
