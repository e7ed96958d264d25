"""L03: pad texts to the longest of their batch, not to the longest a model takes.

A transformer works on padding as on any other token; the attention mask only keeps it out of
the result.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab.advice.analysis.callers import called, path_of_object, units_of
from greenlab.advice.analysis.texts_behind import most_tokens, texts_behind
from greenlab.advice.analysis.tokenized_texts import (
    class_around,
    column_texts,
    held_by_trainers,
)
from greenlab.advice.analysis.torch.model import cuda_in_use, on_gpu
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import TORCH, Work
from greenlab.cellcode.abstract_values import Known
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict, loaded_module
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/pad_truncation"
BENCHMARK: Final = "benchmarks/advice.py"

MIN_SHARE: Final = 0.4  # of all tokens; less is what batches of uneven texts have anyway
MAX_LOOKED_AT: Final = 200
# One answer per text, whatever its width: cutting padding changes no shape.
WHOLE_TEXT: Final = ("ForSequenceClassification", "ForMultipleChoice")
# Trained with padding to a fixed width, and without a mask.
FIXED_WIDTH: Final = "Siglip"


@dataclass(frozen=True)
class Padded(Site):
    """A tokenizer's `padding="max_length"`; its outcome goes to `name`, if it is given one."""

    call: ast.Call
    padding: ast.expr
    name: ast.expr | None


@dataclass(frozen=True, slots=True)
class L03Facts:
    """How wide the tokens are, how many are padding, and how long the longest text is.

    `counted`: from the live tokens; else from the words of the live texts, at most.
    """

    model: str
    width: int
    share: float
    longest: int
    gpu: bool
    counted: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Padded]:
    """Every call of a transformers tokenizer that pads to a fixed width."""
    for call in code.calls:
        padding = keyword(call, "padding")
        if not (isinstance(padding, ast.Constant) and padding.value == "max_length"):
            continue
        path, statement = _called(call, code), code.statement(call)
        whole = path.endswith(("()", "().batch_encode_plus", "().encode_plus"))
        if path.startswith("transformers.") and whole:
            kept = isinstance(statement, ast.Assign) and statement.value is call
            name = statement.targets[0] if isinstance(statement, ast.Assign) and kept else None
            fact = f"Line {call.lineno} pads every text to the same, largest length."
            yield Padded(fact, call, padding, name)


def confirm(site: Padded, code: Code, live: Live) -> L03Facts | None:
    """The tokens, or the texts, are alive, mostly padding, and go to a model with a mask."""
    if loaded_module("torch_xla"):
        return None
    if site.name is not None:
        encoding = live.resolve(site.name)
        if descends(encoding, "transformers.tokenization_utils_base.BatchEncoding"):
            return _counted(site, site.name, encoding, code, live)
        if isinstance(site.name, ast.Attribute) and (made := class_around(site.name, code)):
            for kept, model in held_by_trainers(site.name.attr, made, live):
                name = _called_model(code) or (type(model).__name__ if model else None)
                if name is not None and (facts := _of_encoding(site, kept, name, code, live)):
                    return facts
    return _estimated(site, code, live)


def _counted(
    site: Padded, name: ast.expr, encoding: Any, code: Code, live: Live
) -> L03Facts | None:
    model = _model(name, code, live)
    if model is None:
        return None
    facts = _of_encoding(site, encoding, type(model).__name__, code, live)
    return None if facts is None else replace(facts, gpu=on_gpu(model, live))


def _of_encoding(
    site: Padded, encoding: Any, model: str, code: Code, live: Live
) -> L03Facts | None:
    rows = instance_dict(encoding).get("_encodings")
    masks = _masks(rows, live) if type(rows) is list else []
    if not masks or not (total := sum(map(len, masks))):
        return None
    real = [sum(mask) for mask in masks]
    return L03Facts(
        model=model,
        width=len(masks[0]),
        share=1 - sum(real) / total,
        longest=max(real),
        gpu=cuda_in_use(),
        counted=True,
        plan=_plan(site, model, code),
    )


