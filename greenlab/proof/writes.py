"""Which files a call writes, as far as the code says."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from greenlab.proof import known
from greenlab.proof.refusal import refuse, text_of

_MODE: Final = frozenset("rwaxbtU+")
_WRITING: Final = frozenset("wax+")


def written(
    node: ast.Call, name: str, scope: Mapping[str, Any], line: int | None
) -> str | None:
    """The path below the working folder that this call writes, `None` if it writes none.

    Raises:
        UnsafeError: it writes elsewhere, or where cannot be read from the code.
    """
    if name == "open":
        writes, target = _opened(node, scope)
    elif name in known.OF_A_PATH and not _of_os(node):
        writes = True
        target = node.func.value if isinstance(node.func, ast.Attribute) else None
    elif name in known.WRITERS or name in known.OF_A_PATH:
        writes, target = _target(node, name, scope)
    else:
        return None
    return _path(text_of(target, scope), line) if writes else None


def _opened(node: ast.Call, scope: Mapping[str, Any]) -> tuple[bool, ast.expr | None]:
    """`open(path, mode)`, `gzip.open(path, mode)`, `Path(...).open(mode)`."""
    words = {word.arg: word.value for word in node.keywords}
    of_a_path = isinstance(node.func, ast.Attribute) and not isinstance(
        node.func.value, ast.Name
    )
    target = node.func.value if isinstance(node.func, ast.Attribute) and of_a_path else None
    if target is None:
        target = node.args[0] if node.args else words.get("file")
    modes = [words["mode"]] if "mode" in words else node.args[0 if of_a_path else 1 :][:1]
    if isinstance(node.func, ast.Attribute) and not of_a_path and len(node.args) == 1:
        modes = node.args[:1]  # a path variable's open(mode), or a module's open(path)
        text = text_of(modes[0], scope)
        if text is not None and not set(text) <= _MODE:
            modes = []
    for mode in modes:
        text = text_of(mode, scope)
        if text is None or (set(text) <= _MODE and set(text) & _WRITING):
            return True, target
    return False, None


def _target(
    node: ast.Call, name: str, scope: Mapping[str, Any]
) -> tuple[bool, ast.expr | None]:
    place = known.WRITERS.get(name, 0)
    words = [word.value for word in node.keywords if word.arg in known.PATH_WORDS]
    if place is not None:
        found = [*words, *node.args[place : place + 1]]
        return bool(found) or name not in known.TEXT_WITHOUT_PATH, next(iter(found), None)
    texts = [arg for arg in node.args if text_of(arg, scope) is not None]
    found = [*words, *texts]
    # json.dump(value, file): what open() gave, and was judged where that is called.
    return bool(found) or name != "dump", next(iter(found), None)


def _of_os(node: ast.Call) -> bool:
    func = node.func
    return (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id == "os"
    )


def _path(text: str | None, line: int | None) -> str:
    if text is None:
        refuse("it writes to a file whose name cannot be read from the code", line)
    parts = text.replace("\\", "/").split("/")
    if not text or text[0] in "/~\\" or ":" in text or ".." in parts:
        refuse(f"it writes outside the working folder: {text}", line)
    return text
