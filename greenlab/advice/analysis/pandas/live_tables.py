"""What can be told of a live table or array, and of an expression that is part of one."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, Literal

from greenlab.advice.analysis.callers import units_of
from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, path

TABLES: Final = ("pandas.DataFrame", "pandas.core.frame.DataFrame")
MAX_COLUMNS: Final = 2_000
LOOPS: Final = (
    ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
)  # fmt: skip
_STEPS: Final = 6  # from name to name
# Methods of a column that leave its texts much as they are.
_SAME_TEXTS: Final = frozenset({"astype", "copy", "fillna", "to_list", "to_numpy", "tolist"})
# What takes far less than to read the table: to look at it, to sum up columns of it.
QUICK: Final = frozenset(
    {"append", "astype", "columns", "copy", "count", "describe", "display", "drop",
     "dropna", "enumerate", "fillna", "float", "groupby", "head", "info", "int", "isna",
     "isnull", "items", "len", "max", "mean", "median", "min", "nunique", "print",
     "DataFrame", "Series", "quantile", "range", "rename", "reset_index", "round", "set",
     "sort_index", "sort_values", "sorted", "std", "str", "sum", "tail", "to_dict", "tolist",
     "tqdm", "unique", "value_counts", "var", "zip"}
)  # fmt: skip
_INDEXES: Final = ("pandas.Index", "pandas.core.indexes.base.Index")
_RANGES: Final = ("pandas.RangeIndex", "pandas.core.indexes.range.RangeIndex")

# What the values of a column are; "object": Python objects, mostly text before pandas 3.
Kind = Literal["int", "float", "bool", "str", "object", "datetime", "other"]
_KINDS: Final[Mapping[str, Kind]] = {
    "int64": "int", "float64": "float", "bool": "bool", "str": "str", "object": "object",
}  # fmt: skip


def texts(data: ast.AST, live: Live, most: int, depth: int = _STEPS) -> list[str] | None:
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
        case ast.Subscript(value=held, slice=ast.Constant() | ast.Name() as key):
            table = live.resolve(held)
            column = key.value if isinstance(key, ast.Constant) else live.resolve(key)
        case ast.Attribute(value=held, attr=column):
            table = live.resolve(held)
        case ast.Name() if depth and (found_at := live.came_from(data)) and not found_at[2]:
            return texts(found_at[0], found_at[1], most, depth - 1)
        case _:
            return None
    if (
        type(column) is not str
        or not is_table(table)
        or columns(table, live).get(column) not in ("str", "object")
    ):
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


def mostly(code: Code, *nodes: ast.AST, around: AbstractSet[ast.AST] = frozenset()) -> bool:
    """Whether a cell, with its helpers, does little besides what these do, which is to read.

    It calls nothing else than what is quick beside that, and goes round nothing but these
    loops.
    """
    units = units_of(code)
    every = [node for unit in units for node in unit.nodes]
    if any(isinstance(one, ast.Lambda) for one in every):
        return False
    if any(isinstance(one, LOOPS) and one not in around for one in every):
        return False
    helpers = {one.name for one in every if isinstance(one, (ast.FunctionDef, ast.ClassDef))}
    inside = {part for node in nodes for part in ast.walk(node)}
    return all(
        call in inside or written_name(call.func) in QUICK | helpers
        for unit in units
        for call in unit.calls
    )


def _kind(dtype: str) -> Kind:
    if dtype.startswith("datetime64["):
        return "datetime"
    return _KINDS.get(dtype, "other")
