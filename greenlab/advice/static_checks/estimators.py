"""scikit-learn estimators that reading alone may list: old boosting (S01), grids (S02)."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.analysis.sklearn.estimators import fits, names_of
from greenlab.advice.rules.s01_boosting import MIN_ROWS, OLD, ONLY_OLD
from greenlab.advice.rules.s02_grid_search import MIN_CANDIDATES, ROUNDS
from greenlab.advice.static_checks.notebook import Cell, Listing, Notebook, last_name
from greenlab.cellcode.ast_queries import keyword, loaded, stored_names

# Data sets of scikit-learn and seaborn that have some hundred rows.
_TOYS: Final = frozenset(
    {"load_breast_cancer", "load_diabetes", "load_digits", "load_iris", "load_linnerud",
     "load_wine"}
)  # fmt: skip
_TOY_NAMES: Final = frozenset({"iris", "mpg", "penguins", "tips", "titanic"})
_MADE: Final = ("make_blobs", "make_classification", "make_friedman1", "make_moons",
                "make_regression")  # fmt: skip


def old_boosting(notebook: Notebook) -> Iterator[Listing]:
    """The old estimators on data that may be large, if nothing that only they have is used."""
    words = notebook.words
    if has_toy_data(notebook) or words & (ONLY_OLD - {"apply"}):
        return
    for cell, call in notebook.calls():
        name = last_name(cell.code, call)
        if name not in OLD or not (cell.code.path(call.func) or "").startswith("sklearn."):
            continue
        if f"Hist{name}" in words or not words & {"fit", "cross_val_score", "cross_validate"}:
            continue
        if _looks_at_little(call, notebook):
            continue
        fitted = _first_fit(cell, call, notebook)
        if fitted is not None:
            yield Listing(fitted, f"A {name} is fitted.")


def large_grids(notebook: Notebook) -> Iterator[Listing]:
    """Grid searches with a literal grid of many candidates, whose table is not looked at."""
    words = notebook.words
    if has_toy_data(notebook) or words & {"cv_results_", "HalvingGridSearchCV"}:
        return
    for cell, call in notebook.calls():
        name = last_name(cell.code, call)
        if name != "GridSearchCV" or not (cell.code.path(call.func) or "").startswith(
            "sklearn."
        ):
            continue
        grid = call.args[1] if len(call.args) > 1 else keyword(call, "param_grid")
        tried = _candidates(notebook, grid)
        if tried is None or tried < MIN_CANDIDATES or any(w.startswith(ROUNDS) for w in words):
            continue
        run = notebook.run_from(cell, next((fit for fit, _ in fits(call, cell.code)), call))
        if run:
            yield Listing(run[0], f"Line {call.lineno} tries all {tried} candidates of a grid.")


def _first_fit(cell: Cell, made: ast.Call, notebook: Notebook) -> Cell | None:
    """The cell that fits an estimator first, directly or by what it hands it to."""
    names = names_of(made, cell.code)
    for node in notebook.nodes():  # `for name, model in models`
        if isinstance(node, (ast.For, ast.comprehension)) and loaded(node.iter) & names:
            names = names | stored_names(node.target)
    for one, call in notebook.calls():
        if one.index < cell.index or call is made:
            continue
        func = call.func
        fits_it = isinstance(func, ast.Attribute) and func.attr.startswith("fit")
        given = [*call.args, *(word.value for word in call.keywords)]
        holders = [func.value] if fits_it and isinstance(func, ast.Attribute) else given
        # A helper or a search that is handed the estimator fits it, but not what builds others.
        builds = last_name(one.code, call)[:1].isupper() or one.index == cell.index
        reached = any(made in ast.walk(each) or loaded(each) & names for each in holders)
        if reached and (fits_it or not builds):
            run = notebook.run_from(one, call)
            return None if run is None else run[0]
    return None


def has_toy_data(notebook: Notebook) -> bool:
    """Whether the notebook says that its data have but some hundred rows."""
    if notebook.words & _TOYS:
        return True
    for cell, call in notebook.calls():
        name = last_name(cell.code, call)
        given = [*call.args, *(word.value for word in call.keywords)]
        if name == "load_dataset" and any(notebook.value(one) in _TOY_NAMES for one in given):
            return True
        if name in _MADE:
            rows = keyword(call, "n_samples") or (call.args[0] if call.args else None)
            many = 100 if rows is None else notebook.value(rows)
            if type(many) is int and many < MIN_ROWS:
                return True
        if name == "read_csv" and any(
            toy in str(notebook.value(one)).lower() for toy in _TOY_NAMES for one in given
        ):
            return True
    return False


def _looks_at_little(call: ast.Call, notebook: Notebook) -> bool:
    columns = notebook.value(keyword(call, "max_features"))
    rows = notebook.value(keyword(call, "subsample"))
    return (columns is not None and type(columns) is not float) or (
        type(rows) is float and rows < 0.3
    )


def _candidates(notebook: Notebook, grid: ast.expr | None) -> int | None:
    """How many candidates a grid has; `None` where that does not stand there."""
    if isinstance(grid, ast.Name):
        grid = next(notebook.given(grid.id), None)
    if isinstance(grid, (ast.List, ast.Tuple)):
        parts = [_candidates(notebook, one) for one in grid.elts]
        return None if None in parts else sum(part or 0 for part in parts)
    if not isinstance(grid, ast.Dict):
        return None
    return math.prod(_width(notebook, one) for one in grid.values)


def _width(notebook: Notebook, node: ast.expr) -> int:
    """How many values stand for one argument; 1 where that cannot be told."""
    value: Any = notebook.value(node)
    if isinstance(value, (list, tuple)):
        return len(value)
    if isinstance(node, (ast.List, ast.Tuple)):
        return len(node.elts)
    match node:
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            numbers = [notebook.value(one) for one in arguments]
            return len(range(*numbers)) if all(type(one) is int for one in numbers) else 1
        case ast.Call(
            func=ast.Attribute(attr="linspace" | "logspace"), args=[_, _, number, *_]
        ):
            many = notebook.value(number)
            return many if type(many) is int else 1
        case ast.Call(func=ast.Attribute(attr="arange"), args=arguments):
            numbers = [notebook.value(one) for one in arguments]
            whole = all(type(one) is int for one in numbers)
            return len(range(*numbers)) if whole else 1
    return 1
