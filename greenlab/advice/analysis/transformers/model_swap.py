"""Whether another model can take one's place, and the edit that names it instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from greenlab.advice.analysis.benchmark_cells import times_each
from greenlab.advice.analysis.callers import units_of
from greenlab.advice.analysis.transformers.model_table import Counterpart, builder, registry
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Plan
from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.parsed_source import SourceText, parsed

# Weights that torchvision has for every model of the table.
ANY_WEIGHTS: Final = (None, "DEFAULT", "IMAGENET1K_V1")

# Libraries whose names are plain words.
_BARE: Final = ("whisper",)

# What a fitted scikit-learn model is asked for.
ASKED: Final = frozenset({"predict", "predict_proba", "score", "transform"})
# Code with one of these studies the layers of this very model.
STUDIES: Final = frozenset(
    {"hidden_states", "output_attentions", "output_hidden_states", "register_forward_hook",
     "register_forward_pre_hook"}
)  # fmt: skip
# Loaders that make whatever class a name of the hub asks for.
_ANY: Final = frozenset(
    {"BERTopic", "HuggingFaceBgeEmbeddings", "HuggingFaceEmbedding", "HuggingFaceEmbeddings",
     "KeyBERT", "LLM", "SentenceTransformer", "pipeline"}
)  # fmt: skip
# The layers of a model, by the names under which libraries keep them.
LAYERS: Final = frozenset({"blocks", "h", "layer", "layers"})


def swapped(library: str, name: str, counterpart: Counterpart, code: Code) -> Plan:
    """The name changed wherever it stands, if in one text, and what loads it takes either."""
    smaller = counterpart.smaller
    risk = f"Its price: {counterpart.cost}. Check its licence and your metric first."
    by_hand = f"To change by hand: load `{smaller}` wherever the name stands."
    texts: dict[str, SourceText] = {}
    loads: list[tuple[Code, ast.Call]] = []
    for other in code.others.mentioning(name):
        if name in other.texts or name in other.words:
            texts.setdefault(other.origin.source, other.origin)
        loads += [(other, call) for call in other.calls if _loads_of(call, other, library)]
    if len(texts) > 1:
        return Plan(risk, f"{by_hand} It stands in {len(texts)} places.")
    if (hindrance := _hindrance(library, counterpart, loads)) is not None:
        return Plan(risk, f"{by_hand} {hindrance}".rstrip())
    text = next(iter(texts.values()), None)
    read = None if text is None else parsed(text.source)
    if text is None or read is None:
        return Plan(risk, by_hand)
    taken = _taken(name, read.tree, loads, bare=library in _BARE)
    edits = tuple(
        Replace.of(read.masked.text, node, new) for node, new in _named(taken, smaller)
    )
    if any(isinstance(node, ast.Name) for node in taken):
        return Plan(risk, f"{by_hand} Import it first.")
    if not edits:
        return Plan(risk, by_hand)
    return Plan(risk, by_hand, edits, text=text)


def _hindrance(
    library: str, counterpart: Counterpart, loads: list[tuple[Code, ast.Call]]
) -> str | None:
    """Why another name alone is not enough; empty where there is nothing to say of it."""
    if any(word.arg in ("revision", "variant") for _, one in loads for word in one.keywords):
        return ""
    if library != "hub":
        same = counterpart.same_class and all(_any_weights(one) for _, one in loads)
        return None if same else "Its layers and weights have other names."
    if counterpart.same_class or all(_any_class(one, at) for at, one in loads):
        return None
    return "Use an Auto class; this one is made for the larger model."


def _taken(
    name: str, tree: ast.AST, loads: list[tuple[Code, ast.Call]], *, bare: bool
) -> list[ast.expr]:
    """Where the name stands: in a load, or in what a variable or a default keeps for one.

    `bare`: it is a word such as "medium", which may mean anything outside of a load.
    """
    lines = {call.lineno for _, call in loads}
    shown = {
        one
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "display")
        for one in ast.walk(node)
    }
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == name and node not in shown:
            if not bare or node.lineno in lines:
                found.append(node)
        elif isinstance(node, ast.Call) and written_name(node.func) == name and loads:
            found.append(node.func)
    return found


def _named(taken: list[ast.expr], smaller: str) -> Iterator[tuple[ast.expr, str]]:
    for node in taken:
        if isinstance(node, ast.Constant):
            yield node, repr(smaller)
        elif isinstance(node, ast.Attribute):
            yield node, f"{ast.unparse(node.value)}.{smaller}"


def _loads_of(call: ast.Call, code: Code, library: str) -> bool:
    path = code.path(call.func) or ""
    if library == "torchvision":
        return builder(path) is not None
    if library == "keras":
        return ".applications." in path
    return registry(path) is not None


def _any_class(call: ast.Call, code: Code) -> bool:
    """Whether this loader makes whatever class the name asks for."""
    path = code.path(call.func) or ""
    owner = path.removesuffix(".from_pretrained").rpartition(".")[2]
    return owner in _ANY or owner.startswith("Auto")


def _any_weights(call: ast.Call) -> bool:
    """Whether the weights asked for, if any, exist for the other model too."""
    words = {word.arg: word.value for word in call.keywords}
    weights = words.get("weights", ast.Constant(None))
    return (
        None not in words
        and isinstance(weights, ast.Constant)
        and weights.value in (*ANY_WEIGHTS, "imagenet")
        and not {"checkpoint_path", "weights_backbone"} & words.keys()
    )


def is_tied(code: Code) -> bool:
    """Whether something made for this very model is used with it.

    Weights of the user's own that are put into it, or a scikit-learn model that was fitted,
    in another cell, to its vectors: a smaller counterpart fits neither.
    """
    for unit in units_of(code):
        for call in unit.calls:
            func = call.func
            if not isinstance(func, ast.Attribute):
                continue
            if func.attr == "load_state_dict":
                return True
            if _asks_fitted(func, unit):
                return True
    return any(
        call.func.attr == "load_state_dict"
        for other in code.others.mentioning("load_state_dict")
        for call in other.calls
        if isinstance(call.func, ast.Attribute)
    )


def _asks_fitted(func: ast.Attribute, code: Code) -> bool:
    if func.attr not in ASKED or not (code.path(func) or "").startswith("sklearn."):
        return False
    return not any(
        isinstance(other.func, ast.Attribute)
        and other.func.attr.startswith("fit")
        and ast.dump(other.func.value) == ast.dump(func.value)
        for other in code.calls
    )


def _switched_off(word: str, code: Code) -> bool:
    """Whether all that is said of it is `output_attentions=False`."""
    said = [one for call in code.calls for one in call.keywords if one.arg == word]
    off = [one for one in said if isinstance(one.value, ast.Constant) and not one.value.value]
    others = [
        node
        for node in code.nodes
        if word in (getattr(node, "id", ""), getattr(node, "attr", ""))
    ]
    return bool(off) and len(off) == len(said) and not others


def is_studied(code: Code) -> bool:
    """Whether the notebook looks into the model's layers, or takes the time of each call."""
    if any(times_each(unit) for unit in code.others.units):
        return True
    for word in STUDIES:
        for other in code.others.mentioning(word):
            if word in other.words and not _switched_off(word, other):
                return True
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr in LAYERS
        for unit in code.others.units
        for node in unit.nodes
    )
