"""P01: work on whole columns, not on one row after the other.

`iterrows` makes a pandas object of every row, and a table that grows by `concat` is copied in
every round. The rewrites give the same values; where the body of a loop allows none, the
finding is only listed.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from greenlab import units
from greenlab.advice.analysis.pandas import appended_rows
from greenlab.advice.analysis.pandas.appended_rows import AppendedRow
from greenlab.advice.analysis.pandas.columnar_body import is_columnar
from greenlab.advice.analysis.pandas.live_tables import columns, is_table
from greenlab.advice.analysis.pandas.quadratic_concat import (
    Growth,
    copying_s,
    growths,
    plan,
    rounds,
)
from greenlab.advice.analysis.pandas.row_loops import How, RowLoop, looks, row_loops
from greenlab.advice.analysis.row_counts import rows
from greenlab.advice.analysis.trip_count import turns
from greenlab.advice.rewriting.edits import Edit, Insert, Replace, Swap
from greenlab.advice.rewriting.loop_to_columns import over_columns
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.host.machine_pace import pace
from greenlab.record import Saving

DOCS: Final = "https://pandas.pydata.org/docs/user_guide/enhancingperf.html"
CONCAT: Final = "https://pandas.pydata.org/docs/user_guide/merging.html"
DIAS: Final = "https://arxiv.org/abs/2303.16146"
BENCHMARK: Final = "benchmarks/advice.py"
MIN_ROWS: Final = 10_000
MIN_SHARE: Final = 0.2
MIN_ROUNDS: Final = 50
# What reaching one row costs at least on a fast machine, and each look at one of its values,
# in seconds.
ROW_S: Final[Mapping[How, tuple[float, float]]] = {
    "iterrows": (8e-6, 1e-6), "itertuples": (0.3e-6, 0.0), "apply": (1e-6, 1e-6),
    "range": (0.0, 5e-6),
}  # fmt: skip
RISK: Final = (
    "Whole numbers stay whole, where a row of mixed columns turns them into fractions; sums "
    "may differ in the last digit."
)
HOW: Final[Mapping[How, str]] = {
    "iterrows": "iterrows()", "itertuples": "itertuples()", "apply": "apply(axis=1)",
    "range": "row labels",
}  # fmt: skip


@dataclass(frozen=True)
class Rowwise(Site):
    """A loop over rows, or a table that grows in a loop."""

    work: RowLoop | Growth | AppendedRow


@dataclass(frozen=True, slots=True)
class P01Facts:
    """`count`: rows, or rounds (`None`: not known). `least_s`: the loop's own cost at least.

    `columnar`: the work on a row can be done on whole columns, if only by hand.
    """

    what: str
    count: int | None
    least_s: float
    grows: bool
    columnar: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Rowwise]:
    """Loops over rows and tables that grow."""
    for loop in row_loops(code):
        fact = f"Line {loop.node.lineno} works row by row, with {HOW[loop.how]}."
        yield Rowwise(fact, loop)
    for growth in growths(code):
        fact = f"Line {growth.call.lineno} copies {growth.name} in every round of a loop."
        yield Rowwise(fact, growth)
    for appended in appended_rows.appended_rows(code):
        line = appended.statement.lineno
        yield Rowwise(f"Line {line} puts single rows at the end of {appended.name}.", appended)


def confirm(site: Rowwise, code: Code, live: Live) -> P01Facts | None:
    """A live table of 10,000 rows or more; for a growing one, how often it was copied."""
    if isinstance(site.work, Growth):
        return _growth(site.work, code, live)
    if isinstance(site.work, AppendedRow):
        return _appended(site.work, live)
    loop = site.work
    table = live.resolve(code.actual(loop.table))
    if loop.over is not None:
        count = turns(loop.over, live) if is_table(table) else None
    else:
        count = rows(loop.table, live) if table is None else live.rows(table)
    # One that is gone, such as a copy: what it was made from tells its rows.
    if (table is not None and not is_table(table)) or count is None or count < MIN_ROWS:
        return None
    what = f"Line {loop.node.lineno} works through {count:,} rows with {HOW[loop.how]}"
    row_s, look_s = ROW_S[loop.how]
    least_s = count * (row_s + looks(loop, code) * look_s) * pace()
    columnar = is_columnar(loop, code)
    return P01Facts(what, count, least_s, False, columnar, _plan(loop, code, live))


def trigger(confirmed: P01Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent where the time went elsewhere: into waiting, or into the body of the loop."""
    if signals.waited():
        return None
    if confirmed.count is None:
        return Listed((f"{confirmed.what}.",))
    sure = confirmed.plan.edits or confirmed.grows or confirmed.columnar
    # Where the stacks show what the loop used, all of it goes: the work on a row as well.
    seen = sure and signals.of_place and confirmed.count >= MIN_ROUNDS
    if confirmed.least_s < MIN_SHARE * signals.used_s and not seen:
        return None
    each = units.duration(signals.duration_s / confirmed.count)
    unit = "round" if confirmed.grows else "row"
    facts = (f"{confirmed.what}, {each} per {unit}.",)
    return facts if sure else Listed(facts)


