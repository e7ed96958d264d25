"""The figures that a training loop keeps of each epoch: in a list, or in a list of records."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from greenlab.advice.analysis.torch.validation_metric import judging
from greenlab.advice.analysis.validation_curves import ValidationCurve
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live


def kept_curve(call: ast.Call, loop: ast.For, code: Code, live: Live) -> ValidationCurve | None:
    """The curve that judges the model among what `kept.append(…)` keeps in each round."""
    func, value = call.func, call.args[0]
    assert isinstance(func, ast.Attribute)
    name = code.text(func.value).replace("'", "").replace('"', "").replace("[", " [")
    kept = live.resolve(func.value)
    for said, one, values in ((name, value, kept), *_columns(name, value, kept)):
        judges = judging(one, loop, code, live)
        curve = ValidationCurve.of(said, live.numbers(values), judges=judges)
        if curve is not None:
            return curve
    return None


def _columns(name: str, value: ast.expr, kept: Any) -> Iterator[tuple[str, ast.expr, Any]]:
    """What is kept in `rows.append({"val_loss": x})` and `rows.append((epoch, x))`: the name of
    each, how it is computed, and all its values.
    """
    match value:
        case ast.Dict(keys=keys, values=values):
            parts: list[tuple[Any, ast.expr]] = [
                (key.value, one)
                for key, one in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant)
            ]
            kind: type = dict
        case ast.Tuple(elts=values) | ast.List(elts=values):
            parts, kind = [*enumerate(values)], tuple if isinstance(value, ast.Tuple) else list
        case _:
            return
    rows = list(kept) if type(kept) is list else []
    if not rows or any(type(row) is not kind for row in rows):
        return
    for key, one in parts:
        there = [key in row if kind is dict else key < len(row) for row in rows]
        if all(there):
            said = f"{name} [{key}]" if kind is dict else ast.unparse(one)
            yield said, one, [row[key] for row in rows]
