"""Notebooks that run several sizes of a model: an experiment, to which no size is news."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.analysis.callers import stand_ins
from greenlab.advice.analysis.sklearn.fitted_estimators import gone_through
from greenlab.advice.analysis.transformers.model_names import module_of, registered
from greenlab.advice.analysis.transformers.model_table import LOADERS
from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

_LOADS: Final = frozenset({last for _, last in LOADERS} | {"getattr"})
_MOST: Final = 50  # objects of the notebook's in one list or table
_CONTAINERS: Final = (dict, list, tuple)


def compares_sizes(library: str, smaller: str, code: Code, live: Live) -> bool:
    """Whether the notebook runs the smaller model too, or loads models in a loop over names.

    `smaller`: its name in that library's registry.
    """
    last = smaller.rpartition("/")[2]
    for other in code.others.mentioning(last):
        if last in other.words or any(one.rpartition("/")[2] == last for one in other.texts):
            return True
    texts = _literals(code)
    for unit in _loading(code):
        for node in unit.nodes:
            if isinstance(node, ast.Call) and _loads_each(node, unit):
                return True
            if isinstance(node, (ast.JoinedStr, ast.BinOp)) and _fills(node, smaller, texts):
                return True
    return any((library, smaller) in registered(module, live) for module in _modules(live))


def _loading(code: Code) -> Iterator[Code]:
    """What the cell runs, and the earlier cells in which something is loaded by name."""
    met: set[int] = set()
    for word in sorted(_LOADS):
        for unit in code.others.mentioning(word):
            if id(unit.tree) not in met:
                met.add(id(unit.tree))
                yield unit


def _loads_each(call: ast.Call, code: Code) -> bool:
    """Whether a loop loads a model by the name that its variable holds."""
    last = written_name(call.func)
    if last not in _LOADS or (last == "getattr" and not _of_models(call, code)):
        return False
    return any(
        _is_gone_through(one, unit)
        for argument in (*call.args, *(word.value for word in call.keywords))
        for name in ast.walk(argument)
        if isinstance(name, ast.Name)
        for unit, given in stand_ins(name, code)
        for one in ast.walk(given)
    )


def _of_models(call: ast.Call, code: Code) -> bool:
    """`getattr(models, name)` of a library's module of models."""
    path = (code.path(call.args[0]) or "") if call.args else ""
    return path.partition(".")[0] in ("keras", "tensorflow", "timm", "torchvision")


def _is_gone_through(node: ast.AST, code: Code) -> bool:
    """Whether this is the variable of a loop over names, and not one over numbers."""
    if not isinstance(node, ast.Name) or (over := gone_through(node, code)) is None:
        return False
    return not any(
        isinstance(one, ast.Call) and getattr(one.func, "id", "") in ("range", "trange")
        for one in ast.walk(over)
    )


def _fills(node: ast.expr, name: str, texts: frozenset[str]) -> bool:
    """Whether this text with holes gives the name, with a literal of the notebook's in each."""
    fitting = sorted(map(re.escape, (one for one in texts if one in name)))
    pattern = _pattern(node, f"(?:{'|'.join(fitting)})")
    return pattern is not None and re.fullmatch(pattern, name) is not None


def _pattern(node: ast.expr, hole: str) -> str | None:
    match node:
        case ast.JoinedStr(values=values):
            return "".join(_pattern(one, hole) or hole for one in values)
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (_pattern(left, hole) or hole) + (_pattern(right, hole) or hole)
    return None


def _literals(code: Code) -> frozenset[str]:
    """Every literal text, and number as text, in what the cell runs and in earlier cells."""
    found: set[str] = set()
    for unit in code.others.mentioning(""):
        found |= unit.texts
        found |= {
            str(node.value)
            for node in unit.nodes
            if isinstance(node, ast.Constant) and type(node.value) is int
        }
    return frozenset(found)


def _modules(live: Live) -> Iterator[Any]:
    """The notebook's models, those in its lists and tables of models included."""
    for name, thing in tuple(live.namespace.items()):
        if name.startswith("_"):
            continue
        parts = _parts(thing)
        for part in [inner for one in parts for inner in _parts(one)]:
            live.tick()
            if (module := module_of(part)) is not None:
                yield module


def _parts(thing: Any) -> list[Any]:
    if type(thing) not in _CONTAINERS:
        return [thing]
    return list(thing.values() if type(thing) is dict else thing)[:_MOST]
