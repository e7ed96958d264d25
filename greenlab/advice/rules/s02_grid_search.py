"""S02: search a grid by successive halving.

Every candidate is tried on few rows, the best third on three times as many, and so on. It
pays where a fit takes long because of its rows; small or quick fits gain nothing from it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab import units
from greenlab.advice.analysis.benchmark_cells import makes
from greenlab.advice.analysis.sklearn.estimators import (
    fits,
    held,
    made,
    most_rows,
    names_of,
    sibling,
)
from greenlab.advice.analysis.sklearn.fitted_estimators import (
    Fitting,
    described,
    estimators_of,
    fittings,
    rows_of,
)
from greenlab.advice.analysis.sklearn.grids import candidates as candidates_of
from greenlab.advice.analysis.sklearn.grids import splits
from greenlab.advice.rewriting.edits import Insert, Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.host.machine_pace import pace
from greenlab.record import Saving

DOCS: Final = "https://scikit-learn.org/stable/modules/grid_search.html"
BENCHMARK: Final = "benchmarks/advice.py"
MIN_CANDIDATES: Final = 20
MIN_ROWS: Final = 2_000
MIN_FIT_S: Final = 0.02
# Of a forest, a part of each tree's cost does not depend on the rows. Where a tree took 2.4 ms
# halving took 1.4 times as much, at 4.0 ms 1.0, at 5.2 and 5.7 ms 0.7; the pace was 1.9.
MIN_TREE_S: Final = 0.0025
# Arguments that both searches take.
SAME: Final = frozenset(
    {"cv", "error_score", "estimator", "n_jobs", "param_grid", "refit", "return_train_score",
     "scoring", "verbose"}
)  # fmt: skip
NEW: Final = "HalvingGridSearchCV"
GRID: Final = "sklearn.model_selection._search.GridSearchCV"
# Has a row per round, and so for candidates that saw few rows: no heat map comes of it.
TABLE: Final = frozenset({"cv_results_"})
# Their time lies in the number of rounds more than in the rows.
ROUNDS: Final = ("HistGradientBoosting", "LGBM", "XGB", "CatBoost")


@dataclass(frozen=True)
class GridSearch(Site):
    """`node` makes a grid search."""

    node: ast.Call


@dataclass(frozen=True, slots=True)
class Searched:
    """How many candidates were fitted, how often each, on how many rows; and the edit.

    `trees`: those that each fit grows, 0 of another estimator.
    """

    candidates: int
    splits: int
    rows: int
    trees: int
    plan: Plan


def candidates(code: Code) -> Iterator[GridSearch | Fitting]:
    """Every grid search that is made, then every fit; none beside a halving search."""
    if makes(code, NEW):
        return
    for call, _ in made(code, ("GridSearchCV",)):
        yield GridSearch(f"Line {call.lineno} tries every candidate of a grid.", call)
    yield from fittings(code)


def confirm(site: GridSearch | Fitting, code: Code, live: Live) -> Searched | None:
    """Fitted in this cell, on 2,000 rows or more, with 20 candidates or more."""
    if isinstance(site, Fitting):
        most = rows_of(site.fit, code, live)
        searches = [one.thing for one in estimators_of(site.fit, code, live)]
    else:
        most = most_rows(site.node, code, live)
        searches = [live.namespace.get(name) for name in sorted(names_of(site.node, code))]
    for search in searches if most >= MIN_ROWS else ():
        if (tried := _tried(search)) is not None:
            plan = _plan(site, code) if isinstance(site, GridSearch) else _words()
            return Searched(*tried, most, _trees(held(search, live)), plan)
    if isinstance(site, GridSearch) and most >= MIN_ROWS and not any(map(_is_search, searches)):
        return _gone(site, most, code, live)
    return None


def _gone(site: GridSearch, most: int, code: Code, live: Live) -> Searched | None:
    """A search that a helper made and let go of: what it tried is told by its grid."""
    call = site.node
    grid = call.args[1] if len(call.args) > 1 else keyword(call, "param_grid")
    model = call.args[0] if call.args else keyword(call, "estimator")
    tried = candidates_of(grid, code, live) or 0
    known = code.value(model) if model is not None else None
    models = list(described(known, live))
    if tried < MIN_CANDIDATES or any(_by_rounds(one.name) for one in models):
        return None
    trees = [number for one in models if type(number := one.own.get("n_estimators")) is int]
    return Searched(tried, splits(call), most, max(trees, default=0), _plan(site, code))


def _trees(estimators: Iterable[Any]) -> int:
    """How many trees the largest forest among these grows."""
    sizes = [instance_dict(one).get("n_estimators") for one in estimators]
    return max((size for size in sizes if type(size) is int), default=0)


def _is_search(thing: Any) -> bool:
    return descends(thing, GRID)


def _tried(search: Any) -> tuple[int, int] | None:
    """How many candidates a search tried and how often each, if they are many."""
    if not descends(search, GRID):
        return None
    own = instance_dict(search)
    results, times = own.get("cv_results_"), own.get("n_splits_")
    tried = results.get("params") if type(results) is dict else None
    if type(tried) is not list or type(times) is not int or len(tried) < MIN_CANDIDATES:
        return None
    rounds = _by_rounds(type(own.get("estimator")).__name__)
    return None if rounds else (len(tried), times)


def trigger(searched: Searched, signals: Signals) -> tuple[str, ...] | None:
    """Silent where the fits are so quick that their fixed cost decides."""
    fit_s = signals.used_s / (searched.candidates * searched.splits)
    least_s = max(MIN_FIT_S, searched.trees * MIN_TREE_S * pace())
    if fit_s < least_s or signals.waited():
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


def _by_rounds(name: str) -> bool:
    return name.startswith(ROUNDS)


def _words() -> Plan:
    return Plan(
        "The first rounds judge on few rows, so another candidate of much the same score may "
        "win; cv_results_ has a row per round.",
        "To change by hand: `from sklearn.experimental import enable_halving_search_cv`, then "
        f"make a {NEW} of sklearn.model_selection with the same estimator and grid.",
        affects=TABLE,
        affects_of=("GridSearchCV",),
    )


def _plan(site: GridSearch, code: Code) -> Plan:
    call, words_only = site.node, _words()
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
    if not plain or grouped:
        return words_only
    called, edits = sibling(call, NEW, "sklearn.model_selection", code)
    if not code.names("enable_halving_search_cv"):
        enable = "from sklearn.experimental import enable_halving_search_cv"
        edits.insert(0, Insert(code.import_line(call), enable))
    # Without a seed it would draw from the notebook's own random numbers.
    seeded = Replace.adding(code.masked.text, call, "random_state=0")
    given = seeded.text.removeprefix(code.text(call.func))
    return replace(words_only, edits=(*edits, replace(seeded, text=f"{called}{given}")))


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
    work=lambda _site, _code, _live: Work(
        below=("sklearn.model_selection._search.BaseSearchCV.fit",)
    ),
)
