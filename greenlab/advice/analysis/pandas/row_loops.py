"""Find loops over the rows of a pandas table, in the forms in which they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from greenlab.advice.analysis.callers import parameters, units_of
from greenlab.cellcode.abstract_values import Defined, Method
from greenlab.cellcode.ast_queries import stored_names, written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import loaded_module

How = Literal["iterrows", "itertuples", "apply", "range"]
Comprehension = ast.ListComp | ast.GeneratorExp
# They hand on what they are given.
_PASSED_THROUGH: Final = frozenset({"tqdm", "track"})
_APPLIES: Final = frozenset({"apply", "progress_apply"})
_DEPTH: Final = 3  # functions that hand the row to others
# Looks at one value after the other that take about as long as to make a whole row.
_LOOKS_OF_A_ROW: Final = 6


@dataclass(frozen=True)
class RowLoop:
    """A loop (or `apply`) over the rows of `table`.

    `row`: the name of a row, `None` where rows are read by their label; `label`: the name of
    that. `given`: the function of an `apply`. `over`: what the loop goes through, where that is
    not the table. `whole`: whether it goes through all rows, and hands on nothing but a row.
    """

    node: ast.For | Comprehension | ast.Call
    how: How
    table: ast.expr
    row: str | None
    label: str | None
    given: ast.expr | None = None
    over: ast.expr | None = None
    whole: bool = True


def row_loops(code: Code) -> Iterator[RowLoop]:
    """Every loop over rows in the cell."""
    for node in code.nodes:
        found = None
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)) and len(node.generators) == 1:
            head = node.generators[0]
            found = _over(node, head.target, head.iter) or _placed(node, head.target, head.iter)
        elif isinstance(node, ast.For):
            found = _over(node, node.target, node.iter) or _placed(node, node.target, node.iter)
        elif isinstance(node, ast.Call):
            found = _applied(node)
        if found is not None:
            yield found


def _over(
    node: ast.For | Comprehension, target: ast.expr, iterated: ast.expr
) -> RowLoop | None:
    if isinstance(iterated, ast.Attribute) and iterated.attr == "index":
        return _by_label(node, target, iterated.value)
    if not isinstance(iterated, ast.Call):
        return None
    func = iterated.func
    name = written_name(func)
    if iterated.args:
        return _over_given(node, target, name, iterated.args)
    if not isinstance(func, ast.Attribute):
        return None
    words = {word.arg for word in iterated.keywords}
    if words and not (name == "itertuples" and words <= {"index", "name"}):
        return None
    if name == "itertuples" and isinstance(target, ast.Name):
        return RowLoop(node, "itertuples", _whole(func.value), target.id, None)
    if name == "iterrows" and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        label, row = target.elts
        if isinstance(label, ast.Name) and isinstance(row, ast.Name):
            return RowLoop(node, "iterrows", _whole(func.value), row.id, label.id)
    return None


def _over_given(
    node: ast.For | Comprehension, target: ast.expr, name: str, given: list[ast.expr]
) -> RowLoop | None:
    """`tqdm(…)`, `enumerate(…)` and `range(…)`."""
    if name in _PASSED_THROUGH:
        return _over(node, target, given[0])
    if name == "enumerate" and isinstance(target, ast.Tuple):
        found = _over(node, target.elts[-1], given[0])
        return None if found is None else replace(found, whole=False)
    if name == "range" and len(given) == 1:
        return _by_label(node, target, _counted(given[0]))
    return None


def _counted(node: ast.expr) -> ast.expr | None:
    """The table in `len(df)`, `len(df.index)` and `df.shape[0]`."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Attribute(value=table, attr="index")]):
            return table
        case ast.Call(func=ast.Name(id="len"), args=[table]):
            return table
        case ast.Subscript(
            value=ast.Attribute(value=table, attr="shape"), slice=ast.Constant(value=0)
        ):
            return table
    return None


def _by_label(
    node: ast.For | Comprehension, target: ast.expr, table: ast.expr | None
) -> RowLoop | None:
    if table is None or not isinstance(target, ast.Name):
        return None
    loop = RowLoop(node, "range", table, None, target.id)
    reads = any(
        isinstance(one, ast.expr) and (cell(one, loop) or is_row(one, loop))
        for one in ast.walk(node)
    )
    return loop if reads else None


