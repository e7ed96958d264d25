"""S02: search a grid by successive halving.

Every candidate is tried on few rows, the best third on three times as many, and so on. It
pays where a fit takes long because of its rows; small or quick fits gain nothing from it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab import units
from greenlab.advice.analysis.comparisons import makes
from greenlab.advice.analysis.sklearn.estimators import fits, made, most_rows, names_of, sibling
from greenlab.advice.rewriting.edits import Insert, Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://scikit-learn.org/stable/modules/grid_search.html"
BENCHMARK: Final = "benchmarks/advice.py"
MIN_CANDIDATES: Final = 20
MIN_ROWS: Final = 2_000
MIN_FIT_S: Final = 0.02
# Arguments that both searches take.
SAME: Final = frozenset(
    {"cv", "error_score", "estimator", "n_jobs", "param_grid", "refit", "return_train_score",
     "scoring", "verbose"}
)  # fmt: skip
GRID: Final = "sklearn.model_selection._search.GridSearchCV"
# Their time lies in the number of rounds more than in the rows.
ROUNDS: Final = ("HistGradientBoosting", "LGBM", "XGB", "CatBoost")


@dataclass(frozen=True)
class GridSearch(Site):
    """`node` makes a grid search."""

    node: ast.Call


@dataclass(frozen=True, slots=True)
class Searched:
    """How many candidates were fitted, how often each, on how many rows; and the edit."""

    candidates: int
    splits: int
    rows: int
    plan: Plan


def candidates(code: Code) -> Iterator[GridSearch]:
    """Every grid search that is made in the cell, unless it is compared with the other."""
    if makes(code, "HalvingGridSearchCV"):
        return
    for call, _ in made(code, ("GridSearchCV",)):
        yield GridSearch(f"Line {call.lineno} tries every candidate of a grid.", call)


def confirm(site: GridSearch, code: Code, live: Live) -> Searched | None:
    """Fitted in this cell, on 2,000 rows or more, with 20 candidates or more."""
    if (most := most_rows(site.node, code, live)) < MIN_ROWS:
        return None
    for name in sorted(names_of(site.node, code)):
        search = live.namespace.get(name)
        if not descends(search, GRID):
            continue
        own = instance_dict(search)
        results, splits = own.get("cv_results_"), own.get("n_splits_")
        tried = results.get("params") if type(results) is dict else None
        if type(tried) is not list or type(splits) is not int:
            continue
        if len(tried) >= MIN_CANDIDATES and not _by_rounds(own.get("estimator")):
            return Searched(len(tried), splits, most, _plan(site, code))
    return None


def trigger(searched: Searched, signals: Signals) -> tuple[str, ...] | None:
    """Silent where the fits are so quick that their fixed cost decides."""
    fit_s = signals.used_s / (searched.candidates * searched.splits)
    if fit_s < MIN_FIT_S or signals.waited():
        return None
    times = searched.candidates * searched.splits
    said = (
        f"{searched.candidates} candidates were fitted {searched.splits} times each on up to "
        f"{searched.rows:,} rows: {times:,} fits of {units.duration(fit_s)} of CPU time."
    )
    return (said,)


def estimate(_: Searched) -> Saving | None:
    """CPU time by `benchmarks/advice.py`: trees, forests and kernel machines."""
    return Saving(0.2, 0.75, f"CPU time of the search, {BENCHMARK}")


def _by_rounds(estimator: Any) -> bool:
    return type(estimator).__name__.startswith(ROUNDS)


def _plan(site: GridSearch, code: Code) -> Plan:
    call, new = site.node, "HalvingGridSearchCV"
    risk = (
        "The first rounds judge on few rows, so another candidate of much the same score may "
        "win; cv_results_ has a row per round."
    )
    by_hand = (
        "To change by hand: `from sklearn.experimental import enable_halving_search_cv`, then "
        f"make a {new} of sklearn.model_selection with the same estimator and grid."
    )
    words = {word.arg: word.value for word in call.keywords}
    cv = words.get("cv", ast.Constant(5))
    refit, scoring = words.get("refit"), words.get("scoring")
    plain = (
        len(call.args) <= 2
        and words.keys() <= SAME
        and isinstance(cv, ast.Constant)
        and (refit is None or (isinstance(refit, ast.Constant) and refit.value is True))
        and not isinstance(scoring, (ast.List, ast.Tuple, ast.Dict, ast.Set))
    )
    grouped = any(word.arg == "groups" for fit, _ in fits(call, code) for word in fit.keywords)
    if not plain or "cv_results_" in code.attributes or grouped:
        return Plan(risk, by_hand)
    called, edits = sibling(call, new, "sklearn.model_selection", code)
    if not code.names("enable_halving_search_cv"):
        enable = "from sklearn.experimental import enable_halving_search_cv"
        edits.insert(0, Insert(code.top(call).lineno, enable))
    # Without a seed it would draw from the notebook's own random numbers.
    seeded = Replace.adding(code.masked.text, call, "random_state=0")
    given = seeded.text.removeprefix(code.text(call.func))
    return Plan(risk, by_hand, (*edits, replace(seeded, text=f"{called}{given}")))


RULE: Final = Rule(
    id="S02",
    title="Search by successive halving",
    when="scikit-learn's `GridSearchCV` with 20 candidates or more, whose fits are slow",
    libraries=(Library("sklearn", (1, 0), (2,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda searched: searched.plan,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, BENCHMARK),
)
