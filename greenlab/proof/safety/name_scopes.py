"""Names in code: what it binds, and what a function sees."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import Any


def bound(tree: ast.AST) -> set[str]:
    """Every name that the tree itself binds, anywhere."""
    return {name for node in ast.walk(tree) if (name := _bound_by(node))}


def _bound_by(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return name
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.alias(name=name, asname=other):
            return other or name.partition(".")[0]
        case ast.ExceptHandler(name=caught):
            return caught
    return None


def scope_of(function: types.FunctionType, namespace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The names a function sees: its module's, and those of the functions around it."""
    around = {}
    for name, cell in zip(
        function.__code__.co_freevars, function.__closure__ or (), strict=False
    ):
        try:
            around[name] = cell.cell_contents
        except ValueError:  # not bound yet
            continue
    scope = function.__globals__
    if scope is namespace and not around:
        return namespace
    return {**scope, **around}
