"""Find a cell's training steps and evaluations, and the torch models that they call.

A training step ends with `loss.backward()`; an evaluation is what stands under
`torch.no_grad()` or `torch.inference_mode()`, be it a block or a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from greenlab.advice.code import Code, calls, loaded, stored
from greenlab.advice.live import Live
from greenlab.advice.torch_model import is_module

Evaluation = ast.With | ast.FunctionDef
LOOPS = (ast.For, ast.While)
_NO_GRAD = ("no_grad", "inference_mode")


def steps(code: Code) -> Iterator[ast.Call]:
    """Every `loss.backward()` in a loop or a function: the call that ends a training step.

    `accelerator.backward(loss)` and `scaler.scale(loss).backward()` are others' steps.
    """
    return (call for call in code.calls if _ends_step(call) and _repeats(call, code))


def evaluations(code: Code) -> Iterator[Evaluation]:
    """Every block and function in which torch keeps no gradients."""
    for node in code.nodes:
        if isinstance(node, Evaluation) and keeps_no_gradients(node, code):
            yield node


def keeps_no_gradients(node: ast.AST, code: Code) -> bool:
    """Whether this very node is a `with` block or a function without gradients."""
    if isinstance(node, ast.With):
        marks = [item.context_expr for item in node.items]
    elif isinstance(node, ast.FunctionDef):
        marks = node.decorator_list
    else:
        return False
    called = [mark.func if isinstance(mark, ast.Call) else mark for mark in marks]
    paths = [code.path(func) or "" for func in called]
    return any(p.startswith("torch.") and p.endswith(_NO_GRAD) for p in paths)


def forward(backward: ast.Call, code: Code, live: Live) -> list[ast.stmt]:
    """The statements of a training step from the first use of a model to the loss.

    They stand together in the block of `backward`; the statement of `backward` itself if
    the model is called there; empty if no model is found.
    """
    region = code.statement(backward)
    if models_in(ast.walk(backward), code, live):
        return [region]
    block = code.block(region)
    needed = loaded(backward.func)
    chain: list[ast.stmt] = []
    for statement in reversed(block[: block.index(region)]):
        if (
            not isinstance(statement, (ast.Import, ast.ImportFrom))
            and stored(statement) & needed
        ):
            chain.append(statement)
            needed |= loaded(statement)
    using = [one for one in chain if models_in(ast.walk(one), code, live)]
    if not using:
        return []
    return block[block.index(using[-1]) : block.index(chain[0]) + 1]


def callers(region: ast.stmt, code: Code, live: Live) -> list[ast.stmt]:
    """The statements in a region that call a model, each once."""
    found: list[ast.stmt] = []
    for call in calls(region):
        statement = code.statement(call)
        known = any(one in found for one in (statement, *code.within(statement)))
        if not known and model_at(call.func, code, live) is not None:
            found.append(statement)
    return found


def models_in(nodes: Iterable[ast.AST], code: Code, live: Live) -> list[Any]:
    """The models that are called, or handed to a function, among these nodes."""
    found: dict[int, Any] = {}
    for node in nodes:
        if isinstance(node, ast.Call):
            for part in (node.func, *node.args, *(word.value for word in node.keywords)):
                if (module := model_at(part, code, live)) is not None:
                    found[id(module)] = module
    return list(found.values())


def model_at(node: ast.expr, code: Code, live: Live) -> Any:
    """The live torch model that stands here; `None` for a loss, which learns nothing."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    thing = live.resolve(code.actual(node))
    if not is_module(thing):
        return None
    has_any = any(True for part in live.modules(thing) for _ in live.parameters(part))
    return thing if has_any else None


def _ends_step(call: ast.Call) -> bool:
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "backward" or call.args:
        return False
    held = func.value
    return not (
        isinstance(held, ast.Call)
        and isinstance(held.func, ast.Attribute)
        and held.func.attr == "scale"
    )


def _repeats(node: ast.AST, code: Code) -> bool:
    return any(isinstance(above, (*LOOPS, ast.FunctionDef)) for above in code.within(node))
