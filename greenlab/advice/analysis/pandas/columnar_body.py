"""Whether what is done with each row can be done with whole columns, if only by hand.

The body works with values of its row, constants, arithmetic, conditions, look-ups in a
dictionary and functions that numpy or columns have too. It carries nothing from row to row.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Final

from greenlab.advice.analysis.callers import parameters
from greenlab.advice.analysis.loop_data_flow import carried
from greenlab.advice.analysis.pandas.gathered_by_key import gathered_by_key
from greenlab.advice.analysis.pandas.row_loops import (
    RowLoop,
    applied_function,
    distance,
    function_at,
)
from greenlab.cellcode.ast_queries import calls, stored_names
from greenlab.cellcode.cell_ast import Code

_BUILTINS: Final = frozenset(
    {"abs", "bool", "float", "int", "isinstance", "len", "max", "min", "pow", "round", "str",
     "sum"}
)  # fmt: skip
_METHODS: Final = frozenset(
    {"capitalize", "count", "date", "endswith", "find", "get", "isalpha", "isdigit",
     "isin", "isna", "isnull", "join", "lower", "lstrip", "notna", "notnull", "replace",
     "rstrip", "split", "startswith", "strip", "strftime", "title", "total_seconds", "upper",
     "weekday", "zfill"}
)  # fmt: skip
_MODULES: Final = ("math.", "numpy.")
_MOST_FUNCTIONS: Final = 12
_PANDAS: Final = frozenset(
    {"Timedelta", "get_loc", "isna", "isnull", "notna", "notnull", "to_datetime"}
)  # fmt: skip
_EXPRESSIONS: Final = (
    ast.Attribute, ast.BinOp, ast.BoolOp, ast.Compare, ast.Constant, ast.FormattedValue,
    ast.IfExp, ast.JoinedStr, ast.Name, ast.Subscript, ast.Tuple, ast.UnaryOp, ast.List,
    ast.Slice, ast.operator, ast.boolop, ast.unaryop, ast.cmpop, ast.expr_context, ast.keyword,
    ast.Dict, ast.Set,
)  # fmt: skip
_STATEMENTS: Final = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Continue, ast.If, ast.Pass, ast.Return,
)  # fmt: skip


def is_columnar(loop: RowLoop, code: Code) -> bool:
    """Whether the work of a loop over rows, or of an applied function, is of that kind."""
    node = loop.node
    if isinstance(node, ast.Call):
        body = applied_function(loop, code)
        return body is not None and _is_plain_function(*body)
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        parts = [node.elt, *node.generators[0].ifs]
        return all(_is_expression(part, code) for part in parts)
    gathers = _gathered(node)
    if carried(node) & stored_names(ast.Module(node.body, [])) - gathers.keys():
        return False
    times = Counter(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
    if any(times[name] > many for name, many in gathers.items()):
        return False  # what is gathered is read in the loop as well
    by_key = gathered_by_key(node)
    if not all(_is_kept_apart(target, loop, times, by_key) for target in _places(node)):
        return False
    if _meets_other_rows(loop, node) or _repeats_itself(loop, node):
        return False
    return all(_is_statement(one, code, appends=True) for one in node.body)


def _places(node: ast.AST) -> list[ast.Subscript | ast.Attribute]:
    """What is written into, such as `state[key]`."""
    return [
        one
        for one in ast.walk(node)
        if isinstance(one, (ast.Subscript, ast.Attribute)) and not isinstance(one.ctx, ast.Load)
    ]


def _is_kept_apart(
    target: ast.Subscript | ast.Attribute,
    loop: RowLoop,
    times: Counter[str],
    by_key: AbstractSet[str],
) -> bool:
    """Whether no round reads what another one wrote there: a row of the table, or sums."""
    if distance(target, loop) is not None:
        return True
    base: ast.AST = target
    while isinstance(base, (ast.Subscript, ast.Attribute)):
        base = base.value
    if not isinstance(base, ast.Name):
        return False
    table = ast.unparse(target).startswith(f"{ast.unparse(loop.table)}.")
    by_label = isinstance(target, ast.Subscript) and ast.unparse(target.slice) == loop.label
    own = table or base.id == loop.row or by_label
    return own or base.id in by_key or times[base.id] == 1


def _meets_other_rows(loop: RowLoop, node: ast.For) -> bool:
    """Whether the body uses the table for more than the values of its own row."""
    table = ast.unparse(loop.table)
    every = [one for statement in node.body for one in ast.walk(statement)]
    own = {
        id(inner)
        for one in every
        if distance(one, loop) is not None or _is_number_of_rows(one, table)
        for inner in ast.walk(one)
    }
    return any(
        isinstance(one, (ast.Name, ast.Attribute))
        and id(one) not in own
        and ast.unparse(one) == table
        for one in every
    )


def _is_number_of_rows(node: ast.AST, table: str) -> bool:
    return ast.unparse(node) in (f"len({table})", f"{table}.shape[0]")


def _repeats_itself(loop: RowLoop, node: ast.For) -> bool:
    """Whether a round reads what another one wrote into the table, as in a recursion."""
    written, read = set(), set()
    for one in ast.walk(node):
        if (near := distance(one, loop)) is None:
            continue
        assert isinstance(one, ast.Subscript)
        if not isinstance(one.ctx, ast.Load):
            written.add(near[1])
        elif near[0]:
            read.add(near[1])
    return bool(written & read) or bool(written and "" in read)


def _gathered(loop: ast.For) -> Counter[str]:
    """The sums and lists that a loop adds to, and in how many places."""
    found: Counter[str] = Counter()
    for node in ast.walk(loop):
        match node:
            case (
                ast.AugAssign(target=ast.Name(id=name))
                | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"))
            ):
                found[name] += 1
    return found


def _is_plain_function(function: ast.FunctionDef | ast.Lambda, code: Code) -> bool:
    if isinstance(function, ast.Lambda):
        return _is_expression(function.body, code)
    row = parameters(function)[:1]
    if any(ast.unparse(one.value) not in row for one in _places(function)):
        return False  # one row may meet what another one left
    return all(_is_statement(one, code, appends=False) for one in function.body)


def _calls_itself(function: ast.FunctionDef, code: Code) -> bool:
    """Whether a function leads back to itself, or its calls lead on and on."""
    waiting, met = [(function, code)], {function}
    while waiting and len(met) < _MOST_FUNCTIONS:
        one, unit = waiting.pop()
        for call in calls(one):
            if (inner := function_at(call.func, unit)) is None:
                continue
            if inner[0] is function:
                return True
            if inner[0] not in met:
                met.add(inner[0])
                waiting.append(inner)
    return bool(waiting)


def _is_statement(statement: ast.stmt, code: Code, *, appends: bool) -> bool:
    if isinstance(statement, ast.Expr):
        value = statement.value
        if isinstance(value, ast.Constant):
            return True
        match value:
            case ast.Call(func=ast.Attribute(attr="append"), args=[one]) if appends:
                return _is_expression(one, code)
        return False
    if not isinstance(statement, _STATEMENTS):
        return False
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            if not _is_statement(child, code, appends=appends):
                return False
        elif not _is_expression(child, code):
            return False
    return True


def _is_expression(node: ast.AST, code: Code) -> bool:
    if isinstance(node, ast.Call) and not _is_known_call(node, code):
        return False
    if not isinstance(node, (*_EXPRESSIONS, ast.Call)):
        return False
    return all(_is_expression(child, code) for child in ast.iter_child_nodes(node))


def _is_known_call(call: ast.Call, code: Code) -> bool:
    """A function that columns or numpy have as well, or a plain one of the user's."""
    path, func = code.path(call.func) or "", call.func
    if isinstance(func, ast.Name) and func.id == "map" and len(call.args) > 1:
        return _is_known_call(ast.Call(call.args[0], [], []), code)
    if (own := function_at(func, code)) is not None:
        return not _calls_itself(*own) and _is_plain_function(*own)
    if path.startswith(_MODULES) and ".random" not in path:
        return True
    if path.startswith("pandas."):
        return path.rpartition(".")[2] in _PANDAS
    if isinstance(func, ast.Name):
        return func.id in _BUILTINS
    return isinstance(func, ast.Attribute) and func.attr in _METHODS
