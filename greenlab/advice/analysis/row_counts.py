"""How many rows an expression has: a live array or table, or what is worked out from one."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.pandas.live_tables import TABLES, columns
from greenlab.cellcode.ast_queries import keyword, written_name
from greenlab.cellcode.introspect import Live, descends

# Methods of tables, arrays, tensors and models that keep the rows of what they are called on.
_SAME_ROWS: Final = frozenset(
    {"abs", "assign", "astype", "bfill", "clip", "clone", "copy", "cpu", "cuda", "detach",
     "double", "ffill", "fillna", "float", "iterrows", "itertuples", "long", "numpy", "rename",
     "requires_grad_", "reset_index", "round", "set_index", "sort_index", "sort_values", "to",
     "to_list", "to_numpy", "toarray", "todense", "tolist"}
)  # fmt: skip
# Functions and methods of models that give a row for each row of their first argument.
_ROW_BY_ROW: Final = frozenset(
    {"DataFrame", "Tensor", "array", "asarray", "as_tensor", "ascontiguousarray",
     "coo_matrix", "csc_matrix", "csr_matrix", "decision_function", "exp", "fit_transform",
     "from_numpy", "get_dummies", "log", "log1p", "minmax_scale", "nan_to_num", "normalize",
     "predict", "predict_proba", "scale", "sqrt", "tensor", "transform"}
)  # fmt: skip
# They put columns side by side.
_BESIDE: Final = frozenset({"column_stack", "hstack"})
# Their first argument, or `size`, is the number of rows of what they make.
_SIZED: Final = frozenset(
    {"arange", "empty", "ones", "permutation", "rand", "randn", "randperm", "range", "zeros"}
)
# Their third argument is.
_RANGES: Final = frozenset({"bdate_range", "date_range", "linspace", "period_range"})
# The part of the rows that the training part of a split has: at least, of two folds.
_TRAINING_PART: Final = 0.5
_TEST_PART: Final = 0.25
_DEPTH: Final = 12


def rows(data: ast.AST, live: Live, depth: int = _DEPTH) -> int | None:
    """The rows of what an expression gives; `None` where they cannot be told.

    Of a part that a split chose, the rows that it has at least.
    """
    if not depth:
        return None
    thing = live.resolve(data)
    found = len(thing) if type(thing) in (list, tuple) else live.rows(thing)
    if found is None:
        found = _seen_rows(data, live)
    if found is not None:
        return found
    match data:
        case ast.Name():
            return _by_origin(data, live, depth)
        case ast.Attribute(value=held, attr=attr):
            return _of_attribute(held, attr, live, depth)
        case ast.Call():
            return _of_call(data, live, depth)
        case ast.Subscript():
            return _of_part(data, live, depth)
        case ast.BinOp(left=one, right=other) | ast.Compare(left=one, comparators=[other]):
            return rows(one, live, depth - 1) or rows(other, live, depth - 1)
        case ast.UnaryOp(operand=one) | ast.NamedExpr(value=one) | ast.IfExp(body=one):
            return rows(one, live, depth - 1)
    return None


def _seen_rows(data: ast.AST, live: Live) -> int | None:
    """The rows that an array or table had while the code ran, where it is gone by now."""
    count = live.seen(data).get("rows")
    return count if type(count) is int else None


def number(node: ast.AST | None, live: Live) -> int | None:
    """A whole number: written, alive, or the length of something."""
    match node:
        case None:
            return None
        case ast.Call(func=ast.Name(id="len"), args=[of]):
            held = live.resolve(of)
            return len(held) if type(held) in (list, tuple, dict) else rows(of, live)
        case ast.Subscript(
            value=ast.Attribute(value=of, attr="shape"), slice=ast.Constant(value=0)
        ):
            return rows(of, live)
        case ast.BinOp(left=left, op=op, right=right):
            one, other = number(left, live), number(right, live)
            if one is None or other is None:
                return None
            return _computed(op, one, other)
        case ast.Constant(value=value):
            found = value
        case _:
            found = live.resolve(node)
    return found if type(found) is int else None


def _computed(op: ast.operator, one: int, other: int) -> int | None:
    match op:
        case ast.Add():
            return one + other
        case ast.Sub():
            return one - other
        case ast.Mult():
            return one * other
        case ast.FloorDiv() if other:
            return one // other
    return None


def _by_origin(name: ast.Name | ast.Call, live: Live, depth: int) -> int | None:
    """By what gave a name its value, or by what a function of the user's gives back."""
    if (found := live.came_from(name)) is None:
        return None
    node, there, path = found
    if not path:
        return rows(node, there, depth - 1)
    match node, path:
        case ast.Call(func=func, args=[*given], keywords=words), (int(index),) if written_name(
            func
        ) == "train_test_split" and index // 2 < len(given):
            whole = rows(given[index // 2], there, depth - 1)
            size = next((word.value for word in words if word.arg == "test_size"), None)
            known = size.value if isinstance(size, ast.Constant) else _TEST_PART
            share = known if type(known) is float else _TRAINING_PART
            return None if whole is None else int(whole * (share if index % 2 else 1 - share))
        case ast.Call(func=ast.Attribute(attr="split"), args=[whole, *_]), (None, 0):
            many = rows(whole, there, depth - 1)
            return None if many is None else int(many * _TRAINING_PART)
    return None


def _of_attribute(held: ast.expr, attr: str, live: Live, depth: int) -> int | None:
    whole = live.resolve(held)
    column = descends(whole, *TABLES) and attr in columns(whole, live)
    same = attr in ("values", "index", "iloc", "loc", "str", "dt") or column
    return rows(held, live, depth - 1) if same else None


def _of_call(call: ast.Call, live: Live, depth: int) -> int | None:
    name, first = written_name(call.func), call.args[0] if call.args else None
    if (given := _by_origin(call, live, depth)) is not None:
        return given
    if isinstance(call.func, ast.Attribute):
        if name in _SAME_ROWS or (name == "drop" and _drops_columns(call)):
            return rows(call.func.value, live, depth - 1)
        if name in ("head", "sample", "tail") and first is not None:
            return number(first, live)
    if name in _SIZED or name in _RANGES:
        return number(_size(call), live)
    return None if first is None else _of_first(call, first, live, depth)


def _drops_columns(call: ast.Call) -> bool:
    """`drop(columns=…)`, `drop(…, axis=1)` and `drop(…, 1)`."""
    axis = keyword(call, "axis") or (call.args[1] if len(call.args) > 1 else None)
    by_axis = isinstance(axis, ast.Constant) and axis.value in (1, "columns")
    return by_axis or keyword(call, "columns") is not None


def _of_first(call: ast.Call, first: ast.expr, live: Live, depth: int) -> int | None:
    """By the first argument of a call."""
    name = written_name(call.func)
    if name == "unsqueeze":
        return 1 if ast.unparse(first) == "0" else None
    if isinstance(first, ast.Dict) and name == "DataFrame":
        return max((rows(one, live, depth - 1) or 0 for one in first.values), default=0) or None
    if name in _BESIDE and isinstance(first, (ast.Tuple, ast.List)) and first.elts:
        return rows(first.elts[0], live, depth - 1)
    is_model = descends(live.resolve(call.func), "torch.nn.modules.module.Module")
    return rows(first, live, depth - 1) if is_model or name in _ROW_BY_ROW else None


def _size(call: ast.Call) -> ast.expr | None:
    """Where a call that makes an array or a range says how long that is."""
    name = written_name(call.func)
    if name in _RANGES:
        word = keyword(call, "periods", "num")
        return word if word is not None else call.args[2] if len(call.args) > 2 else None
    if name == "range" and len(call.args) > 1:
        return call.args[1]
    return call.args[0] if call.args else None


def _of_part(part: ast.Subscript, live: Live, depth: int) -> int | None:
    whole = live.resolve(part.value)
    found = rows(part.value, live, depth - 1)
    index = part.slice
    if isinstance(index, ast.Constant) and index.value is None:
        return 1
    placed = isinstance(part.value, ast.Attribute) and part.value.attr in ("loc", "iloc")
    if isinstance(index, ast.Tuple) and index.elts:  # rows, then columns
        index, placed = index.elts[0], True
    if isinstance(index, ast.Slice):
        if index.lower is None and index.upper is None:
            return found
        many = _width(index, live)
        if many is None:
            return None
        return many if found is None else min(found, many)
    chosen = live.resolve(index)
    if type(chosen) is slice:
        ends = (0 if chosen.start is None else chosen.start, chosen.stop)
        plain = chosen.step is None and type(ends[0]) is int and type(ends[1]) is int
        if found is None or not plain or not 0 <= ends[0] < ends[1]:
            return None
        return min(found, int(ends[1] - ends[0]))
    names = isinstance(index, (ast.Constant, ast.List)) or type(chosen) in (str, list)
    if not placed and names and (descends(whole, *TABLES) or type(chosen) is str):
        return found
    dtype = live.read(chosen, "dtype")
    if dtype is not None:
        return None if str(dtype) == "bool" else live.rows(chosen)
    return rows(index, live, depth - 1) if _is_places(index, live) else None


def _is_places(index: ast.AST, live: Live) -> bool:
    """Whether an index that is gone was one of places, not of truth values."""
    if not isinstance(index, ast.Name) or (found := live.came_from(index)) is None:
        return False
    node, there, path = found
    match node:
        case ast.Call(func=func):
            return written_name(func) in ("split", "permutation", "randperm", "arange")
        case ast.Subscript(value=ast.Name() as held, slice=ast.Slice()):
            return not path and _is_places(held, there)
    return False


def _width(part: ast.Slice, live: Live) -> int | None:
    """How wide `[:n]` and `[i : i + n]` are."""
    upper = part.upper
    if part.lower is not None:
        if not (
            isinstance(upper, ast.BinOp)
            and isinstance(upper.op, ast.Add)
            and ast.dump(upper.left) == ast.dump(part.lower)
        ):
            return None
        upper = upper.right
    value = number(upper, live)
    return value if value is not None and value >= 0 and part.step is None else None
