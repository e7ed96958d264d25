"""What the code checks share: how they refuse, and what a text in the code says."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

# Words, as people name files; no `user:password@host`, no `?key=`.
_PLAIN_PATH: Final = re.compile(r"(?:[A-Za-z]:)?[\w ./\\~+,()-]{1,200}")


class UnsafeError(Exception):
    """The code must not run again. `line` is `None` where it is not in the cell itself."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def refuse(reason: str, line: int | None) -> NoReturn:
    """It is unsafe.

    Raises:
        UnsafeError: always.
    """
    raise UnsafeError(reason, line)


def by_absolute_path(path: str) -> str:
    """Why a file of the working folder must not be written by its whole name."""
    return (
        f"it writes {shown(path)} by its absolute path, which a copy in a temporary folder "
        "would overwrite: use a relative path"
    )


def shown(path: str) -> str:
    """A path as it may be said and stored; an address or a query may hold a password."""
    plain = _PLAIN_PATH.fullmatch(path) is not None and "://" not in path
    return path if plain else "a file whose name is not shown here"


def text_of(node: ast.expr | None, scope: Mapping[str, Any]) -> str | None:
    """A text in the code, or behind a name or `Path(...)` in it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        value = scope.get(node.id)
        return value if type(value) is str else None
    if isinstance(node, ast.Call) and len(node.args) == 1:
        called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        return text_of(node.args[0], scope) if called == "Path" else None
    return None
