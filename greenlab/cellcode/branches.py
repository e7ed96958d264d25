"""Which branches of a function run, where the call itself says so: `make("forest")`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from greenlab.cellcode.abstract_values import FUNCTIONS, Known
from greenlab.cellcode.function_scope import Locals

_PLAIN: Final = (str, int, float, bool, type(None))


def nodes_that_run(function: ast.AST, inside: Locals) -> Iterator[ast.AST]:
    """The nodes of a function but those of functions and classes within it, in their order.

    Without the branches that the literal arguments of the call rule out.
    """
    for child in ast.iter_child_nodes(function):
        yield from _nodes(child, inside)


def _nodes(node: ast.AST, inside: Locals) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
        return
    if isinstance(node, ast.If) and (holds := _holds(node.test, inside)) is not None:
        for statement in node.body if holds else node.orelse:
            yield from _nodes(statement, inside)
        return
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, inside)


def _holds(test: ast.expr, inside: Locals) -> bool | None:
    """Whether a condition on a parameter holds; `None` where the call does not say."""
    match test:
        case ast.Compare(
            left=left,
            ops=[ast.Eq() | ast.NotEq() as op],
            comparators=[ast.Constant(value=given)],
        ):
            known, value = _literal(left, inside)
            return (value == given) is isinstance(op, ast.Eq) if known else None
        case ast.Compare(
            left=left,
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts)],
        ):
            known, value = _literal(left, inside)
            several = [one.value for one in parts if isinstance(one, ast.Constant)]
            if not known or len(several) < len(parts):
                return None
            return (value in several) is isinstance(op, ast.In)
        case ast.Name():
            known, value = _literal(test, inside)
            return bool(value) if known else None
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            holds = _holds(inner, inside)
            return None if holds is None else not holds
    return None


def _literal(node: ast.expr, inside: Locals) -> tuple[bool, Any]:
    """Whether this is a parameter that the call gives a plain value, and which.

    A variable may have another value in each round of a loop: it says nothing.
    """
    match node:
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "upper" as how), args=[]):
            known, value = _literal(inner, inside)
            return known and type(value) is str, getattr(value, how, lambda: None)()
        case ast.Name(id=name) if name not in inside.own:
            given = inside.arguments.get(name)
            if given is not None and not isinstance(given.node, ast.Name):
                found = inside.bound.get(name)
                value = found.thing if isinstance(found, Known) else ...
                return type(value) in _PLAIN, value
    return False, None
