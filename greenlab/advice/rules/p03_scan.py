"""P03: let polars read only what a query needs of a file.

A lazy query is planned as a whole: columns that are not used are not parsed, rows that a
filter drops are not kept. A query that needs the whole table gains nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.code import Code
from greenlab.advice.edits import Replace
from greenlab.advice.live import Live, descends
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.tables import mostly
from greenlab.record import Saving

DOCS: Final = "https://docs.pola.rs/user-guide/concepts/lazy-api/"
CSV: Final = "https://docs.pola.rs/user-guide/io/csv/"
BENCHMARK: Final = "benchmarks/advice.py"
FRAME: Final = "polars.dataframe.frame.DataFrame"
# Methods with the same meaning in a lazy query.
LAZY: Final = frozenset(
    {"agg", "drop", "drop_nulls", "filter", "group_by", "head", "limit", "rename", "select",
     "sort", "unique", "with_columns"}
)  # fmt: skip
# With one of these a query needs less than the whole table.
LESS: Final = frozenset({"agg", "filter", "select"})
SCANS: Final = {"read_csv": "scan_csv", "read_parquet": "scan_parquet"}
# Arguments that reading has and scanning has not.
ONLY_READ: Final = frozenset(
    {"columns", "memory_map", "pyarrow_options", "rechunk", "use_pyarrow", "batch_size",
     "n_threads", "sample_size"}
)  # fmt: skip


@dataclass(frozen=True)
class Query(Site):
    """`read` reads a file; `whole` is the chain of methods on it."""

    read: ast.Call
    whole: ast.Call
    scan: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The line of the query, the rows it gives, and the edit."""

    line: int
    rows: int
    plan: Plan


def candidates(code: Code) -> Iterator[Query]:
    """Every chain on a file that is read whole, which needs only a part of it."""
    for call in code.calls:
        path = code.path(call.func) or ""
        name = path.rpartition(".")[2]
        if not path.startswith("polars.") or name not in SCANS:
            continue
        methods, whole = _chain(call, code)
        words = {word.arg for word in call.keywords}
        if set(methods) & LESS and set(methods) <= LAZY and not words & (ONLY_READ | {None}):
            fact = f"Line {call.lineno} reads a whole file for a query on a part of it."
            yield Query(fact, call, whole, SCANS[name])


def confirm(site: Query, code: Code, live: Live) -> Confirmed | None:
    """The query's result is a live table of polars, and the cell does little else."""
    statement = code.statement(site.whole)
    if not isinstance(statement, ast.Assign) or statement.value is not site.whole:
        return None
    result = live.resolve(statement.targets[0])
    if not descends(result, FRAME) or not mostly(code, site.whole):
        return None
    return Confirmed(site.read.lineno, live.rows(result) or 0, _plan(site, code))


def trigger(confirmed: Confirmed, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the cell mostly waited."""
    if signals.waited():
        return None
    line, count = confirmed.line, confirmed.rows
    return (f"The query in line {line} parsed its whole file and gave {count:,} rows.",)


def estimate(_: Confirmed) -> Saving | None:
    """CPU time by `benchmarks/advice.py`."""
    return Saving(0.1, 0.75, f"CPU time of the query, {BENCHMARK}")


def _chain(read: ast.Call, code: Code) -> tuple[list[str], ast.Call]:
    methods: list[str] = []
    whole = read
    while True:
        attribute = code.parents.get(whole)
        call = code.parents.get(attribute) if attribute else None
        if not (
            isinstance(attribute, ast.Attribute)
            and isinstance(call, ast.Call)
            and call.func is attribute
        ):
            return methods, whole
        methods.append(attribute.attr)
        whole = call


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
    when="a polars query that reads a whole file and needs a part of it",
    libraries=(Library("polars", (1, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, CSV, BENCHMARK),
)
