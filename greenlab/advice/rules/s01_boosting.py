"""S01: histogram boosting in the place of scikit-learn's old gradient boosting.

The histogram estimators sort each feature into 255 bins once and share the work among all
cores. scikit-learn's documentation calls them "much faster" from 10,000 rows on; measured,
they save from 1,000 rows on, unless the old one was told to look at little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab.advice.analysis.benchmark_cells import makes
from greenlab.advice.analysis.sklearn.estimators import fits, made, most_rows, sibling
from greenlab.advice.analysis.sklearn.fitted_estimators import (
    FitCall,
    Fitting,
    estimators_of,
    fit_calls,
    fittings,
    rows_of,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

BENCHMARK: Final = "benchmarks/advice_first.py"
# CPU time of the new one over that of the old, 100 rounds, by `benchmarks/advice_first.py`:
# 300 rows 0.3 to 0.6, 1,000 rows 0.3 to 0.6, 3,000 rows 0.1 to 0.3, with scores as good or
# better. Below 1,000 rows a fit is light, and scores hang on chance.
MIN_ROWS: Final = 1_000
MANY_ROWS: Final = 10_000
# The new one has no `subsample` and counts `max_features` as a share. An old one that sees a
# twentieth of the rows (ratio 1.0 to 1.4) or one of forty columns (1.4 to 1.8) takes less.
MIN_SUBSAMPLE: Final = 0.3
OLD: Final = ("GradientBoostingClassifier", "GradientBoostingRegressor")
DOCS: Final = (
    "https://scikit-learn.org/stable/modules/generated/"
    "sklearn.ensemble.HistGradientBoostingClassifier.html"
)

# Same meaning in both; the values that only the old one takes are in `_renamed`.
SAME: Final = frozenset(
    {
        "learning_rate", "max_depth", "max_leaf_nodes", "random_state", "tol",
        "validation_fraction", "verbose", "warm_start",
    }
)  # fmt: skip
LOSSES: Final = frozenset({"log_loss", "squared_error", "absolute_error", "quantile"})
# What a fitted old model offers and a histogram model does not.
ONLY_OLD: Final = frozenset(
    {"apply", "estimators_", "feature_importances_", "init_", "n_estimators_",
     "oob_improvement_", "oob_score_", "oob_scores_", "train_score_"}
)  # fmt: skip


ELSEWHERE: Final = "It is made in another cell."


@dataclass(frozen=True)
class Boosting(Site):
    """An estimator that is made in this cell by `node`."""

    name: str
    node: ast.Call


@dataclass(frozen=True, slots=True)
class S01Fitted:
    """What is fitted, on how many rows, whether the cell fits nothing else; and the edit."""

    name: str
    rows: int
    alone: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Boosting | Fitting]:
    """Every old estimator that is made, then every fit of whatever is fitted in the cell."""
    for call, name in made(code, OLD):
        if not makes(code, f"Hist{name}"):
            yield Boosting(f"{name} is made in line {call.lineno}.", name, call)
    yield from fittings(code)


def confirm(site: Boosting | Fitting, code: Code, live: Live) -> S01Fitted | None:
    """Fitted on a live array or table of 1,000 rows or more, on all or much of it."""
    if isinstance(site, Fitting):
        return _fitted(site.fit, code, live)
    given = {word.arg: word.value for word in site.node.keywords}
    columns, rows = (
        value.value if isinstance(value, ast.Constant) else value
        for value in (given.get("max_features"), given.get("subsample"))
    )
    most = most_rows(site.node, code, live)
    if most < MIN_ROWS or _looks_at_little(columns, rows):
        return None
    alone = sum(1 for _ in fits(site.node, code)) == sum(1 for _ in fit_calls(code))
    return S01Fitted(site.name, most, alone, _plan(site, code))


def _fitted(fit: FitCall, code: Code, live: Live) -> S01Fitted | None:
    if (most := rows_of(fit, code, live)) < MIN_ROWS:
        return None
    every = list(estimators_of(fit, code, live))
    for one in every:
        name, own = one.name, one.own
        if name not in OLD or makes(code, f"Hist{name}"):
            continue
        if any(other.name == f"Hist{name}" for other in every):
            continue
        if not _looks_at_little(own.get("max_features"), own.get("subsample")):
            plan = replace(_words(name), by_hand=f"{_words(name).by_hand} {ELSEWHERE}")
            return S01Fitted(name, most, len(every) == 1, plan)
    return None


def trigger(fitted: S01Fitted, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the cell mostly waited."""
    if signals.waited():
        return None
    return (f"{fitted.name} was fitted on {fitted.rows:,} rows.", *signals.busy())


