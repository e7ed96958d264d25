"""Libraries that train in the user's place, and the argument that tells each its precision.

Lightning's Trainer, Accelerate's Accelerator and transformers' TrainingArguments: the live
object says what it was told, else the call that made it, wherever that stands.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.callers import given
from greenlab.advice.analysis.torch.called_models import models_in
from greenlab.advice.analysis.torch.model import TorchModel, is_module, look
from greenlab.advice.analysis.torch.model_size_from_code import unbuilt
from greenlab.advice.analysis.torch.training_and_evaluation import (
    forward,
    nodes_of,
    prepared_steps,
)
from greenlab.advice.rewriting.edits import Edit, Replace
from greenlab.cellcode.abstract_values import Known, Made, Value, bases
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict, path
from greenlab.cellcode.parsed_source import SourceText

# Arguments of a Hugging Face trainer that decide, or hand the decision to another library.
DECIDES: Final = ("bf16", "fp16", "deepspeed", "fsdp", "torch_compile")
_LIGHTNING: Final = ("lightning.", "pytorch_lightning.")
_HF_TRAINER: Final = "transformers.trainer.Trainer"


@dataclass(frozen=True, slots=True)
class Told:
    """What a library that trains was told: the model, and whether it computes in 32 bits."""

    library: str
    model: TorchModel
    maker: str
    """The last part of the path of the call that takes the argument."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Edits that give an argument, in the text that they belong to."""

    edits: tuple[Edit, ...]
    text: SourceText


def delegated(code: Code) -> Iterator[tuple[str, ast.Call]]:
    """Every call that hands a training to a library, with the library's name."""
    for call in code.calls:
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("fit", "train"):
            continue
        kinds = {code.path(call.func.value) or "", *bases(code.value(call.func.value))}
        if call.func.attr == "fit" and any(
            one.startswith(_LIGHTNING) and one.rstrip("()").endswith("Trainer") for one in kinds
        ):
            yield "lightning", call
        elif call.func.attr == "train" and any(_is_hf(one) for one in kinds):
            yield "transformers", call
    for call in prepared_steps(code):
        yield "accelerate", call


def told(library: str, call: ast.Call, code: Code, live: Live) -> Told | None:
    """What the library was told, `None` where it computes in 16 bits or that is not known."""
    assert isinstance(call.func, ast.Attribute)
    holder = code.value(call.func.value)
    if isinstance(holder, Known) or holder is None:
        thing = live.resolve(code.actual(call.func.value))
        holder = holder if thing is None else Known(thing)
    if holder is None:
        return None
    return _TOLD[library](call, holder, code, live)


def argument(maker: str, words: tuple[str, ...], code: Code) -> Argument | None:
    """Give these arguments to the one call of this name; `None` if there is not just one."""
    found = [
        (unit, call)
        for unit in code.others.mentioning(maker)
        for call in unit.calls
        if (unit.path(call.func) or _text_of(call.func)).rpartition(".")[2].endswith(maker)
    ]
    texts = {(unit.origin.source, call.lineno, call.col_offset) for unit, call in found}
    if len(texts) != 1:
        return None
    unit, call = found[0]
    words = tuple(word for word in words if not _is_given(call, word))
    given = {word.arg for word in call.keywords}
    names = [word.partition("=")[0] for word in words]
    if None in given or (given & {*names, *DECIDES} and not _plain(call, names)):
        return None
    edits: list[Edit] = []
    new = []
    for name, word in zip(names, words, strict=True):
        if (old := keyword(call, name)) is not None:
            edits.append(Replace.of(unit.masked.text, old, word.partition("=")[2]))
        else:
            new.append(word)
    if new:
        if edits:
            return None  # two edits of one call would overlap
        edits.append(Replace.adding(unit.masked.text, call, ", ".join(new)))
    return Argument(tuple(edits), unit.origin)


def _is_given(call: ast.Call, word: str) -> bool:
    name, _, text = word.partition("=")
    value = keyword(call, name)
    return value is not None and ast.unparse(value) == text


