"""Find where a cell has one torch model predict again and again, and nothing is trained."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from greenlab.advice.analysis.torch.called_models import names_of_models
from greenlab.advice.analysis.torch.training_and_evaluation import (
    LOOPS,
    Evaluation,
    evaluations,
    outermost,
    repeats,
    steps,
)
from greenlab.advice.rule import Site
from greenlab.cellcode.ast_queries import stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict

_REPEATING = (*LOOPS, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Prediction(Site):
    """A block or function in which torch keeps no gradients and something is repeated."""

    region: Evaluation


@dataclass(frozen=True, slots=True)
class Predictor:
    """The one model that predicts there: its name at the level of the cell, and the calls.

    `line`: before the statement that starts there the model may be changed, once for all
    calls; `None` where there is no such place.
    """

    name: str
    module: Any
    calls: tuple[ast.Call, ...]
    line: int | None


def predictions(code: Code) -> Iterator[Prediction]:
    """Every place where a model may predict again and again, in a cell that trains none."""
    if any(True for _ in steps(code)):
        return
    for region in evaluations(code):
        inner = any(isinstance(node, _REPEATING) for node in ast.walk(region))
        if inner or repeats(region, code):
            yield Prediction(f"A model predicts from line {region.lineno}.", region)


def predictor(site: Prediction, code: Code, live: Live) -> Predictor | None:
    """The model, if it is the only one there and is set to predict."""
    nodes = list(ast.walk(site.region))
    models = names_of_models(nodes, code, live)
    if len({id(module) for _, module in models.values()}) != 1:
        return None
    node, module = next(iter(models.values()))
    named = code.actual(node)
    if named is None or instance_dict(module).get("training") is not False:
        return None
    calls = tuple(
        call for call in nodes if isinstance(call, ast.Call) and code.text(call.func) in models
    )
    first = code.top(site.region)
    if not isinstance(first, ast.FunctionDef):
        first = outermost(site.region, code)
    line = first.lineno if code.once(first) and _settled(named, first, code) else None
    return Predictor(code.text(named), module, calls, line)


def _settled(named: ast.expr, first: ast.stmt, code: Code) -> bool:
    """Whether from this statement of the cell on the name keeps its value."""
    root = code.text(named).partition(".")[0].partition("[")[0]
    later = [node for node in code.nodes if getattr(node, "lineno", 0) >= first.lineno]
    return not any(root in stored(node) for node in later)