def _estimated(site: Padded, code: Code, live: Live) -> L03Facts | None:
    """The same from the texts, where the tokens are gone with the helper that made them."""
    node = keyword(site.call, "max_length")
    width = node.value if isinstance(node, ast.Constant) else live.resolve(node)
    if width is None and node is not None and isinstance(known := code.value(node), Known):
        width = known.thing
    given = texts_behind(site.call.args[0], code, live) if site.call.args else None
    if given is None and site.call.args:
        given = column_texts(site.call.args[0], code, live)
    model = _called_model(code)
    if type(width) is not int or not given or model is None:
        return None
    tokens = [min(width, most_tokens([text])) for text in given]
    return L03Facts(
        model=model,
        width=width,
        share=1 - sum(tokens) / (width * len(tokens)),
        longest=max(tokens),
        gpu=cuda_in_use(),
        counted=False,
        plan=_plan(site, model, code),
    )


def _called(call: ast.Call, code: Code) -> str:
    return path_of_object(call.func, code) or called(call, code)


def _called_model(code: Code) -> str | None:
    """The class of a transformers model that the cell, or a helper of it, calls with a mask."""
    for unit in units_of(code):
        for call in unit.calls:
            path = _called(call, unit)
            masked = any(word.arg in (None, "attention_mask") for word in call.keywords)
            name = path.removesuffix("()").removesuffix(".from_pretrained").rpartition(".")[2]
            is_model = path.startswith("transformers.") and path.endswith("()")
            if masked and is_model and "Tokenizer" not in name and FIXED_WIDTH not in name:
                return name
    return None


def trigger(confirmed: L03Facts, signals: Signals) -> tuple[str, ...] | None:
    """More padding than text, and no text that needs the width."""
    if signals.waited(gpu=confirmed.gpu) or confirmed.share <= MIN_SHARE:
        return None
    if confirmed.longest > confirmed.width * (1 - MIN_SHARE):
        return None
    about = "" if confirmed.counted else "about "
    share = f"{about}{confirmed.share:.0%} of the tokens for {confirmed.model} are padding"
    share = share[0].upper() + share[1:]
    lengths = f"texts of up to {confirmed.longest} tokens, all padded to {confirmed.width}"
    return (f"{share}: {lengths}.",)


def _model(encoding: ast.expr, code: Code, live: Live) -> Any:
    """The live transformers model that is called with `**encoding` in this cell."""
    name = ast.unparse(encoding)
    for call in code.calls:
        if any(word.arg is None and ast.unparse(word.value) == name for word in call.keywords):
            model = live.resolve(code.actual(call.func))
            known = descends(model, "transformers.modeling_utils.PreTrainedModel")
            if known and FIXED_WIDTH not in type(model).__name__:
                return model
    return None


def _masks(rows: list[Any], live: Live) -> list[list[int]]:
    """The attention masks of these rows, or of some of them from first to last."""
    some = rows[:: max(1, len(rows) // MAX_LOOKED_AT)]
    return [mask for row in some if type(mask := live.read(row, "attention_mask")) is list]


def _plan(site: Padded, model: str, code: Code) -> Plan:
    risk = (
        "The same results up to rounding, as the mask kept the padding out already. An average "
        "over all positions that counts padding changes."
    )
    by_hand = "To change by hand: tokenize with `padding=True`, batch by batch."
    if not model.endswith(WHOLE_TEXT):
        return Plan(risk, f"{by_hand} The outputs get as wide as the longest text.")
    words = {word.arg for word in site.call.keywords}
    if "truncation" not in words and "max_length" in words:
        return Plan(risk, f"{by_hand} Leave out `max_length`, which cuts nothing here.")
    return Plan(risk, by_hand, (Replace.of(code.masked.text, site.padding, "True"),))


def estimate(confirmed: L03Facts) -> Saving | None:
    """CPU time of the cell, measured by `benchmarks/advice.py`; no figure for a GPU."""
    if confirmed.gpu:
        return None
    return Saving(0.55, 0.91, f"CPU time of the cell, {BENCHMARK}")


RULE: Final = Rule(
    id="L03",
    title="Pad to the longest text of a batch",
    when='texts padded with `padding="max_length"`, more than 40 % of the tokens padding',
    libraries=(Library("transformers", (4, 40), (6,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    work=lambda _site, _code, _live: Work(below=(*TORCH, "transformers.")),
)
