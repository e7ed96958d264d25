"""Branches and functions of one row as one expression."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Final

from greenlab.advice.rewriting.typed_column import NotColumnsError

# What follows a branch is written once for each of its outcomes.
MAX_BRANCHES: Final = 6


def merged(statement: ast.If) -> ast.stmt | None:
    """`if a: x.append(b) else: x.append(c)` as `x.append(b if a else c)`."""
    if len(statement.body) != 1 or len(statement.orelse) != 1:
        return None
    yes, no = statement.body[0], statement.orelse[0]
    if isinstance(no, ast.If):
        inner = merged(no)
        if inner is None:
            return None
        no = inner
    one, two = _payload(yes), _payload(no)
    if one is None or two is None or one[0] != two[0]:
        return None
    whole = copy.deepcopy(yes)
    _replace(whole, ast.IfExp(statement.test, one[1], two[1]))
    return whole


def _payload(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    """What a statement does, and the value with which it does it."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute() as func, args=[value], keywords=[])):
            return ast.unparse(func), value
        case ast.Assign(targets=[target], value=value):
            return f"{ast.unparse(target)} =", value
        case ast.AugAssign(target=target, op=ast.Add(), value=value):
            return f"{ast.unparse(target)} +=", value
    return None


def _replace(statement: ast.stmt, value: ast.expr) -> None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        statement.value.args = [value]
    elif isinstance(statement, (ast.Assign, ast.AugAssign)):
        statement.value = value


def function(applied: ast.FunctionDef | ast.Lambda | None) -> tuple[str, ast.expr]:
    """The parameter of a function of one row, and its value as one expression.

    Raises:
        NotColumnsError: it is not known, or does more than that.
    """
    if isinstance(applied, ast.Lambda):
        arguments, value = applied.args, applied.body
    else:
        if applied is None or applied.decorator_list:
            raise NotColumnsError
        branches = sum(isinstance(node, ast.If) for node in ast.walk(applied))
        if branches > MAX_BRANCHES:
            raise NotColumnsError
        arguments, value = applied.args, _returned(applied.body, {})
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    if len(names) != 1 or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        raise NotColumnsError
    return names[0], value


def _returned(body: list[ast.stmt], known: Mapping[str, ast.expr]) -> ast.expr:
    """What a function of assignments, branches and returns gives, as one expression."""
    match body:
        case [ast.Return(value=ast.expr() as value), *_]:
            return _filled(value, known)
        case [ast.Assign(targets=[ast.Name(id=name)], value=value), *rest]:
            return _returned(rest, {**known, name: _filled(value, known)})
        case [ast.AugAssign(target=ast.Name(id=name), op=op, value=value), *rest] if (
            name in known
        ):
            sum_ = ast.BinOp(known[name], op, _filled(value, known))
            return _returned(rest, {**known, name: sum_})
        case [ast.Expr(value=ast.Constant()), *rest]:
            return _returned(rest, known)
        case [ast.If(test=test, body=yes, orelse=no), *rest]:
            return ast.IfExp(
                _filled(test, known),
                _returned([*yes, *rest], known),
                _returned([*no, *rest], known),
            )
    raise NotColumnsError


def _filled(node: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    class Fill(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return known.get(name.id, name)

    filled: ast.expr = Fill().visit(copy.deepcopy(node))
    return filled
