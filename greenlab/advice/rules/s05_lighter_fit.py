"""S05: the same model, fitted in a lighter way.

A kernel machine with a linear kernel is a linear model, which a solver of its own finds in a
fraction of the time. Some estimators compute in 32-bit numbers when they are given such. A
kernel machine on many rows is listed: its cost grows with their square, at the least.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from greenlab.advice.analysis.benchmark_cells import makes
from greenlab.advice.analysis.row_counts import rows
from greenlab.advice.analysis.sklearn.estimators import fits, made, sibling
from greenlab.advice.analysis.sklearn.fitted_estimators import (
    FitCall,
    Fitting,
    estimators_of,
    fittings,
    rows_of,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

SVC: Final = "https://scikit-learn.org/stable/modules/generated/sklearn.svm.SVC.html"
LINEAR: Final = "https://scikit-learn.org/stable/modules/generated/sklearn.svm.LinearSVC.html"
BENCHMARK: Final = "benchmarks/advice.py"
MIN_ROWS: Final = {"linear": 2_000, "float32": 5_000, "kernel": 10_000}
# k-means on narrow rows is little arithmetic: in 32-bit numbers 16 columns took 0.7 to 1.0 of
# the CPU time, 40 columns 0.5, 64 columns 0.3 to 0.6.
MIN_COLUMNS: Final = 32
# Arguments that LinearSVC takes with the same meaning.
SAME: Final = frozenset({"C", "class_weight", "random_state", "tol", "verbose"})
# What a kernel machine offers and a linear one does not.
ONLY_KERNEL: Final = frozenset(
    {"dual_coef_", "n_support_", "predict_log_proba", "predict_proba", "support_",
     "support_vectors_"}
)  # fmt: skip
# They keep 32-bit input as it is, and most of their time is arithmetic on it.
KEEPS_FLOAT32: Final = frozenset({"KMeans", "MLPClassifier", "MLPRegressor"})

KERNEL: Final = Plan(
    "Another model: check your metric.",
    "To change by hand: fit on a part of the rows first; or make a pipeline of Nystroem and "
    "LinearSVC, as its documentation advises.",
)

Kind = Literal["linear", "float32", "kernel"]


@dataclass(frozen=True)
class Heavy(Site):
    """`node` makes an estimator that can be fitted in a lighter way."""

    node: ast.Call
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class S05Fitted:
    """What was fitted, on how many rows, and the edit."""

    name: str
    kind: Kind
    rows: int
    plan: Plan


def candidates(code: Code) -> Iterator[Heavy | Fitting]:
    """Every such estimator that is made in the cell, unless others are compared with it.

    Then every fit.
    """
    kernels = sum(name == "SVC" for _, name in made(code, ("SVC",)))
    narrow = any(
        isinstance(node, ast.Constant) and node.value == "float32" for node in code.nodes
    )
    for call, name in made(code, {"SVC", *KEEPS_FLOAT32}):
        words = {word.arg: word.value for word in call.keywords}
        # Probabilities are asked for by `probability=True`: a linear machine has none.
        asked = call.args or None in words or "probability" in words
        if name == "SVC" and not (asked or makes(code, "LinearSVC")):
            kernel = words.get("kernel", ast.Constant("rbf"))
            linear = isinstance(kernel, ast.Constant) and kernel.value == "linear"
            kind: Kind = "linear" if linear else "kernel"
            if not linear or kernels == 1:
                yield Heavy(f"SVC is made in line {call.lineno}.", call, name, kind)
        elif name != "SVC" and not narrow and "float32" not in code.words:
            yield Heavy(f"{name} is made in line {call.lineno}.", call, name, "float32")
    compared = kernels > 1 or makes(code, "LinearSVC")
    if not (narrow or "float32" in code.words or compared):
        yield from fittings(code)


def confirm(site: Heavy | Fitting, code: Code, live: Live) -> S05Fitted | None:
    """Fitted here on enough rows; for 32-bit numbers, on a live array of 64-bit ones."""
    if isinstance(site, Fitting):
        return _fitted(site.fit, code, live)
    found = [(fit, fit.args[at]) for fit, at in fits(site.node, code) if len(fit.args) > at]
    most = max((rows(data, live) or 0 for _, data in found), default=0)
    if most < MIN_ROWS[site.kind]:
        return None
    if site.kind == "linear":
        plan = _linear(site, code)
    elif site.kind == "float32":
        arrays = [live.resolve(data) for _, data in found]
        if not all(_gains(site.name, array, live) for array in arrays):
            return None
        kept = site.name == "KMeans" and not all(_at_once(fit, site) for fit, _ in found)
        plan = _float32([data for _, data in found], code, kept=kept)
    else:
        plan = KERNEL
    return S05Fitted(site.name, site.kind, most, plan)


def trigger(fitted: S05Fitted, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent when the cell mostly waited."""
    if signals.waited():
        return None
    how = {
        "linear": "with a linear kernel",
        "float32": "in 64-bit numbers",
        "kernel": "with a kernel: its cost grows with the square of the rows, or faster",
    }
    facts = (f"{fitted.name} was fitted on {fitted.rows:,} rows {how[fitted.kind]}.",)
    return Listed(facts) if fitted.kind == "kernel" else facts


