"""Which live estimators a cell fits, wherever they were made: in a list, in another cell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.pandas.live_tables import rows
from greenlab.advice.analysis.sklearn.estimators import SPLITS, held
from greenlab.cellcode.cell_ast import Code, keyword, stored_names
from greenlab.cellcode.introspect import Live, lineage

_DEPTH: Final = 3
_MOST: Final = 50
"""Models in one list."""
_LOOPS: Final = (ast.For, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


@dataclass(frozen=True)
class FitCall:
    """`call` fits what `model` stands for on `data`."""

    call: ast.Call
    model: ast.expr
    data: ast.expr | None


def fit_calls(code: Code) -> Iterator[FitCall]:
    """Every `model.fit(X, y)` and `cross_val_score(model, X, y)` of a cell."""
    for call in code.calls:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr.startswith("fit"):
            yield FitCall(call, func.value, _argument(call, 0, "X"))
        elif (code.path(func) or "").rpartition(".")[2] in SPLITS:
            model = _argument(call, 0, "estimator")
            yield from [] if model is None else [FitCall(call, model, _argument(call, 1, "X"))]


def estimators_of(fit: FitCall, code: Code, live: Live) -> Iterator[Any]:
    """The live estimators of scikit-learn's that a call fits, and those within them."""
    met: set[int] = set()
    for node in _stand_ins(fit.model, code, _DEPTH):
        for thing in _things(node, code, live):
            for one in held(thing, live):
                ours = next(lineage(one)).startswith("sklearn.")
                if ours and id(one) not in met:
                    met.add(id(one))
                    yield one


def rows_of(fit: FitCall, code: Code, live: Live) -> int:
    """The most rows it is fitted on, 0 where that cannot be told."""
    if fit.data is None:
        return 0
    given = _stand_ins(fit.data, code, _DEPTH)
    return max((rows(node, live) or 0 for node in given), default=0)


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    return call.args[place] if len(call.args) > place else keyword(call, name)


def _stand_ins(node: ast.expr, code: Code, depth: int) -> Iterator[ast.expr]:
    """The expression itself or, for a parameter, what each call gives for it."""
    function = _function_of(node, code)
    if function is None:
        yield node
        return
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    assert isinstance(node, ast.Name)
    for call in code.calls if depth else ():
        if isinstance(call.func, ast.Name) and call.func.id == function.name:
            place = names.index(node.id) if node.id in names else len(call.args)
            given = _argument(call, place, node.id)
            if given is not None:
                yield from _stand_ins(given, code, depth - 1)


def _function_of(node: ast.expr, code: Code) -> ast.FunctionDef | None:
    """The function around a name whose parameter it is."""
    if isinstance(node, ast.Name):
        for above in code.within(node):
            if isinstance(above, ast.FunctionDef):
                own = (*above.args.posonlyargs, *above.args.args, *above.args.kwonlyargs)
                return above if node.id in [one.arg for one in own] else None
    return None


def _things(node: ast.expr, code: Code, live: Live) -> Iterator[Any]:
    """What an expression stands for: a live object, or the parts of what it goes through."""
    if isinstance(node, ast.Call):  # `make_pipeline(scale, model)`
        for part in (*node.args, *(word.value for word in node.keywords)):
            yield from _things(part, code, live)
    elif isinstance(node, ast.Name) and (over := _gone_through(node, code)) is not None:
        for given in _stand_ins(_plain(over), code, _DEPTH):
            yield from _parts(live.resolve(given), 2)
    elif (thing := live.resolve(node)) is not None:
        yield thing


def _gone_through(name: ast.Name, code: Code) -> ast.expr | None:
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


def _parts(thing: Any, depth: int) -> Iterator[Any]:
    """A list's, tuple's or dictionary's parts, and theirs."""
    if type(thing) is dict:
        thing = list(thing.values())
    if type(thing) in (list, tuple) and depth:
        for one in thing[:_MOST]:
            yield from _parts(one, depth - 1)
    elif thing is not None:
        yield thing