def _applied(call: ast.Call) -> RowLoop | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _APPLIES:
        return None
    words = {word.arg: word.value for word in call.keywords}
    axis = words.pop("axis", None)
    if not words.keys() <= {"args", "result_type"} or len(call.args) != 1:
        return None
    if not isinstance(axis, ast.Constant) or axis.value not in (1, "columns"):
        return None
    table, given = _whole(call.func.value), call.args[0]
    return RowLoop(call, "apply", table, None, None, given, whole=not words)


def _placed(
    node: ast.For | Comprehension, target: ast.expr, iterated: ast.expr
) -> RowLoop | None:
    """A loop over anything, where rows of a table are reached by the loop's variable."""
    for name in sorted(stored_names(target)):
        for one in ast.walk(node):
            if isinstance(one, ast.Subscript) and (held := _held(one)) is not None:
                loop = RowLoop(node, "range", held, None, name, over=iterated, whole=False)
                if distance(one, loop) is not None:
                    return loop
    return None


def _whole(table: ast.expr) -> ast.expr:
    """The table of which `df[["a", "b"]]` is a part with all rows."""
    part = isinstance(table, ast.Subscript) and isinstance(table.slice, ast.List)
    return table.value if part and isinstance(table, ast.Subscript) else table


def cell(node: ast.expr, loop: RowLoop) -> str | None:
    """The column that `df.loc[i, "c"]` and its like read or write in the row of the loop."""
    table, label = ast.unparse(loop.table), loop.label
    if not isinstance(node, ast.Subscript) or label is None:
        return None
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=held, attr="loc" | "at"),
            slice=ast.Tuple(elts=[ast.Name(id=at), ast.Constant(value=str(name))]),
        ):
            pass
        case ast.Subscript(  # df["c"][i], df["c"].iloc[i]
            value=ast.Subscript(value=held, slice=ast.Constant(value=str(name)))
            | ast.Attribute(
                value=ast.Subscript(value=held, slice=ast.Constant(value=str(name))),
                attr="iloc" | "loc" | "at" | "iat",
            ),
            slice=ast.Name(id=at),
        ):
            pass
        case ast.Subscript(  # df.iloc[i]["c"]
            value=ast.Subscript(
                value=ast.Attribute(value=held, attr="iloc" | "loc"), slice=ast.Name(id=at)
            ),
            slice=ast.Constant(value=str(name)),
        ):
            pass
        case _:
            return None
    return name if at == label and ast.unparse(held) == table else None


def distance(node: ast.AST, loop: RowLoop) -> tuple[int, str] | None:
    """How many rows from its own the loop reaches into the table here, and into which column.

    By the name or the place of the column; empty for the whole row. `None` where this is no
    value of the table at a fixed distance.
    """
    held = _held(node)
    if held is None or loop.label is None or ast.unparse(held) != ast.unparse(loop.table):
        return None
    assert isinstance(node, ast.Subscript)
    at, column = node.slice, ""
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        at, column = node.slice.elts[0], _column(node.slice.elts[1])
    elif isinstance(node.value, ast.Subscript) and _is_placer(node.value.value):
        at, column = node.value.slice, _column(at)  # df.iloc[i]["c"]
    else:
        inner = node.value
        if isinstance(inner, ast.Attribute) and _is_placer(inner):
            inner = inner.value
        if isinstance(inner, ast.Subscript):
            column = _column(inner.slice)
        elif isinstance(inner, ast.Attribute):
            column = repr(inner.attr)
    match at:
        case ast.Name(id=name) if name == loop.label:
            return 0, column
        case ast.BinOp(
            left=ast.Name(id=name), op=ast.Add() | ast.Sub(), right=ast.Constant(value=int(by))
        ) if name == loop.label:
            return by if isinstance(at.op, ast.Add) else -by, column
    return None


def _held(node: ast.AST) -> ast.expr | None:
    """The table in `df.loc[…]`, `df["c"].iloc[…]`, `df["c"][…]` and `df.iloc[…]["c"]`."""
    match node:
        case ast.Subscript(value=ast.Subscript(value=ast.Attribute() as inner)) if _is_placer(
            inner
        ):
            return inner.value
        case ast.Subscript(value=ast.Attribute(value=held) as inner) if _is_placer(inner):
            match held:
                case ast.Subscript(value=table, slice=ast.Constant(value=str())):
                    return table
                case ast.Attribute(value=ast.Name() as table) if table.id != "self":
                    return table  # df.c.iloc[i]
            return held
        case ast.Subscript(value=ast.Subscript(value=table, slice=ast.Constant(value=str()))):
            return table
    return None


