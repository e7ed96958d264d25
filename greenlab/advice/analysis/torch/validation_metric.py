"""Whether a figure that a training loop keeps judges the model, told by how it is computed."""

from __future__ import annotations

import ast
from typing import Any

from greenlab.advice.analysis.torch.training_and_evaluation import (
    keeps_no_gradients,
    steps,
    switches_gradients_off,
)
from greenlab.cellcode.ast_queries import calls, loaded, stored_names
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live


def judging(value: ast.expr, loop: ast.For, code: Code, live: Live) -> bool:
    """Whether this is computed without gradients, or is a scikit-learn score, in each round.

    Not so where `backward()` is called on what it comes from: that is the loss trained on.
    """
    parts, names = _origins(value, loop)
    held = [step.func.value for step in steps(code) if isinstance(step.func, ast.Attribute)]
    if names & {one.id for one in held if isinstance(one, ast.Name)}:
        return False
    return any(_judges(part, code, live) for part in parts)


def _origins(value: ast.expr, loop: ast.For) -> tuple[list[ast.AST], set[str]]:
    """The statements of a loop that lead to a value, the value itself, and all they read."""
    parts: list[ast.AST] = [value]
    names = loaded(value)
    bindings = [
        node
        for node in ast.walk(loop)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and node.value
    ]
    while more := [one for one in bindings if one not in parts and stored_names(one) & names]:
        parts += more
        names |= {name for one in more for name in loaded(one.value)}  # type: ignore[arg-type]
    return parts, names


def _judges(part: ast.AST, code: Code, live: Live) -> bool:
    if any(keeps_no_gradients(above, code) for above in code.within(part)):
        return True
    return any(_asks(call, code, live) for call in calls(part))


def _asks(call: ast.Call, code: Code, live: Live) -> bool:
    path = code.path(call.func) or ""
    if path.startswith("sklearn."):
        return path.startswith("sklearn.metrics.") or path.endswith("().score")
    thing: Any = live.resolve(call.func)
    return switches_gradients_off(thing)
