"""S03: fewer trees in a forest.

A forest never gets worse on average with more trees, but most of the gain comes with the first
hundred (Probst and Boulesteix 2018), and every tree costs the same again.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from greenlab.advice.analysis.sklearn.estimators import fits, held, made, most_rows, names_of
from greenlab.advice.analysis.sklearn.fitted_estimators import (
    FitCall,
    Fitting,
    estimators_of,
    fit_calls,
    fittings,
    rows_of,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import keyword, loaded
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

PAPER: Final = "https://arxiv.org/abs/1705.05654"
BENCHMARK: Final = "benchmarks/advice.py"
FORESTS: Final = frozenset(
    {"ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier",
     "RandomForestRegressor"}
)  # fmt: skip
MIN_TREES: Final = 300
ENOUGH: Final = 100
MIN_ROWS: Final = 1_000
FOREST: Final = "sklearn.ensemble._forest.BaseForest"
MAX_GRIDS: Final = 100
# Few labelled rows need many trees for a steady order of the features' importance.
NEEDS_MANY: Final = frozenset(
    {
        "feature_importances_",
        "oob_decision_function_",
        "oob_prediction_",
        "oob_score",
        "oob_score_",
        "permutation_importance",
    }
)


@dataclass(frozen=True)
class Forest(Site):
    """`node` makes a forest of `trees` trees; `size` is where the number stands, if it does."""

    node: ast.Call
    name: str
    trees: int
    size: ast.expr | None


@dataclass(frozen=True, slots=True)
class Grown:
    """A forest, the rows it was fitted on, and whether it grew on one core without need.

    `alone`: the cell fits nothing else.
    """

    name: str
    trees: int
    rows: int
    one_core: bool
    alone: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Forest | Fitting]:
    """Every forest that is made, then every fit; none where a search sets the size."""
    if any(isinstance(node, ast.Constant) and _is_size(node.value) for node in code.nodes):
        return
    for call, name in made(code, FORESTS):
        size = keyword(call, "n_estimators") or (call.args[0] if call.args else None)
        trees = size.value if isinstance(size, ast.Constant) else None
        if size is None:
            yield Forest(f"{name} is made in line {call.lineno}.", call, name, ENOUGH, None)
        elif type(trees) is int:
            fact = f"{name} of {trees} trees is made in line {call.lineno}."
            yield Forest(fact, call, name, trees, size)
    yield from fittings(code)


def confirm(site: Forest | Fitting, code: Code, live: Live) -> Grown | None:
    """Fitted here on 1,000 rows or more, with far more trees than the first hundred."""
    if isinstance(site, Fitting):
        return _fitted(site.fit, code, live)
    if (most := most_rows(site.node, code, live)) < MIN_ROWS or not _as_made(site, code, live):
        return None
    jobs = keyword(site.node, "n_jobs")
    grown = [fit for fit, _ in fits(site.node, code)]
    one_core = jobs is None and len(grown) == 1 and _is_plain(grown[0])
    many = site.trees >= MIN_TREES and keyword(site.node, "warm_start") is None
    if (many and code.words & NEEDS_MANY) or not (many or one_core):
        return None
    plan = _fewer(site, code) if many else _all_cores(site)
    alone = len(grown) == sum(1 for _ in fit_calls(code))
    return Grown(site.name, site.trees, most, not many, alone, plan)


def _fitted(fit: FitCall, code: Code, live: Live) -> Grown | None:
    """A live forest of many trees that this call grew, if nothing needs them all."""
    most = rows_of(fit, code, live)
    if most < MIN_ROWS or code.words & NEEDS_MANY:
        return None
    every = list(estimators_of(fit, code, live))
    if any(_sets_size(one.own) for one in every):
        return None
    for one in every:
        own, name = one.own, one.name
        trees = own.get("estimators_")
        # A copy is fitted in a cross-validation: the forest itself says what it will have.
        count = len(trees) if type(trees) is list else own.get("n_estimators")
        keeps = own.get("warm_start") or own.get("oob_score")
        if name in FORESTS and type(count) is int and count >= MIN_TREES and not keeps:
            return Grown(name, count, most, False, len(every) == 1, _in_words(elsewhere=True))
    return None


def _sets_size(own: Mapping[str, Any]) -> bool:
    """Whether a search tries numbers of trees."""
    grids = own.get("param_grid", own.get("param_distributions"))
    several = grids if type(grids) is list else [grids]
    return any(type(grid) is dict and any(map(_is_size, grid)) for grid in several)


def trigger(grown: Grown, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent when the cell mostly waited; one core of several is listed, no more."""
    cores, there = signals.cpu_cores, os.cpu_count() or 1
    if signals.waited():
        return None
    fact = f"{grown.name} grew {grown.trees} trees on {grown.rows:,} rows."
    if not grown.one_core:
        return (fact,)
    if cores is None or cores > 1.3 or there < 2:
        return None
    return Listed((fact, f"On average {cores:.1f} of {there} CPU cores were busy."))