def _plain(call: ast.Call, names: list[str]) -> bool:
    """Whether what is given already is a plain `False`, `None`, `32` or text of 32 bits."""
    for name in (*names, *DECIDES):
        value = keyword(call, name)
        if value is not None and not (
            isinstance(value, ast.Constant)
            and value.value in (False, None, 32, "32", "32-true", "no")
        ):
            return False
    return True


def _lightning(call: ast.Call, holder: Value, code: Code, live: Live) -> Told | None:
    if isinstance(holder, Made):
        given = holder.given("precision")
        precision = given.thing if isinstance(given, Known) else None
        if given is None and keyword(holder.call, "precision") is not None:
            return None
    else:
        thing = getattr(holder, "thing", None)
        connector = live.own(thing, "_accelerator_connector")
        precision = instance_dict(connector).get("_precision_flag")
    if precision not in (None, 32, "32", "32-true"):
        return None
    model = _given_model(call, code, live)
    return None if model is None else Told("lightning", model, "Trainer")


def _accelerate(call: ast.Call, holder: Value, code: Code, live: Live) -> Told | None:
    if isinstance(holder, Made):
        given = holder.given("mixed_precision")
        if given is not None and getattr(given, "thing", "") != "no":
            return None
        if given is None and keyword(holder.call, "mixed_precision") is not None:
            return None
    else:
        state = instance_dict(live.own(getattr(holder, "thing", None), "state"))
        if state.get("_mixed_precision", "no") != "no":
            return None
    models = models_in(nodes_of([forward(call, code, live)]), code, live)
    if not models:
        return None
    largest = max((look(one, live) for one in models), key=lambda one: one.parameters)
    return Told("accelerate", largest, "Accelerator")


def _transformers(_: ast.Call, holder: Value, code: Code, live: Live) -> Told | None:
    if isinstance(holder, Made):
        made_of = holder.given("model", position=0)
        arguments = holder.given("args", position=1)
        model = _look(made_of, code, live)
    else:
        thing = getattr(holder, "thing", None)
        if not descends(thing, _HF_TRAINER):
            return None
        arguments = Known(live.own(thing, "args"))
        module = live.own(thing, "model")
        model = look(module, live) if is_module(module) else None
    if model is None:
        return None
    match arguments:
        case Known(thing) if thing is not None:
            if not path(type(thing)).startswith("transformers."):
                return None
            given: dict[str, Any] = dict(instance_dict(thing))
        case Made(path=name, call=made):
            if not name.startswith("transformers.") or any(
                w.arg is None for w in made.keywords
            ):
                return None
            given = {word.arg or "": _constant(word.value) for word in made.keywords}
        case _:
            return None
    if given.get("mixed_precision", "no") != "no" or any(given.get(one) for one in DECIDES):
        return None
    return Told("transformers", model, "TrainingArguments")


_TOLD: Final = {
    "lightning": _lightning, "accelerate": _accelerate, "transformers": _transformers,
}  # fmt: skip


def _given_model(fit: ast.Call, code: Code, live: Live) -> TorchModel | None:
    if (node := given(fit, 0, "model")) is None:
        return None
    thing = live.resolve(code.actual(node))
    return _look(Known(thing) if thing is not None else code.value(node), code, live)


def _look(value: Value | None, code: Code, live: Live) -> TorchModel | None:
    if isinstance(value, Known):
        return look(value.thing, live) if is_module(value.thing) else None
    made = unbuilt(value, code)
    return None if made is None else made.model


def _is_hf(name: str) -> bool:
    name = name.removesuffix("()")
    return name.startswith("transformers.") and name.endswith("Trainer")


def _constant(node: ast.expr) -> Any:
    """A literal's value; what is no literal counts as given."""
    return node.value if isinstance(node, ast.Constant) else True


def _text_of(func: ast.expr) -> str:
    return ast.unparse(func) if isinstance(func, (ast.Name, ast.Attribute)) else ""
