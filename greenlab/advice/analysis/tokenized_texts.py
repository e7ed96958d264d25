"""What a data set of the user's tokenizes, where it is gone or held by another object."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.analysis.callers import given, parameters, units_of
from greenlab.advice.analysis.pandas.live_tables import is_table, texts
from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict

# Under these names trainers and loaders hold the data set that they go through.
_HELD: Final = ("train_dataset", "eval_dataset", "dataset")
_MOST: Final = 1_000


def column_texts(node: ast.expr, code: Code, live: Live) -> list[str] | None:
    """The texts of the column that a class was given for `self.texts[i]`.

    The class is made from `part["text"]`, of a part of a table that is gone; the table has the
    column still.
    """
    names = {getattr(one, "attr", "") for one in ast.walk(node) if _is_own(one)}
    for name in sorted(names):
        for key in _keys_given(name, code):
            for thing in tuple(live.namespace.values()):
                live.tick()
                if not is_table(thing):
                    continue
                column = ast.Subscript(ast.Name("table", ast.Load()), ast.Constant(key))
                found = texts(column, Live({"table": thing}, budget=live.budget), _MOST)
                if found:
                    return found
    return None


def held_by_trainers(attr: str, class_name: str, live: Live) -> Iterator[tuple[Any, Any]]:
    """An attribute of each live object of this class, and its holder's model."""
    for thing in tuple(live.namespace.values()):
        live.tick()
        own = instance_dict(thing)
        for one in (thing, *(own.get(name) for name in _HELD)):
            if type(one).__name__ == class_name and attr in instance_dict(one):
                yield instance_dict(one)[attr], own.get("model")


def class_around(node: ast.AST, code: Code) -> str | None:
    """The name of the class in whose method this stands."""
    for above in code.within(node):
        if isinstance(above, ast.ClassDef):
            return above.name
    place = code.origin.place
    function = None if place is None else place.function
    return function.rpartition(".")[0].rpartition(".")[2] or None if function else None


def _is_own(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _keys_given(attr: str, code: Code) -> Iterator[str]:
    """The literal keys in what classes are given for the parameter that becomes `self.attr`."""
    for unit in code.others.mentioning(f"self.{attr}"):
        for init in unit.nodes:
            if not (isinstance(init, ast.FunctionDef) and init.name == "__init__"):
                continue
            places = [one for one in _becomes(attr, init) if one in parameters(init)]
            made = class_around(init, unit)
            for name in places:
                place = parameters(init).index(name)
                for other in units_of(code):
                    for call in other.calls:
                        if written_name(call.func) == made:
                            yield from _literals(given(call, place, name))


def _becomes(attr: str, init: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(init):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            targets = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for one, value in zip(targets, values, strict=False):
                if _is_own(one) and getattr(one, "attr", "") == attr:
                    yield from (n.id for n in ast.walk(value) if isinstance(n, ast.Name))


def _literals(node: ast.expr | None) -> Iterator[str]:
    for one in ast.walk(node) if node is not None else ():
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
        elif isinstance(one, ast.Attribute):
            yield one.attr
