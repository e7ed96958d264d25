"""How a cell uses a scikit-learn estimator: what it, or what holds it, is fitted on."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from typing import Any, Final

from greenlab.advice.analysis.row_counts import rows
from greenlab.advice.rewriting.edits import Edit, Insert
from greenlab.cellcode.ast_queries import loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict

# Functions that fit what they are given, on the data that comes next.
SPLITS: Final = frozenset(
    {"cross_val_predict", "cross_val_score", "cross_validate", "learning_curve"}
)


def made(code: Code, names: Container[str]) -> Iterator[tuple[ast.Call, str]]:
    """Every call that makes one of these classes of scikit-learn's, and which."""
    for call in code.calls:
        path = code.path(call.func) or ""
        name = path.rpartition(".")[2]
        if path.startswith("sklearn.") and name in names:
            yield call, name


def sibling(call: ast.Call, name: str, module: str, code: Code) -> tuple[str, list[Edit]]:
    """How to call another class where this one is called, and the import it needs, if any."""
    if isinstance(call.func, ast.Attribute):
        return f"{code.text(call.func.value)}.{name}", []
    if code.names(name):
        return name, []
    return name, [Insert(code.import_line(call), f"from {module} import {name}")]


def most_rows(call: ast.Call, code: Code, live: Live, *, made_here: bool = True) -> int:
    """The most rows that an estimator is fitted on, 0 where that cannot be told."""
    data = fitted_on(call, code, made_here=made_here)
    return max((rows(one, live) or 0 for one in data), default=0)


def held(thing: Any, live: Live) -> Iterator[Any]:
    """A live estimator and those in it: the steps of a pipeline, the best of a search."""
    live.tick()
    yield thing
    own = instance_dict(thing)
    inner = [own.get(name) for name in ("best_estimator_", "estimator", "regressor")]
    for name in ("steps", "estimators"):
        named = own.get(name)
        if type(named) is list:
            inner += [step[-1] for step in named if type(step) is tuple and step]
    for one in inner:
        if one is not None and type(one) is not str:
            yield from held(one, live)


def fitted_on(call: ast.Call, code: Code, *, made_here: bool = True) -> Iterator[ast.expr]:
    """The data of each fit that an estimator, or what holds it, takes part in.

    `call` makes the estimator or, if it is not `made_here`, calls a method of it.
    """
    for fit, position in fits(call, code, made_here=made_here):
        yield from fit.args[position : position + 1]
        yield from (word.value for word in fit.keywords if word.arg == "X")


def fits(
    call: ast.Call, code: Code, *, made_here: bool = True
) -> Iterator[tuple[ast.Call, int]]:
    """Each call that fits an estimator, or what holds it, and at which place its data stand."""
    linked = names_of(call, code, made_here=made_here)
    around = set(code.within(call))
    for one in code.calls:
        if isinstance(one.func, ast.Attribute) and one.func.attr.startswith("fit"):
            holder, position = one.func.value, 0
        elif (code.path(one.func) or "").rpartition(".")[2] in SPLITS and one.args:
            holder, position = one.args[0], 1
        else:
            continue
        if linked & loaded(holder) or holder is call or holder in around:
            yield one, position


def names_of(call: ast.Call, code: Code, *, made_here: bool = True) -> set[str]:
    """The names under which the cell keeps an estimator, or what holds it."""
    linked = set() if made_here else loaded(call.func)
    around = set(code.within(call))
    bindings = [
        (node, loaded(node), stored(node))
        if not isinstance(node, ast.For)
        else (node, loaded(node.iter), stored(node.target))
        for node in code.nodes
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.For))
    ]
    for _ in range(3):  # a pipeline that holds it, a search that holds the pipeline
        for node, reads, binds in bindings:
            if linked & reads or (node in around and not isinstance(node, ast.For)):
                linked |= binds
    return linked
