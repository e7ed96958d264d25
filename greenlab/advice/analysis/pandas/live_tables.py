"""What can be told of a live table or array, and of an expression that is part of one."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final, Literal

from greenlab.advice.analysis.callers import units_of
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, path

TABLES: Final = ("pandas.DataFrame", "pandas.core.frame.DataFrame")
SERIES: Final = ("pandas.Series", "pandas.core.series.Series")
MAX_COLUMNS: Final = 2_000
# Methods of a table that keep all of its rows.
SAME_ROWS: Final = frozenset(
    {"astype", "copy", "fillna", "iterrows", "itertuples", "to_list", "to_numpy", "tolist"}
)
LOOPS: Final = (
    ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
)  # fmt: skip
# Methods of a column that leave its texts much as they are.
_SAME_TEXTS: Final = frozenset({"astype", "copy", "fillna", "to_list", "to_numpy", "tolist"})
# What takes far less than to read the table: to look at it, to sum up columns of it.
QUICK: Final = frozenset(
    {"append", "astype", "columns", "copy", "count", "describe", "display", "drop",
     "dropna", "enumerate", "fillna", "float", "groupby", "head", "info", "int", "isna",
     "isnull", "items", "len", "max", "mean", "median", "min", "nunique", "print",
     "quantile", "range", "rename", "reset_index", "round", "set", "sort_index",
     "sort_values", "sorted", "std", "str", "sum", "tail", "to_dict", "tolist", "tqdm",
     "unique", "value_counts", "var", "zip"}
)  # fmt: skip
_INDEXES: Final = ("pandas.Index", "pandas.core.indexes.base.Index")
_RANGES: Final = ("pandas.RangeIndex", "pandas.core.indexes.range.RangeIndex")

# What the values of a column are; "object": Python objects, mostly text before pandas 3.
Kind = Literal["int", "float", "bool", "str", "object", "datetime", "other"]
_KINDS: Final[Mapping[str, Kind]] = {
    "int64": "int", "float64": "float", "bool": "bool", "str": "str", "object": "object",
}  # fmt: skip


def rows(data: ast.AST, live: Live) -> int | None:
    """The rows of an expression that is a live array or table, or plainly a part of one."""
    found = live.rows(live.resolve(data))
    if found is None:
        found = seen_rows(data, live)
    if found is not None:
        return found
    if isinstance(data, ast.Attribute):
        whole = live.resolve(data.value)
        column = descends(whole, *TABLES) and data.attr in columns(whole, live)
        return rows(data.value, live) if data.attr == "values" or column else None
    if isinstance(data, ast.Call) and isinstance(data.func, ast.Attribute):
        words = {word.arg for word in data.keywords}
        same = data.func.attr in SAME_ROWS or (data.func.attr == "drop" and "columns" in words)
        return rows(data.func.value, live) if same else None
    return _rows_of_part(data, live) if isinstance(data, ast.Subscript) else None


def seen_rows(data: ast.AST, live: Live) -> int | None:
    """The rows that an array or table had while the code ran, where it is gone by now."""
    count = live.seen(data).get("rows")
    return count if type(count) is int else None


def _rows_of_part(data: ast.Subscript, live: Live) -> int | None:
    whole = live.resolve(data.value)
    found = live.rows(whole)
    if found is None:
        return None
    if isinstance(data.slice, ast.Slice):
        many = _width(data.slice, live)
        return None if many is None else min(found, many)
    index = live.resolve(data.slice)
    if type(index) is slice:
        ends = (0 if index.start is None else index.start, index.stop)
        plain = index.step is None and type(ends[0]) is int and type(ends[1]) is int
        return min(found, ends[1] - ends[0]) if plain and 0 <= ends[0] < ends[1] else None
    if descends(whole, *TABLES):
        columns = isinstance(data.slice, ast.List) or type(index) is list
        return found if columns or isinstance(data.slice, ast.Constant) else None
    dtype = live.read(index, "dtype")
    return None if dtype is None or str(dtype) == "bool" else live.rows(index)


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
    value = upper.value if isinstance(upper, ast.Constant) else live.resolve(upper)
    return value if type(value) is int and value >= 0 and part.step is None else None


def texts(data: ast.AST, live: Live, most: int) -> list[str] | None:
    """The first `most` texts of a live list, or of a column of a plain pandas table.

    `None` for anything else. The values are copied out by pandas' own classes.
    """
    while True:
        if isinstance(data, ast.Attribute) and data.attr == "values":
            data = data.value
        elif (
            isinstance(data, ast.Call)
            and isinstance(data.func, ast.Attribute)
            and data.func.attr in _SAME_TEXTS
        ):
            data = data.func.value
        else:
            break
    if (found := live.texts(live.resolve(data), most)) is not None:
        return found
    match data:
        case ast.Subscript(value=held, slice=ast.Constant(value=str(column))):
            table = live.resolve(held)
        case ast.Attribute(value=held, attr=column):
            table = live.resolve(held)
        case _:
            return None
    if not is_table(table) or columns(table, live).get(column) not in ("str", "object"):
        return None
    return live.texts(table[column].array[:most].tolist())


def is_table(thing: Any) -> bool:
    """Whether this is a pandas table itself, not of a class that descends from it."""
    return path(type(thing)) in TABLES


def columns(table: Any, live: Live) -> Mapping[str, Kind]:
    """The kind of each column of a pandas table, by name; empty when they are no plain names.

    The names and the dtypes are copied out by pandas' own classes; no value is looked at.
    """
    shape = live.read(table, "shape")
    labels = live.read(table, "columns")
    if not isinstance(shape, tuple) or shape[1] > MAX_COLUMNS:
        return {}
    if path(type(labels)) not in _INDEXES:
        return {}
    names = labels.tolist()
    if len(set(map(type, names)) - {str}) or len(set(names)) < len(names):
        return {}
    live.tick()
    kinds = (_kind(str(dtype)) for dtype in live.read(table, "dtypes").tolist())
    return dict(zip(names, kinds, strict=True))


def counts_from_zero(table: Any, live: Live) -> bool:
    """Whether the index of a pandas table counts 0, 1, 2 and so on."""
    index = live.read(table, "index")
    if path(type(index)) not in _RANGES:
        return False
    return bool(live.read(index, "start") == 0 and live.read(index, "step") == 1)


def alias(code: Code, module: str, usual: str) -> tuple[str, bool] | None:
    """The notebook's name for a module, and whether it is yet to be imported under it.

    `None` when its usual name is taken by something else.
    """
    used = {node.id for node in code.nodes if isinstance(node, ast.Name)}
    known = next((name for name in sorted(used) if code.names(name) == module), None)
    if known is None and code.names(usual) == module:
        known = usual
    if known is not None:
        return known, False
    return None if usual in used or code.names(usual) else (usual, True)


def mostly(code: Code, *nodes: ast.AST, repeats: bool = False) -> bool:
    """Whether a cell, with its helpers, does little besides what these do, which is to read.

    It calls nothing else than what is quick beside that, and goes round nothing; or, with
    `repeats`, goes round one of these in every loop.
    """
    units = units_of(code)
    every = [node for unit in units for node in unit.nodes]
    if any(isinstance(one, (ast.Lambda, ast.ClassDef)) for one in every):
        return False
    around = {above for node in nodes for above in code.within(node)} if repeats else set()
    if any(isinstance(one, LOOPS) and one not in around for one in every):
        return False
    helpers = {one.name for one in every if isinstance(one, ast.FunctionDef)}
    inside = {part for node in nodes for part in ast.walk(node)}
    return all(
        call in inside
        or getattr(call.func, "attr", getattr(call.func, "id", "")) in QUICK | helpers
        for unit in units
        for call in unit.calls
    )


def _kind(dtype: str) -> Kind:
    if dtype.startswith("datetime64["):
        return "datetime"
    return _KINDS.get(dtype, "other")
