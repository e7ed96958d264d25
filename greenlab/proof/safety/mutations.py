"""Which code changes more than what its own names stand for."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import Any

from greenlab.cellcode.introspect import class_attribute, is_a, path
from greenlab.proof.safety import allowlist

Scope = Mapping[str, Any]


def changes(node: ast.AST) -> bool:
    """Whether a statement changes more than what a name stands for; an array's `+=` may."""
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Del)
    return isinstance(node, (ast.Global, ast.Nonlocal, ast.Delete, ast.AugAssign))


def hands_on(node: ast.expr, scope: Scope, parent: ast.AST | None) -> bool:
    """Whether it names a function, not to call it, that may change things: `acc.append`."""
    called = isinstance(parent, ast.Call) and parent.func is node
    if called or isinstance(parent, ast.Attribute):
        return False
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    if name in allowlist.PURE or name in allowlist.PURE_BUILTINS:
        return False
    thing: Any = _lies_at(node, scope)
    return not is_a(thing, type) and class_attribute(thing, "__call__") is not None


def _lies_at(node: ast.expr, scope: Scope) -> Any:
    """What `name` or `name.attribute` stands for, or what its class keeps there."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if not isinstance(node, ast.Attribute):
        return None
    base: Any = _lies_at(node.value, scope)
    if base is _unknown:
        return base
    if is_a(base, types.ModuleType):
        return vars(base).get(node.attr, _unknown)
    return class_attribute(base, node.attr)


def _unknown() -> None:
    """Stands for what a module makes when it is asked for, and may be anything."""


def writes_out(node: ast.Call, scope: Scope) -> bool:
    """Whether a call writes its result to an argument, or over what it works on."""
    if any(word.arg in ("inplace", "out") for word in node.keywords):
        return True
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr not in allowlist.WITH_OUT:
        return False
    of_a_module = is_a(_lies_at(func.value, scope), types.ModuleType)
    unary = func.attr in ("exp", "log", "sqrt", "abs")
    return len(node.args) > (2 if of_a_module and not unary else 1)


def when_gone_through(thing: Any) -> bool:
    """An iterator moves on; a loader or sampler of torch takes random numbers as well."""
    iterator = class_attribute(thing, "__next__") is not None
    return iterator or path(type(thing)).startswith("torch.utils.data.")
