"""What a loop over rows or places hands a model: a column's texts, a batch of one."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.analysis.enclosing_loops import name_of
from greenlab.advice.analysis.item_loops import OneByOne
from greenlab.advice.analysis.pandas.live_tables import texts
from greenlab.cellcode.introspect import Live

_MOST: Final = 1_000
# What makes a table's column, a list of rows or a range of places of a table.
_TURNED: Final = frozenset({"iterrows", "itertuples", "to_dict"})


def texts_of_rows(site: OneByOne, items: ast.expr, live: Live) -> list[str] | None:
    """The texts in the rows that the loop goes through; `None` where it names none.

    `for _, row in df.iterrows()` and `row["text"]`, `range(len(df))` and `df.loc[i, "text"]`,
    a list of dictionaries. `live` is what is seen where the loop stands.
    """
    table = _table(items)
    if (found := texts(table, live, _MOST)) is not None:
        return found
    records = live.resolve(table)
    for name in _columns(site.loop):
        if type(records) is list:
            values = [one.get(name) for one in records[:_MOST] if type(one) is dict]
            found = live.texts(values) if values else None
        else:
            column = ast.Subscript(table, ast.Constant(name), ast.Load())
            found = texts(column, live, _MOST)
        if found:
            return found
    return None


def is_row_of_one(site: OneByOne) -> bool:
    """Whether the call makes a batch of one: `net(x.unsqueeze(0))`, `net(x[None])`."""
    item = name_of(site.item)
    given = site.call.args[0] if len(site.call.args) == 1 else None
    match given:
        case ast.Call(
            func=ast.Attribute(value=held, attr="unsqueeze"), args=[ast.Constant(value=0)]
        ):
            pass
        case ast.Subscript(value=held, slice=ast.Constant(value=None)):
            pass
        case _:
            return False
    return any(isinstance(one, ast.Name) and one.id == item for one in ast.walk(held))


def _table(items: ast.expr) -> ast.expr:
    match items:
        case ast.Call(func=ast.Name(id="range"), args=[*_, ast.Call() as counted]) if (
            getattr(counted.func, "id", "") == "len" and len(counted.args) == 1
        ):
            return counted.args[0]
        case ast.Call(func=ast.Attribute(value=held, attr=attr)) if attr in _TURNED:
            return held
        case ast.Attribute(value=held, attr="index"):
            return held
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Constant(value=int())):
            return left
    return items


def _columns(loop: ast.AST) -> list[str]:
    """The literal keys in the loop, and the attributes: `row["text"]`, `row.text`."""
    found: list[str] = []
    for node in ast.walk(loop):
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found += [
                one.value
                for one in parts
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
        elif isinstance(node, ast.Attribute):
            found.append(node.attr)
    return list(dict.fromkeys(found))