def estimate(fitted: S05Fitted) -> Saving | None:
    """CPU time by `benchmarks/advice.py`."""
    if fitted.kind == "linear":
        return Saving(0.8, 0.998, f"CPU time of the fit, {BENCHMARK}")
    if fitted.kind == "float32":
        return Saving(0.1, 0.55, f"CPU time of the fit, {BENCHMARK}")
    return None


def _work(site: Heavy | Fitting, _code: Code, _live: Live) -> Work:
    if isinstance(site, Fitting):
        return Work((site.fit.call,))
    kind = {"SVC": "svm", "KMeans": "cluster"}.get(site.name, "neural_network")
    return Work(below=(f"sklearn.{kind}.",))


def _fitted(fit: FitCall, code: Code, live: Live) -> S05Fitted | None:
    """A live estimator that this call fits and that has a lighter way; in words."""
    most = rows_of(fit, code, live)
    array = live.resolve(fit.data)
    for one in estimators_of(fit, code, live):
        name, own = one.name, one.own
        if name == "SVC" and own.get("probability") is not True:
            kind: Kind = "linear" if own.get("kernel") == "linear" else "kernel"
            plan = _to_linear() if kind == "linear" else KERNEL
        elif name in KEEPS_FLOAT32 and fit.data is not None and _gains(name, array, live):
            kind, plan = "float32", _float32([fit.data], code, kept=True)
        else:
            continue
        if most >= MIN_ROWS[kind]:
            return S05Fitted(name, kind, most, plan)
    return None


def _gains(name: str, array: object, live: Live) -> bool:
    """Whether an array is of 64-bit numbers and, for k-means, wide enough."""
    shape = live.read(array, "shape")
    wide = isinstance(shape, tuple) and len(shape) == 2 and shape[1] >= MIN_COLUMNS
    return str(live.read(array, "dtype")) == "float64" and (wide or name != "KMeans")


def _at_once(fit: ast.Call, site: Heavy) -> bool:
    """Whether it is `KMeans(…).fit_predict(…)`, which keeps no model."""
    func = fit.func
    return isinstance(func, ast.Attribute) and func.value is site.node and func.attr != "fit"


def _to_linear() -> Plan:
    return Plan(
        "A linear model all the same, with a squared hinge loss and one class against the "
        "rest: scores change a little. It has no probabilities and no support vectors.",
        "To change by hand: make a LinearSVC of sklearn.svm instead.",
        affects=ONLY_KERNEL,
        affects_of=("SVC",),
    )


def _linear(site: Heavy, code: Code) -> Plan:
    in_words = _to_linear()
    words = {word.arg: word.value for word in site.node.keywords if word.arg != "kernel"}
    around = [node for node in code.within(site.node) if isinstance(node, ast.Call)]
    if words.keys() - SAME or "#" in code.text(site.node):
        return in_words
    if any("Search" in ast.unparse(call.func) for call in around):
        return in_words  # the grid may name arguments that only SVC has
    called, edits = sibling(site.node, "LinearSVC", "sklearn.svm", code)
    given = ", ".join(f"{name}={code.text(value)}" for name, value in words.items())
    fewer = Replace.of(code.masked.text, site.node, f"{called}({given})")
    return replace(in_words, edits=(fewer, *edits))


def _float32(data: list[ast.expr], code: Code, *, kept: bool) -> Plan:
    """`kept`: whether the model stays, and then refuses 64-bit numbers in `predict`."""
    risk = (
        "Rounding changes the result a little: check your metric once. What the model gives "
        "may be in 32-bit numbers as well."
    )
    text = 'astype("float32")'
    by_hand = f"To change by hand: use `{code.text(data[0])}.{text}` to fit and to predict."
    if kept or not all(isinstance(one, (ast.Name, ast.Attribute)) for one in data):
        return Plan(risk, by_hand)
    edits = [Replace.of(code.masked.text, one, f"{code.text(one)}.{text}") for one in data]
    return Plan(risk, by_hand, tuple(edits))


RULE: Final = Rule(
    id="S05",
    title="Fit the same model in a lighter way",
    when="an `SVC` with a linear kernel; k-means or a perceptron on 64-bit numbers; listed: "
    "a kernel machine on 10,000 rows or more",
    libraries=(Library("sklearn", (1, 0), (2,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda fitted: fitted.plan,
    estimate=estimate,
    verify="V2",
    sources=(SVC, LINEAR, BENCHMARK),
    by_reading=False,
    work=_work,
)
