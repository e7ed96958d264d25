"""What estimators a cell fits, wherever they were made: in a list, a helper, another cell."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.callers import given, resolved, stand_ins
from greenlab.advice.analysis.row_counts import rows
from greenlab.advice.analysis.sklearn.estimators import SPLITS, held
from greenlab.advice.rule import Site
from greenlab.cellcode.abstract_values import (
    Defined,
    Known,
    Made,
    Method,
    Parts,
    Value,
    bases,
    words_of,
)
from greenlab.cellcode.ast_queries import stored_names
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.function_scope import own_nodes
from greenlab.cellcode.introspect import Live, instance_dict, lineage

_DEPTH: Final = 4
_MOST: Final = 50
"""Models in one list."""
_LOOPS: Final = (ast.For, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


@dataclass(frozen=True)
class FitCall:
    """`call` fits what `model` stands for on `data`."""

    call: ast.Call
    model: ast.expr
    data: ast.expr | None


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator of scikit-learn's: its class and its attributes.

    `thing`: the live one; `None` for one that is gone, of which the call that made it is known.
    """

    name: str
    own: Mapping[str, Any]
    thing: Any = None


def fit_calls(code: Code) -> Iterator[FitCall]:
    """Every `model.fit(X, y)` and `cross_val_score(model, X, y)` of a cell."""
    for call in code.calls:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr.startswith("fit"):
            yield FitCall(call, func.value, given(call, 0, "X"))
        elif (code.path(func) or "").rpartition(".")[2] in SPLITS and (
            model := given(call, 0, "estimator")
        ):
            yield FitCall(call, model, given(call, 1, "X"))


@dataclass(frozen=True)
class Fitting(Site):
    """A fit of what may have been made in another cell."""

    fit: FitCall


def fittings(code: Code) -> Iterator[Fitting]:
    """Every fit in the code, as a place for a rule to look at."""
    for fit in fit_calls(code):
        yield Fitting(f"A model is fitted in line {fit.call.lineno}.", fit)


def estimators_of(fit: FitCall, code: Code, live: Live) -> Iterator[Estimator]:
    """The estimators of scikit-learn's that a call fits, and those within them."""
    met: set[int] = set()
    found = False
    for value in _models(fit.model, code, live):
        for one in described(value, live):
            found = True
            known = id(one.thing) if one.thing is not None else None
            if known not in met:
                met |= {known} if known is not None else set()
                yield one
    if not found:
        yield from _seen(fit.model, live)


def _seen(model: ast.expr, live: Live) -> Iterator[Estimator]:
    """What was seen to be fitted, and is gone."""
    own = live.seen(model)
    for made in (own.get("type"), own.get("estimator")):
        if type(made) is str and made.startswith("sklearn."):
            name = made.rpartition(".")[2]
            yield Estimator(name, own if made == own.get("type") else {})


def rows_of(fit: FitCall, code: Code, live: Live) -> int:
    """The most rows it is fitted on, 0 where that cannot be told."""
    if fit.data is None:
        return 0
    here = rows(fit.data, live)
    elsewhere = (rows(node, live) for _, node in stand_ins(fit.data, code))
    return max(here or 0, *(one or 0 for one in elsewhere), 0)


def _models(node: ast.expr, code: Code, live: Live) -> Iterator[Value]:
    """What the model of a fit may be: each of those that a loop or a helper goes through."""
    for unit, one in stand_ins(node, code):
        over = gone_through(one, unit) if isinstance(one, ast.Name) else None
        if over is None:
            yield from _values(one, unit, live)
            continue
        for outer, container in stand_ins(_plain(over), unit):
            for value in _values(container, outer, live):
                yield from _parts(value, 2)


def _values(node: ast.expr, code: Code, live: Live) -> Iterator[Value]:
    """The live object of an expression, or what it may be by reading.

    Of a generator and of a function that a loop gives one name after the other, each thing that
    they give.
    """
    if (thing := resolved(node, code, live)) is not None:
        yield Known(thing)
        return
    call = node
    if isinstance(node, ast.Name):
        origin = code.came_from(node)
        call = origin.node if origin is not None and not origin.path else node
    scope = code.scope(call)
    if isinstance(call, ast.Call) and scope is not None and _gives_several(call, code):
        yield from scope.may_give(call)
    elif (value := code.value(node)) is not None:
        yield value


def _gives_several(call: ast.Call, code: Code) -> bool:
    """Whether a function of the user's that is called here gives more than one thing."""
    given = [*call.args, *(word.value for word in call.keywords)]
    if any(isinstance(one, ast.Name) and gone_through(one, code) is not None for one in given):
        return True
    match code.value(call.func):
        case Defined(node=function) | Method(function=Defined(node=function)):
            return any(isinstance(one, ast.Yield) for one in own_nodes(function))
    return False


def gone_through(name: ast.Name, code: Code) -> ast.expr | None:
    """What the loop around goes through whose variable this is."""
    for above in code.within(name):
        if isinstance(above, _LOOPS):
            heads = [above] if isinstance(above, ast.For) else above.generators
            for head in heads:
                if name.id in stored_names(head.target):
                    return head.iter
    return None


def _plain(over: ast.expr) -> ast.expr:
    """`models` for `models.items()`, `enumerate(models)` and `tqdm(models)`."""
    while isinstance(over, ast.Call):
        if isinstance(over.func, ast.Attribute) and not over.args:
            over = over.func.value
        elif over.args:
            over = over.args[0]
        else:
            break
    return over


def _parts(value: Value, depth: int) -> Iterator[Value]:
    """A list's, tuple's or dictionary's parts, and theirs."""
    match value:
        case Parts(parts=parts) if depth:
            for part in parts.values():
                yield from _parts(part, depth - 1) if part is not None else ()
        case Known(thing) if type(thing) in (list, tuple, dict) and depth:
            several = list(thing.values() if type(thing) is dict else thing)
            for one in several[:_MOST]:
                yield from _parts(Known(one), depth - 1)
        case _:
            yield value


def described(value: Value | None, live: Live, depth: int = _DEPTH) -> Iterator[Estimator]:
    """An estimator and those that it was given, live or as they were made."""
    match value:
        case Known(thing):
            for one in held(thing, live):
                if (name := _in_sklearn(lineage(one))) is not None:
                    yield Estimator(name, instance_dict(one), one)
        case Made(call=call, scope=scope) if depth:
            if (name := _in_sklearn(bases(value))) is not None:
                words = {
                    word: known.thing
                    for word, known in words_of(call, scope)
                    if isinstance(known, Known)
                }
                yield Estimator(name, words)
            for node in (*call.args, *(word.value for word in call.keywords)):
                yield from described(scope.value(node), live, depth - 1)
        case Parts(parts=parts) if depth:
            for part in parts.values():
                yield from described(part, live, depth - 1)


def _in_sklearn(paths: Iterable[str]) -> str | None:
    """The class of scikit-learn's that an object is of, or the nearest that it descends from.

    Its base classes and its mixins are none.
    """
    for one in paths:
        name = one.removesuffix("()").rpartition(".")[2]
        if one.startswith("sklearn."):
            return None if name.startswith("Base") or name.endswith("Mixin") else name
    return None
