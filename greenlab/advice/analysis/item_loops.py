"""Find calls of a model on one item, in loops over items."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from greenlab.advice.rule import Site
from greenlab.cellcode.cell_ast import Code, calls, loaded

PREDICTIONS: Final = frozenset(
    {"decision_function", "predict", "predict_log_proba", "predict_proba"}
)

Kind = Literal["pipeline", "generate", "sklearn"]
Loop = ast.For | ast.ListComp | ast.SetComp | ast.GeneratorExp


@dataclass(frozen=True)
class OneByOne(Site):
    """`call` within `loop` works on one item of `items`; `item` is the loop's name for it."""

    kind: Kind
    loop: Loop
    call: ast.Call
    items: ast.Name
    item: ast.Name


def one_by_one(code: Code) -> Iterator[OneByOne]:
    """Every call of a model on one item, in a loop over items."""
    for loop in code.nodes:
        if not isinstance(loop, (ast.For, ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            continue
        head = loop if isinstance(loop, ast.For) else loop.generators[0]
        if not (over := list(_over(head.iter, head.target))) or _leaves_early(loop):
            continue
        for call in calls(loop):
            kind = _kind(code.path(call.func) or "")
            if kind and call not in ast.walk(head.iter) and _nearest(call, code) is loop:
                fact = f"A model works on one item at a time in line {call.lineno}."
                for items, item in over:
                    yield OneByOne(fact, kind, loop, call, items, item)


def _kind(path: str) -> Kind | None:
    top, last = path.partition(".")[0], path.rpartition(".")[2]
    if top == "transformers" and last.lower().endswith("pipeline()"):
        return "pipeline"
    if "()." not in path:
        return None
    if top == "transformers" and last == "generate":
        return "generate"
    return "sklearn" if top == "sklearn" and last in PREDICTIONS else None


def _over(iterated: ast.expr, target: ast.expr) -> Iterator[tuple[ast.Name, ast.Name]]:
    """Lists and items of `for item in items`, through `tqdm`, `enumerate` and `zip`."""
    if isinstance(iterated, ast.Name) and isinstance(target, ast.Name):
        yield iterated, target
    if not (isinstance(iterated, ast.Call) and iterated.args):
        return
    name = ast.unparse(iterated.func).rpartition(".")[2]
    targets = target.elts if isinstance(target, ast.Tuple) else []
    if name in ("tqdm", "track", "trange"):
        yield from _over(iterated.args[0], target)
    elif name == "enumerate" and len(targets) == 2:
        yield from _over(iterated.args[0], targets[1])
    elif name == "zip" and len(targets) == len(iterated.args) and not iterated.keywords:
        for part, one in zip(iterated.args, targets, strict=True):
            yield from _over(part, one)


def _leaves_early(loop: Loop) -> bool:
    if not isinstance(loop, ast.For):
        return len(loop.generators) > 1 or bool(loop.generators[0].ifs)
    return any(isinstance(node, (ast.Break, ast.Return, ast.Yield)) for node in ast.walk(loop))


def _nearest(call: ast.Call, code: Code) -> ast.AST | None:
    loops = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
    return next((above for above in code.within(call) if isinstance(above, loops)), None)


def takes_item(site: OneByOne, code: Code) -> bool:
    """Whether the call's one positional argument is the untouched item, in a row of its own."""
    if len(site.call.args) != 1:
        return False
    given, item = site.call.args[0], site.item.id
    text = ast.unparse(given)
    if site.kind == "pipeline":
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
        and node.id == site.item.id
        and not isinstance(node.ctx, ast.Load)
    ]
    return len(names) > 1


def meets_again(site: OneByOne) -> bool:
    """Whether the loop does something else with the model, such as fitting it."""
    within = set(ast.walk(site.call))
    models = loaded(site.call.func)
    return any(
        isinstance(node, ast.Name) and node.id in models and node not in within
        for node in ast.walk(site.loop)
    )
