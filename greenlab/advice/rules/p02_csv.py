"""P02: parse a file of text once, and only the columns that are used.

`engine="pyarrow"` is not suggested: it took more CPU time here, not less.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.code import Code, loaded, stored
from greenlab.advice.edits import Edit, Insert, Replace
from greenlab.advice.live import Live
from greenlab.advice.rounds import turns
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.tables import is_table, mostly
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
WRITES: Final = frozenset({"open", "to_csv", "write", "write_text", "writerow", "writerows"})


@dataclass(frozen=True)
class Parsed(Site):
    """`calls` read one file, the same way. `columns`: those picked out of it at once."""

    calls: tuple[ast.Call, ...]
    columns: ast.expr | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`least_s`: what the change spares at least; `most_s`: the cost of the columns kept."""

    rows: int
    times: int
    least_s: float
    most_s: float
    plan: Plan


def candidates(code: Code) -> Iterator[Parsed]:
    """Files parsed more than once, or parsed whole for a few columns."""
    same: dict[str, list[ast.Call]] = {}
    for call in code.calls:
        path = code.path(call.func) or ""
        if path.startswith("pandas.") and path.endswith(".read_csv"):
            same.setdefault(ast.unparse(call), []).append(call)
    for calls in same.values():
        line = calls[0].lineno
        if len(calls) > 1 or _loop(calls[0], code):
            yield Parsed(f"The file of line {line} is parsed again.", tuple(calls), None)
        elif (columns := _picked(calls[0], code)) is not None:
            fact = f"Line {line} parses a file and keeps {len(columns.elts)} columns."
            yield Parsed(fact, tuple(calls), columns)


def confirm(site: Parsed, code: Code, live: Live) -> Confirmed | None:
    """The table is alive, with 10,000 rows or more."""
    call = site.calls[0]
    name = _assigned(call, code)
    table = live.namespace.get(name) if name else None
    shape = live.read(table, "shape")
    if not is_table(table) or not isinstance(shape, tuple) or shape[0] < MIN_ROWS:
        return None
    values = shape[0] * shape[1]
    if isinstance(site.columns, ast.List):
        if not mostly(code, call):
            return None
        most_s = shape[0] * len(site.columns.elts) * VALUE_S[1]
        return Confirmed(shape[0], 1, 0.0, most_s, _fewer(site, code))
    loop = _loop(call, code)
    around = turns(loop.iter, live) if isinstance(loop, ast.For) else 1
    times = len(site.calls) * (around or 1)
    plan = _once(site, loop, code)
    if times < 2 or plan is None:
        return None
    return Confirmed(shape[0], times, (times - 1) * values * VALUE_S[0], 0.0, plan)


def trigger(confirmed: Confirmed, signals: Signals) -> tuple[str, ...] | None:
    """Silent where parsing can be but a small part of the time."""
    if signals.waited():
        return None
    if confirmed.times > 1:
        if confirmed.least_s < MIN_SHARE * signals.used_s:
            return None
        return (f"A file of {confirmed.rows:,} rows was parsed {confirmed.times} times.",)
    if signals.used_s < 2 * confirmed.most_s:
        return None
    return (f"A file of {confirmed.rows:,} rows was parsed whole for a few of its columns.",)


def estimate(confirmed: Confirmed) -> Saving | None:
    """CPU time by `benchmarks/advice.py`."""
    if confirmed.times > 1:
        most = round(1 - 1 / confirmed.times, 2)
        return Saving(round(MIN_SHARE * most, 2), most, f"parses left out, {BENCHMARK}")
    return Saving(0.2, 0.8, f"CPU time of the parse, {BENCHMARK}")


def _loop(call: ast.Call, code: Code) -> ast.For | None:
    """The outermost loop around a call whose arguments do not change in it."""
    found = None
    for above in code.within(call):
        if isinstance(above, (ast.FunctionDef, ast.While, ast.If, ast.Try)):
            break
        if isinstance(above, ast.For):
            if loaded(call) & stored(above):
                break
            found = above
    return found


def _picked(call: ast.Call, code: Code) -> ast.List | None:
    """The columns in `read_csv(…)[["a", "b"]]`, or in `df = df[["a", "b"]]` right after it."""
    words = {word.arg for word in call.keywords}
    above = code.parents.get(call)
    picked: ast.AST | None = above
    if isinstance(above, ast.Assign) and len(above.targets) == 1:
        block = code.block(above)
        after = block[block.index(above) + 1 : block.index(above) + 2]
        name = ast.unparse(above.targets[0])
        picked = after[0].value if after and isinstance(after[0], ast.Assign) else None
        if picked is None or ast.unparse(after[0]).split(" = ")[0] != name:
            return None
        if not (isinstance(picked, ast.Subscript) and ast.unparse(picked.value) == name):
            return None
    elif not (isinstance(above, ast.Subscript) and above.value is call):
        return None
    if not isinstance(picked, ast.Subscript) or not words <= PLAIN or len(call.args) > 1:
        return None
    columns = picked.slice
    if not isinstance(columns, ast.List) or not columns.elts:
        return None
    literal = all(
        isinstance(one, ast.Constant) and type(one.value) is str for one in columns.elts
    )
    return columns if literal else None


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


def _once(site: Parsed, loop: ast.For | None, code: Code) -> Plan | None:
    """Parse before the first use; each use gets a copy, as it may be changed."""
    first = site.calls[0]
    names = {getattr(call.func, "attr", getattr(call.func, "id", "")) for call in code.calls}
    anchor: ast.stmt = loop or code.statement(first)
    blocks = {id(code.block(loop or code.statement(call))[0]) for call in site.calls}
    # The file may be another one by then.
    if names & WRITES or len(blocks) > 1 or len(first.args) != 1:
        return None
    if loop is None and loaded(first) & {
        name for call in site.calls for name in _later(call, first, code)
    }:
        return None
    used = loaded(code.tree) | stored(code.tree)
    table = next(name for name in ("parsed", "parsed_table") if name not in used)
    edits: list[Edit] = [Insert(anchor.lineno, f"{table} = {code.text(first)}")]
    edits += [Replace.of(code.masked.text, call, f"{table}.copy()") for call in site.calls]
    return Plan(
        "The same tables. The parsed one stays in memory, besides its copies.",
        "To change by hand: parse the file once, and take a .copy() where it is used.",
        tuple(edits),
    )


def _later(call: ast.Call, first: ast.Call, code: Code) -> set[str]:
    """The names that the cell binds between two calls."""
    return {
        name
        for node in code.tree.body
        if first.lineno <= node.lineno <= call.lineno
        for name in stored(node)
    }


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
)
