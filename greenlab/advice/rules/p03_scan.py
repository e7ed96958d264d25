"""P03: let polars read only what a query needs of a file.

A lazy query is planned as a whole: columns that are not used are not parsed, and the first
rows alone are read where no more are asked for. A query on all columns gains nothing, a filter
by itself included.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.benchmark_cells import makes
from greenlab.advice.analysis.pandas.live_tables import mostly
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

DOCS: Final = "https://docs.pola.rs/user-guide/concepts/lazy-api/"
CSV: Final = "https://docs.pola.rs/user-guide/io/csv/"
BENCHMARK: Final = "benchmarks/advice.py"
# Methods with the same meaning in a lazy query, and those that end a `group_by`.
LAZY: Final = frozenset(
    {"drop", "drop_nulls", "filter", "group_by", "head", "limit", "rename", "select", "sort",
     "unique", "with_columns"}
)  # fmt: skip
GROUPED: Final = frozenset({"agg", "len", "max", "mean", "median", "min", "n_unique", "sum"})
SCANS: Final = {"read_csv": "scan_csv", "read_parquet": "scan_parquet"}
# Arguments that reading has and scanning has not.
ONLY_READ: Final = frozenset(
    {"columns", "memory_map", "pyarrow_options", "rechunk", "use_pyarrow", "batch_size",
     "n_threads", "sample_size"}
)  # fmt: skip


@dataclass(frozen=True)
class Query(Site):
    """`read` reads a file; `whole` is the chain of methods on it that can be lazy."""

    read: ast.Call
    whole: ast.Call
    scan: str


@dataclass(frozen=True, slots=True)
class P03Facts:
    """The line of the query, the rows it gave if they are alive, and the edit."""

    line: int
    rows: int | None
    plan: Plan


def candidates(code: Code) -> Iterator[Query]:
    """Every chain on a file that is read whole, which needs only a part of it."""
    for call in code.calls:
        path = code.path(call.func) or ""
        name = path.rpartition(".")[2]
        if not path.startswith("polars.") or name not in SCANS:
            continue
        methods = _lazy(call, code)
        words = {word.arg for word in call.keywords}
        compared = makes(code, SCANS[name])
        if _needs_less(methods, code) and not compared and not words & (ONLY_READ | {None}):
            fact = f"Line {call.lineno} reads a whole file for a query on a part of it."
            yield Query(fact, call, methods[-1], SCANS[name])


def confirm(site: Query, code: Code, live: Live) -> P03Facts | None:
    """The cell does little else. That a table comes of it is polars' own promise."""
    if not mostly(code, site.whole):
        return None
    statement, count = code.statement(site.whole), None
    if isinstance(statement, ast.Assign) and statement.value is site.whole:
        count = live.rows(live.resolve(statement.targets[0]))
    return P03Facts(site.read.lineno, count, _plan(site, code))


def trigger(confirmed: P03Facts, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the cell mostly waited."""
    if signals.waited():
        return None
    gave = "" if confirmed.rows is None else f" and gave {confirmed.rows:,} rows"
    return (f"The query in line {confirmed.line} read its whole file{gave}.",)


def estimate(_: P03Facts) -> Saving | None:
    """CPU time by `benchmarks/advice.py`."""
    return Saving(0.1, 0.9, f"CPU time of the query, {BENCHMARK}")


def _lazy(read: ast.Call, code: Code) -> list[ast.Call]:
    """The calls of the chain on this one that a lazy query has as well, as far as they go."""
    found: list[ast.Call] = []
    one, grouped = read, False
    while True:
        attribute = code.parents[one]
        call = code.parents.get(attribute)
        called = isinstance(call, ast.Call) and call.func is attribute
        name = attribute.attr if isinstance(attribute, ast.Attribute) and called else ""
        if not isinstance(call, ast.Call) or name not in (GROUPED if grouped else LAZY):
            return found[:-1] if grouped else found
        found.append(call)
        one, grouped = call, name == "group_by"


def _needs_less(methods: list[ast.Call], code: Code) -> bool:
    """Whether a query needs a part of the columns, or the first rows, of what it reads."""
    for number, call in enumerate(methods):
        assert isinstance(call.func, ast.Attribute)
        name = call.func.attr
        if name in ("head", "limit") and not number:
            return True
        if name == "len":
            return True
        if name in ("agg", "select") and not any(
            _takes_all(one, code) for one in ast.walk(call)
        ):
            return True
    return False


def _takes_all(node: ast.AST, code: Code) -> bool:
    """`pl.all()`, `"*"` and the selectors, which may stand for every column."""
    if isinstance(node, ast.Constant):
        return node.value == "*"
    path = (code.path(node.func) or "") if isinstance(node, ast.Call) else ""
    return path.startswith("polars.") and (
        ".selectors." in path or path.rpartition(".")[2] in ("all", "exclude")
    )


def _plan(site: Query, code: Code) -> Plan:
    func = code.text(site.read.func)
    scan = func.replace(func.rpartition(".")[2], site.scan)
    by_hand = f"To change by hand: begin with `{scan}`, and end the query with `.collect()`."
    risk = "The same rows; where no order is asked for, they may come in another one."
    text = code.text(site.whole)
    if not isinstance(site.read.func, ast.Attribute) or not text.startswith(func):
        return Plan(risk, by_hand)
    lazy = f"{scan}{text.removeprefix(func)}.collect()"
    return Plan(risk, by_hand, (Replace.of(code.masked.text, site.whole, lazy),))


RULE: Final = Rule(
    id="P03",
    title="Scan the file, do not read it whole",
    when="a polars query that reads a whole file and needs some of its columns, or its first "
    "rows",
    libraries=(Library("polars", (1, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, CSV, BENCHMARK),
    work=lambda site, _code, _live: Work((site.read, site.whole)),
)
