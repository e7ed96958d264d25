"""What can be told of torch's data loaders by looking."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.code import Code, loaded
from greenlab.advice.live import Live, descends

LOADER: Final = "torch.utils.data.dataloader.DataLoader"


def loaders(code: Code, live: Live) -> Iterator[tuple[ast.For, str, Any]]:
    """Every loop over a live `DataLoader`, its name, and the loader itself."""
    for node in code.nodes:
        if isinstance(node, ast.For):
            for name in sorted(loaded(node.iter)):
                found = code.actual(ast.Name(name)) if name not in live.namespace else None
                thing = live.resolve(found or ast.Name(name))
                if descends(thing, LOADER):
                    yield node, name, thing
                    break


def made_as(name: str, code: Code) -> ast.Call | None:
    """The one call in this cell that makes the loader of this name."""
    made = [
        node.value
        for node in code.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        and (code.path(node.value.func) or "").endswith("DataLoader")
    ]
    return made[0] if len(made) == 1 else None


def word(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword."""
    return next((one.value for one in call.keywords if one.arg == name), None)