def _looks_at_little(columns: Any, rows: Any) -> bool:
    """Whether each tree is made from few columns or few rows."""
    few_columns = columns is not None and type(columns) is not float
    return few_columns or (type(rows) is float and rows < MIN_SUBSAMPLE)


def _words(name: str) -> Plan:
    new = f"Hist{name}"
    return Plan(
        "A different algorithm: scores change a little, often for the better. Its trees have "
        "up to 31 leaves, and above 10,000 rows it stops early by itself.",
        f"To change by hand: make a {new} (max_iter stands for n_estimators).",
        affects=ONLY_OLD,
        affects_of=OLD,
    )


def _plan(site: Boosting, code: Code) -> Plan:
    words = _words(site.name)
    kept, dropped = _renamed(site.node)
    if dropped:
        left_out = f"No counterpart, left out: {', '.join(dropped)}."
        words = replace(words, risk=f"{words.risk} {left_out}")
    source = code.masked.text
    if kept is None or ("#" in code.text(site.node) and dropped):
        return words
    called, edits = sibling(site.node, f"Hist{site.name}", "sklearn.ensemble", code)
    made = Replace.of(source, site.node, f"{called}({kept})")
    return replace(words, edits=(made, *edits))


def _renamed(call: ast.Call) -> tuple[str | None, list[str]]:
    """The arguments for the new estimator, and the names of those that do not carry over.

    `None`: they cannot be told one by one.
    """
    if call.args or any(word.arg is None for word in call.keywords):
        return None, []
    loss = keyword(call, "loss")
    quantile = isinstance(loss, ast.Constant) and loss.value == "quantile"
    kept: list[str] = []
    dropped: list[str] = []
    for word in call.keywords:
        assert word.arg is not None
        if word.arg == "alpha":
            kept += [f"quantile={ast.unparse(word.value)}"] if quantile else []
        elif (text := _carried_over(word.arg, word.value)) is None:
            dropped.append(f"{word.arg}={ast.unparse(word.value)}")
        elif text:
            kept.append(text)
    return ", ".join(kept), dropped


def _carried_over(name: str, node: ast.expr) -> str | None:
    """An argument as the new estimator takes it; empty: not needed; `None`: it has none."""
    value: Any = node.value if isinstance(node, ast.Constant) else ...
    text = ast.unparse(node)
    if name == "n_estimators":
        return f"max_iter={text}"
    if name == "n_iter_no_change":
        return "" if value is None else f"n_iter_no_change={text}, early_stopping=True"
    same = (
        name in SAME
        or (name == "loss" and value in LOSSES)
        or (name == "max_features" and type(value) is float)
        or (name == "min_samples_leaf" and type(value) is int)
    )
    return f"{name}={text}" if same else None


def estimate(fitted: S01Fitted) -> Saving | None:
    """CPU time saved, measured by `benchmarks/advice_first.py`."""
    low, high = (0.45, 0.94) if fitted.rows >= MANY_ROWS else (0.25, 0.9)
    return Saving(low, high, f"CPU time of the fit, {BENCHMARK} and the demo")


RULE: Final = Rule(
    id="S01",
    title="Train with histogram gradient boosting",
    when="scikit-learn's `GradientBoosting*` fitted on 1,000 rows or more",
    libraries=(Library("sklearn", (1, 0), (2,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda fitted: fitted.plan,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, BENCHMARK),
    work=lambda _site, _code, _live: Work(
        below=("sklearn.ensemble._gb.BaseGradientBoosting.fit",)
    ),
    alone=lambda fitted: fitted.alone,
)
