"""Whether an argument is one row of a table, in the forms in which people write that."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.loop_data_flow import sources
from greenlab.cellcode.ast_queries import loaded, written_name

# They make a table of what they are given, row by row.
_MAKES: Final = frozenset({"DataFrame", "array", "asarray", "csr_matrix"})
# They make one row of what they are given.
_RAISES: Final = frozenset({"atleast_2d", "expand_dims"})
# Methods that keep the number of rows of what they are called on, or of what they are given.
_KEEPS: Final = frozenset({"astype", "copy", "fillna", "rename", "to_numpy", "toarray"})
_CONVERTS: Final = frozenset({"transform"})
_ASSIGNED: Final = 4  # steps from name to name


def is_single_row(
    node: ast.expr | None, items: set[str], body: ast.AST, depth: int = _ASSIGNED
) -> bool:
    """Whether this is a table of the one row that `items` names, in this body of a loop."""
    if node is None or not sources(loaded(node), body) & items:
        return False
    inner = _same_rows(node)
    if inner is not None:
        return is_single_row(inner, items, body, depth)
    match node:
        case ast.List(elts=[one]) | ast.Tuple(elts=[one]):
            return not isinstance(one, ast.Starred)
        case ast.Subscript(slice=index):
            return _picks_one(index)
        case ast.Attribute(value=held, attr="T"):
            return "to_frame" in ast.unparse(held)
        case ast.Call():
            return _makes_one(node)
        case ast.Name(id=name) if depth:
            return any(
                is_single_row(value, items, body, depth - 1) for value in _given(name, body)
            )
    return False


def _same_rows(node: ast.expr) -> ast.expr | None:
    """A part of the expression that has as many rows as the whole, `None` without one."""
    match node:
        case ast.Subscript(value=held, slice=ast.List(elts=[_, _, *_]) | ast.Name()):
            return held  # columns of it
        case ast.Subscript(slice=ast.Tuple(elts=[first, *_])) if not _is_axis(first):
            return ast.Subscript(node.value, first, ast.Load())
        case ast.Call(func=func, args=[first, *_]) if written_name(func) in _CONVERTS:
            return first
        case ast.Call(func=func, args=[first, *_]) if written_name(func) in _MAKES:
            return None if _is_rows_of_one(first) else first
        case ast.Call(func=ast.Attribute(value=held, attr=attr)) if attr in _KEEPS:
            return held
        case ast.Attribute(value=held, attr="values"):
            return held
    return None


def _picks_one(index: ast.expr) -> bool:
    """`[[i]]`, `[i : i + 1]`, `[None]` and `[None, :]`."""
    match index:
        case ast.List(elts=[_]):
            return True
        case ast.Slice(lower=ast.expr() as lower, upper=ast.expr() as upper):
            start = ast.unparse(lower)
            return ast.unparse(upper) in (f"{start} + 1", f"1 + {start}")
        case ast.Tuple(elts=[first, *_]):
            return _is_axis(first)
    return _is_axis(index)


def _makes_one(call: ast.Call) -> bool:
    """Calls that give one row, whatever they are given."""
    name = written_name(call.func)
    if name == "reshape" and call.args:
        return ast.unparse(call.args[0]) in ("1", "(1, -1)", "[1, -1]")
    return name in _RAISES or (name in _MAKES and _is_rows_of_one(call.args[0]))


def _is_rows_of_one(node: ast.expr) -> bool:
    """`[row]`, and `{"a": [x]}` as pandas takes it."""
    if isinstance(node, ast.Dict):
        return all(isinstance(one, ast.List) and len(one.elts) == 1 for one in node.values)
    return isinstance(node, ast.List) and len(node.elts) == 1


def _is_axis(node: ast.expr) -> bool:
    """`None` or `np.newaxis`, which makes a row of what it indexes."""
    new = isinstance(node, ast.Attribute) and node.attr == "newaxis"
    return new or (isinstance(node, ast.Constant) and node.value is None)


def _given(name: str, body: ast.AST) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(body)
        if isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
    ]
