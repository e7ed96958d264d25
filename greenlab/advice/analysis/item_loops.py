"""Find calls of a model on one item at a time: in loops, in `apply` and `map`, in helpers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from greenlab.advice.analysis.callers import called, path_of_object
from greenlab.advice.analysis.enclosing_loops import (
    APPLIES,
    Loop,
    Round,
    body_of,
    name_of,
    rounds,
)
from greenlab.advice.analysis.loop_data_flow import depends_on_earlier, learns, sources
from greenlab.advice.analysis.single_row import is_single_row
from greenlab.advice.rule import Site
from greenlab.cellcode.abstract_values import Known, Made, bases, path_of
from greenlab.cellcode.ast_queries import loaded
from greenlab.cellcode.cell_ast import Code

PREDICTIONS: Final = frozenset(
    {"decision_function", "predict", "predict_log_proba", "predict_proba"}
)
_MODULES: Final = ("torch.nn.modules.module.Module", "LightningModule")
Kind = Literal["pipeline", "generate", "encode", "forward", "sklearn", "keras"]
# Ends of the names of classes of transformers' that are called and are no models.
_NO_MODEL: Final = (
    "Collator()", "Config()", "Extractor()", "Processor()", "Tokenizer()", "TokenizerFast()",
    "TokenizersBackend()", "Trainer()",
)  # fmt: skip


@dataclass(frozen=True)
class OneByOne(Site):
    """`call` works on one item of `items` in each round of `loop`.

    `item`: the loop's name for an item, or for its place among them. `loop`: a call where a
    function is handed to `apply` or `map`. `within`: the helper in which the call stands, or
    `None` where it stands in the loop itself. `code`: that of the loop.
    """

    kind: Kind
    loop: Loop
    call: ast.Call
    items: ast.expr
    item: ast.Name | ast.arg
    code: Code
    within: ast.FunctionDef | None = None

    @property
    def model(self) -> ast.expr:
        """What is called: the model itself, or what the method is of."""
        if self.call is self.loop:  # it is handed on
            return self.call.args[0]
        func = self.call.func
        return func.value if isinstance(func, ast.Attribute) else func


def one_by_one(code: Code) -> Iterator[OneByOne]:
    """Every call of a model on one item, in a loop over items."""
    for call in code.calls:
        if (handed := _model_handed_on(call, code)) is not None:
            yield handed
        kind = _kind(called(call, code)) or _kind_of_own(call.func, code)
        if kind is None or not (call.args or call.keywords):
            continue
        for one in rounds(call, code):
            if _is_alone(call, kind, one):
                fact = f"A model works on one item at a time in line {call.lineno}."
                yield OneByOne(
                    fact, kind, one.loop, call, one.items, one.item, one.code, one.within
                )


def _model_handed_on(call: ast.Call, code: Code) -> OneByOne | None:
    """`df[c].map(pipe)`: the model itself is what each item is given to."""
    match call:
        case ast.Call(func=ast.Attribute(value=items, attr=attr), args=[model]) if (
            attr in APPLIES
        ):
            pass
        case ast.Call(func=ast.Name(id="map"), args=[model, items]):
            pass
        case _:
            return None
    kind = _kind(path_of_object(model, code) or "") or _kind_of_own(model, code)
    if kind is None:
        return None
    fact = f"A model works on one item at a time in line {call.lineno}."
    return OneByOne(fact, kind, call, call, items, ast.arg("item"), code)


def _kind(path: str) -> Kind | None:
    path = path.replace(".from_pretrained()", "()")
    top, last = path.partition(".")[0], path.rpartition(".")[2]
    if top == "transformers" and last.lower().endswith("pipeline()"):
        return "pipeline"
    if path.endswith("()"):
        return "forward" if top == "transformers" and not last.endswith(_NO_MODEL) else None
    if "()." not in path:
        return None
    if top == "transformers" and last == "generate":
        return "generate"
    if top == "sentence_transformers" and last == "encode":
        return "encode"
    if last == "predict" and "keras" in path.partition("(")[0].split("."):
        return "keras"
    return "sklearn" if top == "sklearn" and last in PREDICTIONS else None


def _kind_of_own(callee: ast.expr, code: Code) -> Kind | None:
    """Whether a torch model of a class of the user's is called, live or made by a helper."""
    value = code.value(code.actual(callee) or callee)
    top = (path_of(value) or "").partition(".")[0]
    if top in ("torch", "torchvision", "timm") or not isinstance(value, (Known, Made)):
        return None  # a layer, or what takes images
    return "forward" if any(base.endswith(_MODULES) for base in bases(value)) else None


