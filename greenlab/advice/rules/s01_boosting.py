"""S01: histogram boosting in the place of scikit-learn's old gradient boosting.

The histogram estimators sort each feature into 255 bins once and share the work among all
cores. scikit-learn's documentation calls them "much faster" from 10,000 rows on; measured,
they save from 1,000 rows on, unless the old one was told to look at little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.comparisons import makes
from greenlab.advice.analysis.sklearn.estimators import most_rows, sibling
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
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


@dataclass(frozen=True)
class Boosting(Site):
    """An estimator that is made here (`node` is the call) or was made in another cell."""

    name: str
    node: ast.Call
    made_here: bool


@dataclass(frozen=True, slots=True)
class S01Fitted:
    """What is fitted, on how many rows, and the edit."""

    name: str
    rows: int
    plan: Plan


def candidates(code: Code) -> Iterator[Boosting]:
    """Every old estimator that is made, or fitted, in the cell."""
    for call in code.calls:
        path = code.path(call.func) or ""
        if not path.startswith("sklearn."):
            continue
        name = path.removesuffix(".fit").removesuffix("()").rpartition(".")[2]
        if name in OLD and not makes(code, f"Hist{name}"):
            made = not path.endswith(".fit")
            verb = "is made" if made else "is fitted"
            yield Boosting(f"{name} {verb} in line {call.lineno}.", name, call, made)


def confirm(site: Boosting, code: Code, live: Live) -> S01Fitted | None:
    """Fitted on a live array or table of 1,000 rows or more, on all or much of it."""
    if _looks_at_little(site, live):
        return None
    most = most_rows(site.node, code, live, made_here=site.made_here)
    return S01Fitted(site.name, most, _plan(site, code)) if most >= MIN_ROWS else None


def trigger(fitted: S01Fitted, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the cell mostly waited."""
    if signals.waited():
        return None
    return (f"{fitted.name} was fitted on {fitted.rows:,} rows.", *signals.busy())


def _looks_at_little(site: Boosting, live: Live) -> bool:
    """Whether each tree is made from few columns or few rows."""
    if site.made_here:
        given = {word.arg: word.value for word in site.node.keywords}
        columns, rows = (
            value.value if isinstance(value, ast.Constant) else value
            for value in (given.get("max_features"), given.get("subsample"))
        )
    else:
        assert isinstance(site.node.func, ast.Attribute)
        model = live.resolve(site.node.func.value)
        columns, rows = (
            None if model is None else live.own(model, name)
            for name in ("max_features", "subsample")
        )
    few_columns = columns is not None and type(columns) is not float
    return few_columns or (type(rows) is float and rows < MIN_SUBSAMPLE)


def _plan(site: Boosting, code: Code) -> Plan:
    new = f"Hist{site.name}"
    by_hand = f"To change by hand: make a {new} (max_iter stands for n_estimators)."
    risk = (
        "A different algorithm: scores change a little, often for the better. Its trees "
        "have up to 31 leaves, and above 10,000 rows it stops early by itself."
    )
    if lost := sorted(code.attributes & ONLY_OLD):
        return Plan(f"{risk} It has no {', '.join(lost)}, which this cell uses.", by_hand)
    if not site.made_here:
        return Plan(risk, f"{by_hand} It is made in another cell.")
    kept, dropped = _renamed(site.node)
    if dropped:
        risk = f"{risk} No counterpart, left out: {', '.join(dropped)}."
    source = code.masked.text
    if kept is None or ("#" in code.text(site.node) and dropped):
        return Plan(risk, by_hand)
    called, edits = sibling(site.node, new, "sklearn.ensemble", code)
    return Plan(risk, by_hand, (Replace.of(source, site.node, f"{called}({kept})"), *edits))


def _renamed(call: ast.Call) -> tuple[str | None, list[str]]:
    """The arguments for the new estimator, and the names of those that do not carry over."""
    kept: list[str] = []
    dropped: list[str] = []
    if call.args:
        return None, dropped
    for word in call.keywords:
        if word.arg is None:
            return None, dropped
        value: Any = word.value.value if isinstance(word.value, ast.Constant) else ...
        text = ast.unparse(word.value)
        if word.arg == "n_estimators":
            kept.append(f"max_iter={text}")
        elif word.arg == "n_iter_no_change":
            if value is not None:
                kept.append(f"n_iter_no_change={text}, early_stopping=True")
        elif word.arg == "alpha":
            kept.append(f"quantile={text}")
        elif (
            word.arg in SAME
            or (word.arg == "loss" and value in LOSSES)
            or (word.arg == "max_features" and type(value) is float)
            or (word.arg == "min_samples_leaf" and type(value) is int)
        ):
            kept.append(f"{word.arg}={text}")
        else:
            dropped.append(f"{word.arg}={text}")
    if not any(text.startswith("loss='quantile'") for text in kept):
        kept = [text for text in kept if not text.startswith("quantile=")]
    return ", ".join(kept), dropped


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
)
