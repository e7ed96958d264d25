"""The edits that put a pass under `torch.autocast`, `backward()` left outside.

In float16 the loss is scaled besides, or small gradients would round to nothing.
"""

from __future__ import annotations

import ast

from greenlab.advice.analysis.torch.autocast_loop import around_loop
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    outermost,
    shares_lines,
    torch_name,
)
from greenlab.advice.rewriting.edits import After, Edit, Insert, Replace, Wrap
from greenlab.advice.rule import Plan
from greenlab.cellcode.ast_queries import calls, loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends

OPTIMIZER = "torch.optim.optimizer.Optimizer"
NAME = "scaler"
_TO_NUMPY = ("numpy.array", "numpy.asarray", "numpy.concatenate", "numpy.stack")


def autocast(
    site: Pass, found: list[list[ast.stmt]], computes: str, code: Code, live: Live
) -> Plan:
    """Put these spans of a pass under autocast; `computes`: `cpu.bfloat16`, `cuda.float16`."""
    device, _, dtype = computes.partition(".")
    torch, edits = torch_name(site.region, code)
    header = f'with {torch}.autocast("{device}", dtype={torch}.{dtype}):'
    risk = (
        "Rounding changes results a little: check your metric once. Outputs of the model "
        f"become {dtype}; call .float() before .numpy()."
    )
    by_hand = f"To change by hand: put the forward pass and the loss under `{header}`."
    scales = site.backward is not None and dtype == "float16"
    if scales:
        by_hand += f' Scale the loss with `{torch}.amp.GradScaler("cuda")`.'
    around = site.backward is None and around_loop(site.region, found, header, code, live)
    if around:
        by_hand = f"To change by hand: put the loop under `{header}`."
        return Plan(risk.partition(" Outputs")[0], by_hand, (*edits, *around))
    if any(_to_numpy(node, code) for node in code.nodes):
        return Plan(risk, f"{by_hand} This cell calls .numpy(): call .float() first.")
    spans_of = [span for span in found if not (site.backward and span == [site.region])]
    if any(shares_lines(span, code) for span in spans_of):
        return Plan(risk, by_hand)
    for span in spans_of:
        edits.append(Wrap(span[0].lineno, span[-1].end_lineno or span[-1].lineno, header))
    if site.backward is not None and isinstance(site.backward.func, ast.Attribute):
        value = site.backward.func.value
        loss, more = _loss(site, value, header, code)
        edits.extend(more)
        last: tuple[Edit, ...] | None = ()
        if scales:
            last = _scaled(site.backward, loss, torch, code, live)
        elif more:
            last = (Replace.of(code.masked.text, value, loss),)
        if last is None:
            return Plan(risk, by_hand)
        edits.extend(last)
    return Plan(risk, by_hand, tuple(edits))


def _loss(site: Pass, value: ast.expr, header: str, code: Code) -> tuple[str, list[Edit]]:
    """The name of the loss, computed on a line of its own if it has none yet."""
    if not any(calls(value)):
        return code.text(value), []
    used = loaded(code.tree) | stored(code.tree)
    loss = "loss" if "loss" not in used else "forward_loss"
    return loss, [Insert(site.region.lineno, f"{header}\n    {loss} = {code.text(value)}")]


def _to_numpy(node: ast.AST, code: Code) -> bool:
    """Whether tensors may go to numpy, which has no bfloat16."""
    if not isinstance(node, ast.Call):
        return False
    method = isinstance(node.func, ast.Attribute) and node.func.attr == "numpy"
    return method or code.path(node.func) in _TO_NUMPY


def _scaled(
    backward: ast.Call, loss: str, torch: str, code: Code, live: Live
) -> tuple[Edit, ...] | None:
    """The edits for `torch.amp.GradScaler`, as its documentation has them.

    `None` where the step is not plainly one `backward()` and one `step()` of an optimizer:
    clipped gradients, for one, must be unscaled first.
    """
    if NAME in code.words or any("clip_grad" in word for word in code.words):
        return None
    taken = [
        call
        for statement in code.block(code.statement(backward))
        if isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "step" and not call.args
        if descends(live.resolve(code.actual(call.func.value)), OPTIMIZER)
    ]
    if len(taken) != 1 or not isinstance(backward.func, ast.Attribute):
        return None
    step = code.statement(taken[0])
    if shares_lines([step], code) or not isinstance(taken[0].func, ast.Attribute):
        return None
    source, optimizer = code.masked.text, code.text(taken[0].func.value)
    return (
        Insert(outermost(backward, code).lineno, f'{NAME} = {torch}.amp.GradScaler("cuda")'),
        Replace.of(source, backward.func.value, f"{NAME}.scale({loss})"),
        Replace.of(source, taken[0], f"{NAME}.step({optimizer})"),
        After(step.end_lineno or step.lineno, f"{NAME}.update()"),
    )