def _is_alone(call: ast.Call, kind: Kind, one: Round) -> bool:
    """Whether the call takes one item, which no earlier call has a part in."""
    body: ast.AST = one.within or body_of(one.loop)
    names = set(one.given) or {name_of(one.item)}
    inputs = [*call.args, *(word.value for word in call.keywords)]
    given = sources({name for node in inputs for name in loaded(node)}, body)
    if not given & names:
        return False
    rows = kind in ("keras", "sklearn")
    if not rows and any(_is_part(node, names) for node in ast.walk(body)):
        return False  # batches already
    first = call.args[0] if call.args else None
    if rows and not is_single_row(first, names, body):
        return False
    models = loaded(call.func)
    bodies = {id(part): part for part in (body, body_of(one.loop))}.values()
    if any(
        learns(models, part, names) or depends_on_earlier(call, inputs, part) for part in bodies
    ):
        return False
    return one.within is None or not _loop_feeds_back(one)


def _is_part(node: ast.AST, names: set[str]) -> bool:
    """`texts[i : i + n]`, for an `i` of these names."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and node.slice.lower is not None
        and bool(loaded(node.slice.lower) & names)
    )


def _loop_feeds_back(one: Round) -> bool:
    """Whether a helper is given what it gave in an earlier round, as in a conversation."""
    body = body_of(one.loop)
    assert one.within is not None
    for node in ast.walk(body):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == one.within.name:
            inputs = [*node.args, *(word.value for word in node.keywords)]
            if depends_on_earlier(node, inputs, body):
                return True
    return False


def takes_item(site: OneByOne, code: Code) -> bool:
    """Whether the call's one positional argument is the untouched item, in a row of its own."""
    if len(site.call.args) != 1 or not isinstance(site.item, ast.Name):
        return False
    given, item = site.call.args[0], site.item.id
    text = ast.unparse(given)
    if site.kind != "sklearn":
        return text == item
    rows = {
        f"[{item}]", f"{item}.reshape(1, -1)", f"{item}.reshape((1, -1))", f"{item}[None]",
        f"{item}[None, :]", f"({item},)",
    }  # fmt: skip
    if text in rows:
        return True
    wrapped = {
        f"array([{item}])", f"asarray([{item}])", f"expand_dims({item}, 0)",
        f"expand_dims({item}, axis=0)", f"atleast_2d({item})",
    }  # fmt: skip
    numpy = isinstance(given, ast.Call) and (code.path(given.func) or "").startswith("numpy")
    return numpy and any(text == form or text.endswith(f".{form}") for form in wrapped)


def rebinds(site: OneByOne) -> bool:
    """Whether the loop gives the item another value before the model sees it."""
    names = [
        node
        for node in ast.walk(site.loop)
        if isinstance(node, ast.Name)
        and node.id == name_of(site.item)
        and not isinstance(node.ctx, ast.Load)
    ]
    return len(names) > 1


def meets_again(site: OneByOne) -> bool:
    """Whether the loop does something else with the model."""
    within = set(ast.walk(site.call))
    models = loaded(site.call.func)
    return any(
        isinstance(node, ast.Name) and node.id in models and node not in within
        for node in ast.walk(site.loop)
    )