def estimate(grown: Grown) -> Saving | None:
    """The share of the trees that go; for more cores none, since the CPU time is the same."""
    if grown.one_core:
        return None
    gone = 1 - ENOUGH / grown.trees
    source = f"trees left out; {PAPER}, {BENCHMARK}"
    return Saving(round(gone * 0.6, 2), round(gone, 2), source, at_most=gone)


def _as_made(site: Forest, code: Code, live: Live) -> bool:
    """Whether as many trees grew as the call says that makes the forest.

    A search may set the number, `set_params` change it, `warm_start` add to it.
    """
    for name in sorted(loaded(code.tree)):
        thing: Any = live.namespace.get(name)
        several = type(thing) in (list, tuple) and len(thing) < MAX_GRIDS
        for grid in thing if several else (thing,):
            if type(grid) is dict and any(map(_is_size, grid)):
                return False
    things = (live.namespace.get(name) for name in names_of(site.node, code))
    grown = (one for thing in things for one in held(thing, live) if descends(one, FOREST))
    trees = (instance_dict(forest).get("estimators_") for forest in grown)
    return {len(each) for each in trees if type(each) is list} <= {site.trees}


def _is_size(name: object) -> bool:
    """`n_estimators` itself, or that of a step of a pipeline."""
    return type(name) is str and name.endswith("n_estimators")


def _is_plain(fit: ast.Call) -> bool:
    return isinstance(fit.func, ast.Attribute) and fit.func.attr == "fit"


def _in_words(*, elsewhere: bool = False) -> Plan:
    place = " where it is made, in another cell" if elsewhere else ""
    return Plan(
        "The score may fall a little, mostly by less than a hundredth: check your metric once. "
        "With very few or very noisy labels more trees may be worth their cost, and so may "
        "they for importances that must be steady.",
        f"To change by hand: n_estimators={ENOUGH}{place}.",
        affects=NEEDS_MANY - {"feature_importances_", "oob_score", "permutation_importance"},
        affects_of=tuple(sorted(FORESTS)),
    )


def _fewer(site: Forest, code: Code) -> Plan:
    assert site.size is not None
    edit = Replace.of(code.masked.text, site.size, str(ENOUGH))
    return replace(_in_words(), edits=(edit,))


def _all_cores(site: Forest) -> Plan:
    return Plan(
        "The same forest, sooner. The CPU time stays the same; the energy falls only by what "
        "the machine draws while it waits for it.",
        f"To change by hand: {site.name}(…, n_jobs=-1), if nothing around it runs in parallel.",
    )


RULE: Final = Rule(
    id="S03",
    title="Grow a smaller forest",
    when="a scikit-learn forest of 300 trees or more on 1,000 rows or more, not asked for its "
    "importances or out-of-bag score; listed: one that grows on one core",
    libraries=(Library("sklearn", (1, 0), (2,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda grown: grown.plan,
    estimate=estimate,
    verify="V2",
    sources=(PAPER, BENCHMARK),
    by_reading=False,
    work=lambda _site, _code, _live: Work(below=("sklearn.ensemble._forest.BaseForest.fit",)),
    alone=lambda grown: grown.alone,
)
