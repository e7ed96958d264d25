"""Find a cell's training steps and evaluations, and the statements that compute them.

A training step ends with `loss.backward()`; an evaluation is what stands under
`torch.no_grad()` or `torch.inference_mode()`, be it a block or a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from greenlab.advice.analysis.torch.called_models import callers, models_in
from greenlab.advice.rewriting.edits import Edit, Insert
from greenlab.advice.rule import Site
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.ast_queries import loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, names_in

Evaluation = ast.With | ast.FunctionDef
LOOPS = (ast.For, ast.While)
_NO_GRAD = ("no_grad", "inference_mode")
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Pass(Site):
    """`backward`: the call that ends a training step; `None`: `region` is an evaluation."""

    region: ast.stmt
    backward: ast.Call | None


def passes(code: Code, said: str = "") -> Iterator[Pass]:
    """Training steps, then evaluations. `said` ends the sentence that states each."""
    for call in steps(code):
        fact = f"A training step ends in line {call.lineno}{said}."
        yield Pass(fact, code.statement(call), call)
    for node in evaluations(code):
        yield Pass(f"A model is evaluated from line {node.lineno}{said}.", node, None)


def spans(one: Pass, code: Code, live: Live) -> list[list[ast.stmt]]:
    """The neighbouring statements that compute a pass; empty if no live model is found."""
    if one.backward is None:
        return [[statement] for statement in callers(one.region, code, live)]
    span = forward(one.backward, code, live)
    return [span] if span else []


def work_of(one: Pass, code: Code, live: Live) -> Work:
    """The work of a pass: of a training step from the first use of a model to the end of its
    block; what prepares the data before it is none of it.
    """
    found = spans(one, code, live) if one.backward is not None else []
    if not found:
        return Work((one.region,), but=LOADING)
    block = code.block(found[0][0])
    return Work(tuple(block[block.index(found[0][0]) :]), but=LOADING)


def nodes_of(found: Iterable[list[ast.stmt]]) -> list[ast.AST]:
    """Every node of these spans."""
    return [node for span in found for statement in span for node in ast.walk(statement)]


def steps(code: Code) -> Iterator[ast.Call]:
    """Every `loss.backward()` in a loop or a function: the call that ends a training step.

    `accelerator.backward(loss)` and `scaler.scale(loss).backward()` are others' steps.
    """
    return (call for call in code.calls if _ends_step(call) and _in_loop(call, code))


def prepared_steps(code: Code) -> Iterator[ast.Call]:
    """Every `accelerator.backward(loss)` of Accelerate or Lightning Fabric."""
    for call in code.calls:
        path = code.path(call.func) or ""
        if path.endswith((".Accelerator().backward", ".Fabric().backward")) and call.args:
            yield call


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


def switches_gradients_off(function: Any) -> bool:
    """Whether a live function keeps no gradients, by a decorator or somewhere within it."""
    # What the decorator makes of a function is called after the decorator.
    marks = (*_NO_GRAD, "context_decorator")
    return any(mark in name for name in names_in(function) for mark in marks)


def forward(backward: ast.Call, code: Code, live: Live) -> list[ast.stmt]:
    """The statements of a training step from the first use of a model to the loss.

    They stand together in the block of `backward` or, where that is under an `if` such as
    `if phase == "train":`, in the one around; the statement of `backward` itself if the model
    is called there; empty if no model is found.
    """
    region = code.statement(backward)
    if models_in(ast.walk(backward), code, live):
        return [region]
    needed = loaded(backward)
    while True:
        if span := _leading_to(region, needed, code, live):
            return span
        above = code.parents.get(region)
        if not isinstance(above, (ast.If, ast.With, ast.Try)):
            return []
        region = above


def _leading_to(region: ast.stmt, needed: set[str], code: Code, live: Live) -> list[ast.stmt]:
    """The statements before this one, in its block, that compute these names with a model."""
    block = code.block(region)
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


def outermost(node: ast.AST, code: Code) -> ast.stmt:
    """The outermost loop or `with` around a node within its function, or its statement."""
    found = code.statement(node)
    for above in code.within(found):
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            break
        if isinstance(above, (*LOOPS, ast.With)):
            found = above
    return found


def repeats(node: ast.AST, code: Code) -> bool:
    """Whether a node stands in a loop, a comprehension or a function."""
    return any(
        isinstance(above, (*LOOPS, *_COMPREHENSIONS, ast.FunctionDef))
        for above in code.within(node)
    )


def shares_lines(span: list[ast.stmt], code: Code) -> bool:
    """Whether other statements, or the head of the one around, stand on the lines of these."""
    start, end = span[0].lineno, span[-1].end_lineno or span[-1].lineno
    line = code.masked.text.split("\n")[start - 1].encode()
    if line[: span[0].col_offset].strip():
        return True
    others = [one for one in code.block(span[0]) if one not in span]
    return any(one.lineno <= end and (one.end_lineno or 0) >= start for one in others)


def torch_name(node: ast.AST, code: Code) -> tuple[str, list[Edit]]:
    """How the cell may say `torch`, and the import it needs first if it cannot yet."""
    for name in ("torch", "th", *sorted(loaded(code.tree))):
        if code.names(name) == "torch":
            return name, []
    return "torch", [Insert(code.import_line(node), "import torch")]


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


def _in_loop(node: ast.AST, code: Code) -> bool:
    return any(isinstance(above, (*LOOPS, ast.FunctionDef)) for above in code.within(node))