def estimate(confirmed: P01Facts) -> Saving | None:
    """CPU time by `benchmarks/advice.py`."""
    if not (confirmed.plan.edits or confirmed.columnar):
        return None
    return Saving(0.2, 0.85 if confirmed.grows else 0.999, f"CPU time, {BENCHMARK}")


def _growth(growth: Growth, code: Code, live: Live) -> P01Facts | None:
    table = live.resolve(growth.table)
    shape = live.read(table, "shape")
    if not isinstance(shape, tuple):
        return None
    count = rounds(growth, shape[0], code, live)
    kinds = len({*columns(table, live).values()})
    wide = shape[1] if len(shape) > 1 else 1
    line, most = growth.call.lineno, f"up to {shape[0]:,} rows"
    what = f"Line {line} copies {growth.name} in every round, {most}"
    least_s = copying_s(count, shape[0], wide, kinds) * pace() if count else 0.0
    return P01Facts(what, count, least_s, True, False, plan(growth, code))


def _appended(appended: AppendedRow, live: Live) -> P01Facts | None:
    """A live table whose rows came one by one, as far as is known: no more than it has."""
    table = live.resolve(appended.table)
    count = live.rows(table) if is_table(table) else None
    if count is None or count < MIN_ROUNDS:
        return None
    what = (
        f"Line {appended.statement.lineno} puts single rows at the end of {appended.name}, "
        f"which has {count:,} rows"
    )
    least_s = count * appended_rows.ROW_S * pace()
    return P01Facts(what, count, least_s, True, False, appended_rows.plan(appended))


def _plan(loop: RowLoop, code: Code, live: Live) -> Plan:
    table = code.text(loop.table)
    by_hand = f"To change by hand: compute with whole columns such as `{table}['a'] * 2`"
    if loop.how == "itertuples":
        by_hand += "."
    else:
        faster = f"`for row in {table}.itertuples():`"
        by_hand += f"; where that cannot be, {faster} costs a tenth of iterrows."
    over = over_columns(loop, code, live) if loop.whole else None
    if over is None:
        return Plan(RISK, by_hand)
    node, source = loop.node, code.masked.text
    edits: list[Edit] = []
    if isinstance(node, ast.For):
        first, last = node.lineno, node.end_lineno or node.lineno
        if any(
            one is not node and one.lineno <= last and (one.end_lineno or 0) >= first
            for one in code.block(node)
        ):
            return Plan(RISK, by_hand)
        edits.append(Swap(first, last, "\n".join([*_comments(source, first, last), over.text])))
    elif isinstance(node, ast.GeneratorExp):
        call = code.parents[node]
        if not isinstance(call, ast.Call) or call.args != [node] or call.keywords:
            return Plan(RISK, by_hand)
        edits.append(Replace.of(source, call, f"{code.text(call.func)}({over.text})"))
    else:
        edits.append(Replace.of(source, node, over.text))
    if over.imports:
        edits.insert(0, Insert(code.import_line(node), over.imports))
    return Plan(RISK, by_hand, tuple(edits))


def _comments(source: str, first: int, last: int) -> list[str]:
    """The comments within these lines: they stay, above what comes in their place."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT and first <= token.start[0] <= last
    ]


def _work(site: Rowwise, _code: Code, _live: Live) -> Work:
    match site.work:
        case Growth(call=call):
            return Work((call,))
        case AppendedRow(statement=statement):
            return Work((statement,), below=("pandas.",))
        case RowLoop(node=node):
            return Work((node,))


RULE: Final = Rule(
    id="P01",
    title="Vectorise: work on whole columns",
    when="10,000 rows or more of a pandas table one by one, or a table that grows in a loop",
    libraries=(Library("pandas", (2, 0), (4,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, CONCAT, DIAS, BENCHMARK),
    work=_work,
)
