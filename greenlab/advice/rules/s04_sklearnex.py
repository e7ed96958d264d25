"""S04: the extension for scikit-learn, class by class.

Its forests and its k-means took less CPU time than scikit-learn's own, its kernel machine took
more: a global patch would bring both. So only the classes that gained are named, and where
the extension is not installed they are only listed.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from greenlab.advice.analysis.sklearn.estimators import made, most_rows
from greenlab.advice.analysis.sklearn.fitted_estimators import (
    Fitting,
    estimators_of,
    fittings,
    rows_of,
)
from greenlab.advice.rewriting.edits import Insert
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

DOCS: Final = "https://uxlfoundation.github.io/scikit-learn-intelex/"
BENCHMARK: Final = "benchmarks/advice.py"
MIN_ROWS: Final = 10_000
# k-means took between 0.6 and 1.5 times as much CPU time, on 10,000 to 100,000 rows of 16 to 64
# columns: it is listed, as some data gain.
FORESTS: Final = frozenset({"RandomForestClassifier", "RandomForestRegressor"})
FASTER: Final = {
    "KMeans": "cluster",
    "RandomForestClassifier": "ensemble",
    "RandomForestRegressor": "ensemble",
}


@dataclass(frozen=True)
class Estimator(Site):
    """`node` makes an estimator of scikit-learn's own."""

    node: ast.Call
    name: str


@dataclass(frozen=True, slots=True)
class S04Fitted:
    """What was fitted, on how many rows, and the edit."""

    name: str
    rows: int
    plan: Plan


def candidates(code: Code) -> Iterator[Estimator | Fitting]:
    """Every estimator whose class in the extension took less CPU time, then every fit."""
    for call, name in made(code, FASTER):
        yield Estimator(f"{name} is made in line {call.lineno}.", call, name)
    yield from fittings(code)


def confirm(site: Estimator | Fitting, code: Code, live: Live) -> S04Fitted | None:
    """Fitted on a live array or table of 10,000 rows or more."""
    if isinstance(site, Fitting):
        most = rows_of(site.fit, code, live)
        if most >= MIN_ROWS:
            for one in estimators_of(site.fit, code, live):
                if one.name in FASTER:
                    return S04Fitted(one.name, most, _words(one.name))
        return None
    most = most_rows(site.node, code, live)
    return S04Fitted(site.name, most, _plan(site, code)) if most >= MIN_ROWS else None


def trigger(fitted: S04Fitted, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent when the cell mostly waited; only listed where nothing is installed."""
    if signals.waited():
        return None
    facts = (f"{fitted.name} was fitted on {fitted.rows:,} rows.",)
    return facts if installed() and fitted.name in FORESTS else Listed(facts)


def estimate(fitted: S04Fitted) -> Saving | None:
    """CPU time by `benchmarks/advice.py`, on an AMD processor."""
    if not installed():
        return None
    low, high = (-0.5, 0.45) if fitted.name == "KMeans" else (0.6, 0.85)
    return Saving(low, high, f"CPU time of the fit on an AMD processor, {BENCHMARK}")


def _work(site: Estimator | Fitting, _code: Code, _live: Live) -> Work:
    if isinstance(site, Fitting):
        return Work((site.fit.call,))
    kind = "cluster._kmeans" if site.name == "KMeans" else "ensemble._forest"
    return Work(below=(f"sklearn.{kind}.",))


def installed() -> bool:
    """Whether the extension is there to import. Imports nothing."""
    return importlib.util.find_spec("sklearnex") is not None


def _plan(site: Estimator, code: Code) -> Plan:
    words = _words(site.name)
    if not installed() or not isinstance(site.node.func, ast.Name):
        return words
    line = _import(site.name)
    if (known_as := site.node.func.id) != site.name:
        line = f"{line} as {known_as}"
    return replace(words, edits=(Insert(code.import_line(site.node), line),))


def _words(name: str) -> Plan:
    return Plan(
        "Another implementation: results differ a little. It must go with your version of "
        "scikit-learn, and it pays on some processors only: measure both.",
        f"To change by hand: `pip install scikit-learn-intelex`, then `{_import(name)}`.",
    )


def _import(name: str) -> str:
    return f"from sklearnex.{FASTER[name]} import {name}"


RULE: Final = Rule(
    id="S04",
    title="Try the extension for scikit-learn",
    when="a random forest of scikit-learn on 10,000 rows or more; listed: k-means, and where "
    "the extension is not installed",
    libraries=(Library("sklearn", (1, 0), (2,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda fitted: fitted.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    by_reading=False,
    work=_work,
)
