"""Work on tables and files that reading alone may list: row by row (P01)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.analysis.pandas.quadratic_concat import Growth, growths, plan
from greenlab.advice.analysis.pandas.row_loops import RowLoop, row_loops
from greenlab.advice.analysis.trip_count import counted
from greenlab.advice.rewriting.loop_to_columns import has_column_form
from greenlab.advice.static_checks.notebook import Cell, Listing, Notebook
from greenlab.cellcode.ast_queries import loaded, written_name
from greenlab.cellcode.introspect import Live
from greenlab.cellcode.look_budget import LookBudget

LOOKS_S: Final = 1.0
MOST_LOOKS: Final = 100_000
# What comes of one of these has few rows, whatever the table had.
_FEW: Final = frozenset(
    {"agg", "describe", "groupby", "head", "nlargest", "nsmallest", "pivot_table", "sample",
     "tail", "value_counts"}
)  # fmt: skip
_MANY_ROUNDS: Final = 100
# Loops over one of these have a round for each file, page or model: few.
_FILES: Final = ("file", "glob", "listdir", "page", "path", "sheet", "url")


def row_by_row(notebook: Notebook) -> Iterator[Listing]:
    """Loops over rows that have a form over whole columns, and tables copied in each round."""
    live = Live(_values(notebook), budget=LookBudget(LOOKS_S, seen=-MOST_LOOKS))
    for cell in notebook.cells if "pandas" in notebook.imports else ():
        for loop in row_loops(cell.code):
            if _is_few(loop.table, notebook) or not _has_form(loop, cell, live):
                continue
            if run := notebook.run_from(cell, loop.node):
                fact = f"Line {run[1]} works row by row, where whole columns would do."
                yield Listing(run[0], fact)
        for growth in growths(cell.code):
            run = notebook.run_from(cell, growth.loop)
            if run and _often(growth, notebook) and plan(growth, cell.code).edits:
                fact = f"Line {run[1]} copies {growth.name} in every round of a loop."
                yield Listing(run[0], fact)


def _has_form(loop: RowLoop, cell: Cell, live: Live) -> bool:
    with live.looking():
        return has_column_form(loop, cell.code, live)


def _values(notebook: Notebook) -> dict[str, Any]:
    """The literals of the notebook, and an empty list for each name that begins as one."""
    values = dict(notebook.literals)
    for node in notebook.nodes():
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in ("[]", "list()"):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    values[target.id] = []
    return values


def _is_few(table: ast.expr, notebook: Notebook) -> bool:
    """Whether a table has plainly few rows: a literal one, a head, a sum by groups."""
    waiting, met = [table], set[str]()
    while waiting:
        node = waiting.pop()
        for one in ast.walk(node):
            if isinstance(one, ast.Attribute) and one.attr in _FEW:
                return True
            if isinstance(one, ast.Slice) and one.upper is not None:
                return True
            if isinstance(one, ast.Call) and _is_literal_table(one, notebook):
                return True
        new = loaded(node) - met
        met |= new
        waiting += [value for name in new for value in notebook.given(name)]
    return False


def _is_literal_table(call: ast.Call, notebook: Notebook) -> bool:
    if written_name(call.func) != "DataFrame":
        return False
    given = [*call.args, *(word.value for word in call.keywords if word.arg == "data")]
    return any(notebook.value(node) for node in given)


def _often(growth: Growth, notebook: Notebook) -> bool:
    """Whether a table grows in many rounds, as far as the loop says."""
    if isinstance(growth.loop, ast.While):
        return False
    iterated = growth.loop.iter
    if (rounds := counted(iterated, Live(notebook.literals))) is not None:
        return rounds >= _MANY_ROUNDS
    value = notebook.value(iterated)
    if value is not None or isinstance(iterated, (ast.List, ast.Tuple)):
        return hasattr(value, "__len__") and len(value) >= _MANY_ROUNDS
    text = ast.unparse(iterated).lower()
    return not any(mark in text for mark in _FILES)
