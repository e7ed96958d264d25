"""Predictions in a loop under one `torch.autocast`: around the loop, outputs back in float32.

Under autocast each weight is cast when it is first used and kept until the block ends, so a
block around the loop casts once where one around each call casts every time. What is done with
the outputs stays in float32.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from greenlab.advice.analysis.torch.called_models import model_at
from greenlab.advice.analysis.torch.training_and_evaluation import LOOPS, shares_lines
from greenlab.advice.rewriting.edits import Edit, Replace, Wrap
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, lineage

# What a transformers model gives back, by name.
OUTPUTS: Final = frozenset(
    {"last_hidden_state", "logits", "pooler_output", "image_embeds", "text_embeds"}
)
# These are the same for rounded numbers: which is the largest.
_ORDER: Final = frozenset({"argmax", "argsort", "topk"})
_PRODUCTS: Final = frozenset(
    {"addmm", "bmm", "cdist", "conv1d", "conv2d", "cosine_similarity", "dot", "einsum",
     "linear", "matmul", "mm", "mv"}
)  # fmt: skip
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def around_loop(
    region: ast.stmt, found: list[list[ast.stmt]], header: str, code: Code, live: Live
) -> list[Edit] | None:
    """The edits, `None` where no loop is around, or its outputs cannot be followed."""
    loops = {_loop(span[0], region, code) for span in found}
    loop = next(iter(loops))
    if len(loops) != 1 or loop is None or shares_lines([loop], code):
        return None
    edits: list[Edit] = [Wrap(loop.lineno, loop.end_lineno or loop.lineno, header)]
    inside = set()
    for call in (node for node in ast.walk(loop) if isinstance(node, ast.Call)):
        if model_at(call.func, code, live) is None:
            continue
        targets = list(_outputs(call, loop, code, live))
        if not targets or None in targets:
            return None
        inside |= set(ast.walk(call))
        for target in targets:
            assert target is not None
            if not _ordered(target, code):
                text = f"{code.text(target)}.float()"
                edits.append(Replace.of(code.masked.text, target, text))
    if any(_is_product(node) for node in ast.walk(loop) if node not in inside):
        return None
    return edits


def _loop(statement: ast.stmt, region: ast.stmt, code: Code) -> ast.stmt | None:
    """The outermost loop around a prediction that trains nothing."""
    found = None
    for above in (statement, *code.within(statement)):
        if isinstance(above, (*_FUNCTIONS, ast.ClassDef)):
            break
        if isinstance(above, LOOPS):
            if any(getattr(node, "attr", "") == "backward" for node in ast.walk(above)):
                break
            found = above
        if found is not None and above is region:
            break
    return found


def _outputs(
    call: ast.Call, loop: ast.stmt, code: Code, live: Live
) -> Iterator[ast.expr | None]:
    """The expressions that hold what a model gave; `None` among them if one is not known."""
    parent = code.parents.get(call)
    if isinstance(parent, ast.Attribute) and parent.attr in OUTPUTS:
        yield parent
        return
    module = model_at(call.func, code, live)
    if not any(one.startswith("transformers.") for one in lineage(module)):
        tuples = isinstance(parent, ast.Assign) and not isinstance(parent.targets[0], ast.Name)
        yield None if tuples or isinstance(parent, ast.Starred) else call
        return
    if not isinstance(parent, ast.Assign) or not isinstance(parent.targets[0], ast.Name):
        yield None
        return
    name = parent.targets[0].id
    for node in ast.walk(loop):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            use = code.parents.get(node)
            known = isinstance(use, ast.Attribute) and use.attr in OUTPUTS
            yield use if known and isinstance(use, ast.Attribute) else None


def _ordered(target: ast.expr, code: Code) -> bool:
    """Whether nothing but the order of an output's numbers is asked for."""
    parent = code.parents.get(target)
    return isinstance(parent, ast.Attribute) and parent.attr in _ORDER


def _is_product(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    name = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
    return name in _PRODUCTS
