"""Find the torch models that code calls, itself or by way of a function of the user's."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from greenlab.advice.analysis.torch.model import Unbuilt, is_module, seen_running
from greenlab.advice.analysis.torch.model_size_from_code import unbuilt
from greenlab.cellcode.abstract_values import Defined, Method
from greenlab.cellcode.ast_queries import calls
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# Methods of a model that compute nothing with its layers, or a step for each token.
_NO_PASS = frozenset(
    {"add_module", "apply", "buffers", "children", "cpu", "cuda", "double", "eval", "fit",
     "float", "generate", "half", "load_state_dict", "modules", "named_modules",
     "named_parameters", "parameters", "register_forward_hook", "requires_grad_",
     "save_pretrained", "state_dict", "to", "train", "zero_grad"}
)  # fmt: skip


def models_in(nodes: Iterable[ast.AST], code: Code, live: Live) -> list[Any]:
    """The models that are called, or handed to a function, among these nodes."""
    found: dict[int, Any] = {}
    for node in nodes:
        if isinstance(node, ast.Call):
            for part in (node.func, *node.args, *(word.value for word in node.keywords)):
                if (module := model_at(part, code, live)) is not None:
                    found[module.key if isinstance(module, Unbuilt) else id(module)] = module
            for module in within_call(node, code, live):
                found[id(module)] = module
    return list(found.values())


def within_call(call: ast.Call, code: Code, live: Live, depth: int = 2) -> list[Any]:
    """The live models that a function of the user's calls, which is called here."""
    found = []
    for unit in called_units(call, code) if depth else ():
        inside = Live({}, unit, live.budget)
        for inner in unit.calls:
            module = model_at(inner.func, unit, inside)
            if is_module(module):
                found.append(module)
            elif not found:
                found += within_call(inner, unit, live, depth - 1)
    return found


def called_units(call: ast.Call, code: Code) -> list[Code]:
    """The code of the user's function that is called here, where it stands in another place."""
    match code.value(call.func):
        case Defined(node=node) | Method(function=Defined(node=node)):
            units = code.others.units
            return [unit for unit in units if unit is not code and node in unit.tree.body]
    return []


def names_of_models(
    nodes: Iterable[ast.AST], code: Code, live: Live
) -> dict[str, tuple[ast.expr, Any]]:
    """The models that are called among these nodes, by the text that names each there."""
    found = {}
    for node in nodes:
        if (
            isinstance(node, ast.Call)
            and (module := model_at(node.func, code, live)) is not None
        ):
            found[code.text(node.func)] = (node.func, module)
    return found


def called_models(nodes: Iterable[ast.AST], code: Code, live: Live) -> list[ast.Call]:
    """The calls of models among these nodes, be it by way of a function of the user's."""
    return [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        and (model_at(node.func, code, live) is not None or within_call(node, code, live))
    ]


def model_at(node: ast.expr, code: Code, live: Live) -> Any:
    """The torch model that stands here, or whose method does, as in `model.compute_loss`.

    The live one, or what its code says of one that is gone (`Unbuilt`); `None` for a loss,
    which learns nothing.
    """
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    thing = live.resolve(code.actual(node))
    if thing is None and isinstance(node, ast.Attribute) and node.attr not in _NO_PASS:
        parent = code.parents.get(node)
        called = isinstance(parent, ast.Call) and parent.func is node
        if called and (owner := model_at(node.value, code, live)) is not None:
            return owner
    if thing is None:
        return seen_running(node, live) or unbuilt(code.value(node), code)
    if not is_module(thing):
        return None
    has_any = any(True for part in live.modules(thing) for _ in live.parameters(part))
    return thing if has_any else None


def callers(region: ast.stmt, code: Code, live: Live) -> list[ast.stmt]:
    """The statements in a region that call a model, each once."""
    found: list[ast.stmt] = []
    for call in calls(region):
        statement = code.statement(call)
        known = any(one in found for one in (statement, *code.within(statement)))
        if not known and model_at(call.func, code, live) is not None:
            found.append(statement)
    return found
