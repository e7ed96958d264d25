"""Questions to a syntax tree: the calls, names and imports in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Every call within a node, in the order of its lines."""
    found = [child for child in ast.walk(node) if isinstance(child, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first argument that is given by one of these names."""
    return next((word.value for word in call.keywords if word.arg in names), None)


def written_name(node: ast.expr) -> str:
    """The last part of a name as it is written: `fit` of `model.fit`; empty for others."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def loaded(node: ast.AST) -> set[str]:
    """The names a node reads."""
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)
    }


def stored(node: ast.AST) -> set[str]:
    """The names a node binds, and the bases of what it assigns into."""
    return stored_names(node) | {
        child.value.id
        for child in ast.walk(node)
        if isinstance(child, (ast.Attribute, ast.Subscript))
        and not isinstance(child.ctx, ast.Load)
        and isinstance(child.value, ast.Name)
    }


def stored_names(node: ast.AST) -> set[str]:
    """The names a node binds."""
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load)
    }


def own_names(node: ast.AST) -> set[str]:
    """The names that a loop, comprehension or function gives values of its own."""
    if isinstance(node, ast.For):
        return stored_names(node.target)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return set().union(*(stored_names(part.target) for part in node.generators))
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        return parameters_of(node)
    return set()


def parameters_of(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """The names of a function's parameters but those after `*` and `**`."""
    args = function.args
    return {one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)}


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What an import binds; nothing of one from the code's own package."""
    if isinstance(node, ast.Import):
        tops = {alias: alias.name.partition(".")[0] for alias in node.names}
        return {
            alias.asname or top: alias.name if alias.asname else top
            for alias, top in tops.items()
        }
    if node.level or not node.module:
        return {}
    return {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
