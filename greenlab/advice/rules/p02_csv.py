"""P02: parse a file of text once, and only the columns that are used.

`engine="pyarrow"` is not suggested: it took more CPU time here, not less.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.callers import units_of, uses
from greenlab.advice.analysis.pandas.live_tables import QUICK, is_table, mostly
from greenlab.advice.analysis.pandas.repeated_reads import helper_around, loops, once, runs
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import loaded, written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

DOCS: Final = "https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html"
BENCHMARK: Final = "benchmarks/advice.py"
MIN_ROWS: Final = 10_000
# Parsing one value takes about this long, at least and at most.
VALUE_S: Final = (2e-8, 4e-8)
MIN_SHARE: Final = 0.2
# With any other argument a choice of columns may mean something else, or fail.
PLAIN: Final = frozenset(
    {"compression", "decimal", "delimiter", "encoding", "filepath_or_buffer", "low_memory",
     "na_values", "nrows", "sep", "thousands"}
)  # fmt: skip
# What a cell that reads files calls besides.
READS: Final = frozenset(
    {"Path", "concat", "glob", "iglob", "iterdir", "join", "listdir", "read_csv", "rglob"}
)


@dataclass(frozen=True)
class Parsed(Site):
    """`calls` read one file, the same way. `columns`: those picked out of it at once."""

    calls: tuple[ast.Call, ...]
    columns: ast.expr | None


@dataclass(frozen=True, slots=True)
class P02Facts:
    """`least_s`: what the change spares at least; `most_s`: the cost of the columns kept.

    `rows`: `None` where the table is gone. `only`: it is known what the cell spent on parsing,
    or it did next to nothing else; if not, stacks have to show it.
    """

    rows: int | None
    times: int
    least_s: float
    most_s: float
    plan: Plan
    only: bool = True


def candidates(code: Code) -> Iterator[Parsed]:
    """Files parsed more than once, or parsed whole for a few columns."""
    same: dict[str, list[ast.Call]] = {}
    for call in code.calls:
        path = code.path(call.func) or ""
        if path.startswith("pandas.") and path.endswith(".read_csv"):
            same.setdefault(ast.unparse(call), []).append(call)
    for calls in same.values():
        line = calls[0].lineno
        around = loops(calls[0], loaded(calls[0]), code)
        if len(calls) > 1 or around or helper_around(calls[0], code):
            yield Parsed(f"The file of line {line} is parsed again.", tuple(calls), None)
        if len(calls) == 1 and not around and (columns := _picked(calls[0], code)):
            fact = f"Line {line} parses a file and keeps {len(columns.elts)} columns."
            yield Parsed(fact, tuple(calls), columns)


def confirm(site: Parsed, code: Code, live: Live) -> P02Facts | None:
    """The table is alive, with 10,000 rows or more; or parsing is all that the cell did."""
    call = site.calls[0]
    name = _assigned(call, code)
    table = live.namespace.get(name) if name else None
    shape = live.read(table, "shape")
    if not is_table(table) or not isinstance(shape, tuple):
        shape = None
    elif shape[0] < MIN_ROWS:
        return None
    if isinstance(site.columns, ast.List):
        return _of_columns(site, site.columns, shape, code, live)
    ran, plan = [runs(one, code, live) for one in site.calls], once(site.calls, code)
    times = sum(one.times for one in ran)
    if times < 2 or plan is None:
        return None
    if shape is None:
        around = frozenset().union(*(one.loops for one in ran))
        only = mostly(code, *site.calls, around=around)
        return P02Facts(None, times, math.inf, 0.0, plan, only)
    least_s = (times - 1) * shape[0] * shape[1] * VALUE_S[0]
    return P02Facts(shape[0], times, least_s, 0.0, plan)


def _of_columns(
    site: Parsed, columns: ast.List, shape: tuple[int, ...] | None, code: Code, live: Live
) -> P02Facts | None:
    """Parsed whole for these columns.

    In a helper, whose table is gone, by code that only reads files.
    """
    if shape is None:
        count = _rows_of_helper(site.calls[0], code, live) if _only_reads(code) else None
        if count is None or count < MIN_ROWS:
            return None
        most_s = count * len(columns.elts) * VALUE_S[1]
        return P02Facts(count, 1, 0.0, most_s, _fewer(site, code))
    if not mostly(code, site.calls[0]):
        return None
    most_s = shape[0] * len(columns.elts) * VALUE_S[1]
    return P02Facts(shape[0], 1, 0.0, most_s, _fewer(site, code))


def _rows_of_helper(call: ast.Call, code: Code, live: Live) -> int | None:
    """The rows of what a cell makes of a helper's table, or of several; `None` if not alive."""
    for above in code.within(call):
        if isinstance(above, ast.FunctionDef):
            for unit, use in uses(above, code):
                statement = unit.statement(use)
                if isinstance(statement, ast.Assign) and is_table(
                    table := live.namespace.get(ast.unparse(statement.targets[0]))
                ):
                    return live.rows(table)
    return None