def _is_placer(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("at", "iat", "iloc", "loc")


def _column(node: ast.expr) -> str:
    """A column as the code names it; of `df.columns.get_loc("c")` its name."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get_loc"), args=[name]):
            return ast.unparse(name)
    return ast.unparse(node)


def is_row(node: ast.expr, loop: RowLoop) -> bool:
    """Whether this is `df.iloc[i]` or `df.loc[i]`, the whole row of the loop."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=held, attr="loc" | "iloc"), slice=ast.Name(id=at)
        ):
            return at == loop.label and ast.unparse(held) == ast.unparse(loop.table)
    return False


def bound_later(
    loop: RowLoop, code: Code, names: set[str], parts: frozenset[str] = frozenset()
) -> bool:
    """Whether the cell gives these names, or columns of the table, other values afterwards.

    If it does, what is alive now is not what the loop saw.
    """
    start = code.statement(loop.node)
    inside = set(ast.walk(loop.node))
    for node in code.nodes:
        if getattr(node, "lineno", 0) < start.lineno:
            continue
        if isinstance(node, ast.Name) and node.id in names:
            if not isinstance(node.ctx, ast.Load):
                return True
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if node in inside and cell(node, loop) is not None:
                continue  # a value in a column that is there already
            key = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
            if isinstance(key, ast.Constant) and key.value in parts:
                return True
    return False


def on_every_row(name: str) -> bool:
    """Whether a row, or a tuple, has an attribute of this name whatever its columns."""
    series = getattr(loaded_module("pandas"), "Series", object)
    known = any(name in vars(cls) for cls in (*series.__mro__, tuple))
    return known or name.startswith("_") or name == "Index"


def applied_function(
    loop: RowLoop, code: Code
) -> tuple[ast.FunctionDef | ast.Lambda, Code] | None:
    """The function that is applied to each row, and the code it stands in."""
    if isinstance(loop.given, ast.Lambda):
        return loop.given, code
    return None if loop.given is None else function_at(loop.given, code)


def function_at(node: ast.expr, code: Code) -> tuple[ast.FunctionDef, Code] | None:
    """The function of the user's that an expression names, and the code it stands in."""
    match code.value(node):
        case (
            Defined(node=ast.FunctionDef() as known)
            | Method(function=Defined(node=ast.FunctionDef() as known))
        ):
            found = [(known, unit) for unit in units_of(code) if known in unit.nodes]
        case _ if isinstance(node, ast.Name):
            found = [
                (one, unit)
                for unit in units_of(code)
                for one in unit.nodes
                if isinstance(one, ast.FunctionDef) and one.name == node.id
            ]
        case _:
            return None
    return found[0] if len({one for one, _ in found}) == 1 else None


def looks(loop: RowLoop, code: Code) -> int:
    """How many places in the loop look at a value of the row."""
    if loop.how == "range":
        nodes = [one for one in ast.walk(loop.node) if isinstance(one, ast.expr)]
        values = sum(bool(cell(one, loop) or _is_value(one, loop)) for one in nodes)
        return values + _LOOKS_OF_A_ROW * sum(is_row(one, loop) for one in nodes)
    if (applied := applied_function(loop, code)) is not None:
        function, unit = applied
        row = parameters(function)[0] if parameters(function) else None
        return _looks_at(row, function, unit, _DEPTH)
    return _looks_at(loop.row, loop.node, code, _DEPTH)


def _is_value(node: ast.expr, loop: RowLoop) -> bool:
    """Whether this is one value at a fixed distance from the loop's own row."""
    near = distance(node, loop)
    return near is not None and bool(near[1])


def _looks_at(row: str | None, scope: ast.AST, code: Code, depth: int) -> int:
    """Where a name stands, in functions that are handed it, too."""
    found = 0
    for node in ast.walk(scope):
        found += isinstance(node, ast.Name) and node.id == row
        if not isinstance(node, ast.Call) or not depth:
            continue
        places = [
            place
            for place, one in enumerate(node.args)
            if isinstance(one, ast.Name) and one.id == row
        ]
        inner = function_at(node.func, code) if places else None
        if inner is not None and places[0] < len(names := parameters(inner[0])):
            found += _looks_at(names[places[0]], *inner, depth - 1)
    return found
