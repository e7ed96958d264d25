"""Whether what is done with each row can be done with whole columns, if only by hand.

The body works with values of its row, constants, arithmetic, conditions, look-ups in a
dictionary and functions that numpy or columns have too. It carries nothing from row to row.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import Final

from greenlab.advice.analysis.loop_flow import carried
from greenlab.advice.analysis.pandas.row_loops import RowLoop, applied_function
from greenlab.cellcode.ast_queries import stored_names
from greenlab.cellcode.cell_ast import Code

_BUILTINS: Final = frozenset(
    {"abs", "bool", "float", "int", "isinstance", "len", "max", "min", "pow", "round", "str",
     "sum"}
)  # fmt: skip
_METHODS: Final = frozenset(
    {"capitalize", "count", "date", "endswith", "find", "get", "isalpha", "isdigit", "isin",
     "isna", "isnull", "join", "lower", "lstrip", "notna", "notnull", "replace", "rstrip",
     "split", "startswith", "strip", "strftime", "title", "total_seconds", "upper", "weekday",
     "zfill"}
)  # fmt: skip
_MODULES: Final = ("math.", "numpy.")
_PANDAS: Final = frozenset({"Timedelta", "isna", "isnull", "notna", "notnull", "to_datetime"})
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
    return all(_is_statement(one, code, appends=True) for one in node.body)


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
    return all(_is_statement(one, code, appends=False) for one in function.body)


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
    """A function that columns or numpy have as well."""
    path, func = code.path(call.func) or "", call.func
    if path.startswith(_MODULES) and ".random" not in path:
        return True
    if path.startswith("pandas."):
        return path.rpartition(".")[2] in _PANDAS
    if isinstance(func, ast.Name):
        return func.id in _BUILTINS
    return isinstance(func, ast.Attribute) and func.attr in _METHODS