def _only_reads(code: Code) -> bool:
    """Whether a cell and the helpers it calls do little but read files; this is a helper."""
    units = units_of(code)
    helpers = {
        node.name for unit in units for node in unit.nodes if isinstance(node, ast.FunctionDef)
    }
    helped = any(isinstance(above, ast.FunctionDef) for above in code.nodes)
    return helped and all(
        written_name(call.func) in QUICK | READS | helpers
        for unit in units
        for call in unit.calls
    )


def trigger(confirmed: P02Facts, signals: Signals) -> tuple[str, ...] | None:
    """Silent where parsing can be but a small part of the time."""
    if signals.waited():
        return None
    if confirmed.times > 1:
        if not (confirmed.only or signals.of_place):
            return None
        if confirmed.least_s < MIN_SHARE * signals.used_s:
            return None
        file = "A file" if confirmed.rows is None else f"A file of {confirmed.rows:,} rows"
        return (f"{file} was parsed {confirmed.times} times.",)
    if signals.used_s < 2 * confirmed.most_s:
        return None
    of = "" if confirmed.rows is None else f" of {confirmed.rows:,} rows"
    return (f"A file{of} was parsed whole for a few of its columns.",)


def estimate(confirmed: P02Facts) -> Saving | None:
    """CPU time by `benchmarks/advice.py`."""
    if confirmed.times > 1:
        most = round(1 - 1 / confirmed.times, 2)
        return Saving(round(MIN_SHARE * most, 2), most, f"parses left out, {BENCHMARK}")
    return Saving(0.2, 0.8, f"CPU time of the parse, {BENCHMARK}")


def _picked(call: ast.Call, code: Code) -> ast.List | None:
    """The columns in `read_csv(…)[["a", "b"]]`, or in `df = df[["a", "b"]]` right after it."""
    words = {word.arg for word in call.keywords}
    if not words <= PLAIN or len(call.args) > 1:
        return None
    match code.parents.get(call):
        case ast.Subscript(value=held, slice=columns) if held is call:
            return columns if _are_names(columns) else None  # type: ignore[return-value]
        case ast.Assign(targets=[ast.Name(id=name)]) as statement:
            return _picked_next(statement, name, code)
    return None


def _picked_next(statement: ast.Assign, name: str, code: Code) -> ast.List | None:
    """The columns that the next statement keeps of the table, or gives back."""
    block = code.block(statement)
    after = block[block.index(statement) + 1 : block.index(statement) + 2]
    match after:
        case [ast.Assign(targets=[ast.Name(id=again)], value=ast.Subscript() as part)] if (
            again == name
        ):
            pass
        case [ast.Return(value=ast.Subscript() as part)]:
            pass
        case _:
            return None
    whole = isinstance(part.value, ast.Name) and part.value.id == name
    return part.slice if whole and _are_names(part.slice) else None  # type: ignore[return-value]


def _are_names(columns: ast.expr) -> bool:
    return (
        isinstance(columns, ast.List)
        and bool(columns.elts)
        and all(
            isinstance(one, ast.Constant) and type(one.value) is str for one in columns.elts
        )
    )


def _assigned(call: ast.Call, code: Code) -> str | None:
    statement = code.statement(call)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _fewer(site: Parsed, code: Code) -> Plan:
    call = site.calls[0]
    assert site.columns is not None
    words = f"usecols={code.text(site.columns)}"
    edits = (Replace.adding(code.masked.text, call, words),)
    by_hand = f"To change by hand: add `{words}` to read_csv."
    risk = "The same table: the columns left out are no longer parsed."
    return Plan(risk, by_hand, edits)


RULE: Final = Rule(
    id="P02",
    title="Parse a file once, and only what is used",
    when="the same CSV parsed again in a cell, or parsed whole for a few of its columns",
    libraries=(Library("pandas", (2, 0), (4,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    work=lambda site, _code, _live: Work(site.calls),
)
