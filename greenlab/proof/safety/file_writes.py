"""Which files a call writes, as far as the code says."""

from __future__ import annotations

import ast
import os
import types
from collections.abc import Mapping
from pathlib import Path, PosixPath, WindowsPath
from typing import Any, Final

from greenlab.proof.safety import allowlist
from greenlab.proof.safety.refusal import by_absolute_path, refuse, shown, text_of

_MODE: Final = frozenset("rwaxbtU+")
_WRITING: Final = frozenset("wax+")
_SAME_PATH: Final = frozenset({"str", "fspath", "absolute", "resolve"})

Scope = Mapping[str, Any]


def named_here(tree: ast.AST) -> dict[str, ast.expr]:
    """What a tree binds once, by a plain assignment: `out = Path.cwd() / "out"`."""
    values: dict[str, ast.expr] = {}
    counts: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            counts[node.id] = counts.get(node.id, 0) + 1
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
    return {name: value for name, value in values.items() if counts[name] == 1}


def written(
    node: ast.Call, name: str, scope: Scope, line: int | None, own: Mapping[str, ast.expr]
) -> str | None:
    """The path below the working folder that this call writes, `None` if it writes none.

    `own`: what the code around it names, by `named_here`.

    Raises:
        UnsafeError: it writes elsewhere, or where cannot be read from the code.
    """
    if name == "open":
        writes, target = _opened(node, scope)
    elif name in allowlist.OF_A_PATH and not _of_os(node):
        writes = True
        target = node.func.value if isinstance(node.func, ast.Attribute) else None
    elif name in allowlist.WRITERS or name in allowlist.OF_A_PATH:
        writes, target = _target(node, name, scope, own)
    elif name in allowlist.MAPS:
        writes, target = _mapped(node, scope)
    elif name in allowlist.TO_OPEN_FILES:
        writes, target = _of_a_module(node, scope), next(iter(node.args), None)
    elif allowlist.WRITING_NAMES.match(name):
        writes, target = _target(node, name, scope, own)
    elif name in ("rename", "replace") and _moves(node, scope, own):
        refuse("it moves files", line)
    else:
        return None
    return _path(path_of(target, scope, own), line) if writes else None


def path_of(node: ast.expr | None, scope: Scope, own: Mapping[str, ast.expr]) -> str | None:
    """A path in the code, behind a name, or joined of such; the working folder is `.`.

    What the code itself makes of `Path.cwd()` or `os.getcwd()` is a relative path, as a copy
    has a working folder of its own. A path that a variable holds is what it is.
    """
    if isinstance(node, ast.Name):
        return _behind(node.id, scope, own)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _joined([node.left, node.right], scope, own)
    if isinstance(node, ast.Call):
        return _path_called(node, scope, own)
    return text_of(node, scope)


def _path_called(node: ast.Call, scope: Scope, own: Mapping[str, ast.expr]) -> str | None:
    """The path that a call makes: `Path("a")`, `os.path.join("a", "b")`, `Path.cwd()`."""
    func = node.func
    base = func.value if isinstance(func, ast.Attribute) else None
    called = getattr(func, "id", None) or getattr(func, "attr", None)
    if called in ("cwd", "getcwd") and not node.args:
        return "."
    if called == "Path" or (called == "join" and text_of(base, scope) is None):
        return _joined(node.args, scope, own)
    if called == "joinpath" and base is not None:
        return _joined([base, *node.args], scope, own)
    if called in _SAME_PATH:
        return path_of(node.args[0] if node.args else base, scope, own)
    return None


def _behind(name: str, scope: Scope, own: Mapping[str, ast.expr]) -> str | None:
    """What the code assigns to a name or, where that cannot be read, what the name holds."""
    if name in own:
        others = {other: node for other, node in own.items() if other != name}
        if (path := path_of(own[name], scope, others)) is not None:
            return path
    value = scope.get(name)
    if type(value) in (str, PosixPath, WindowsPath):
        return str(value)
    return None


def _joined(parts: list[ast.expr], scope: Scope, own: Mapping[str, ast.expr]) -> str | None:
    texts = ["."]
    for part in parts:
        if (text := path_of(part, scope, own)) is None:
            return None
        texts.append(text)
    return str(Path(*texts))


def _opened(node: ast.Call, scope: Scope) -> tuple[bool, ast.expr | None]:
    """`open(path, mode)`, `gzip.open(path, mode)`, `Path(...).open(mode)`."""
    words = {word.arg: word.value for word in node.keywords}
    base = node.func.value if isinstance(node.func, ast.Attribute) else None
    target: ast.expr | None
    if base is not None and not isinstance(base, ast.Name):
        target, modes = base, node.args[:1]
    else:
        named = words.get("file", words.get("filename"))
        target, modes = (node.args[0] if node.args else named), node.args[1:2]
        if base is not None and len(node.args) == 1 and _may_be_a_mode(node.args[0], scope):
            modes = node.args  # a path variable's open(mode), or a module's open(path)
    modes = [*modes, *(value for word, value in words.items() if word == "mode")]
    return any(_writes(mode, scope) for mode in modes), target


def _may_be_a_mode(node: ast.expr, scope: Scope) -> bool:
    text = text_of(node, scope)
    return text is None or set(text) <= _MODE


def _writes(mode: ast.expr, scope: Scope) -> bool:
    text = text_of(mode, scope)
    return text is None or (set(text) <= _MODE and bool(set(text) & _WRITING))


def _target(
    node: ast.Call, name: str, scope: Scope, own: Mapping[str, ast.expr]
) -> tuple[bool, ast.expr | None]:
    place = allowlist.WRITERS.get(name)
    if name in allowlist.OF_A_PATH:
        place = 0
    words = [word.value for word in node.keywords if word.arg in allowlist.PATH_WORDS]
    if place is not None:
        found = [*words, *node.args[place : place + 1]]
        return bool(found) or name not in allowlist.TEXT_WITHOUT_PATH, next(iter(found), None)
    texts = [arg for arg in node.args if path_of(arg, scope, own) is not None]
    found = [*words, *texts]
    # json.dump(value, file): what open() gave, and was judged where that is called.
    return bool(found) or name != "dump", next(iter(found), None)


def _mapped(node: ast.Call, scope: Scope) -> tuple[bool, ast.expr | None]:
    """`numpy.memmap(path, dtype, mode)`, which changes the file unless it says otherwise."""
    words = {word.arg: word.value for word in node.keywords}
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
    place = 2 if name == "memmap" else 1
    mode = words.get("mode", next(iter(node.args[place : place + 1]), None))
    reads = text_of(mode, scope) in ("r", "c", "readonly", "copyonwrite")
    return not reads, next(iter(node.args), words.get("filename"))


def _of_a_module(node: ast.Call, scope: Scope) -> bool:
    """`wavfile.write(path, rate, samples)`, and not `file.write(text)`."""
    func = node.func
    if isinstance(func, ast.Name):
        return len(node.args) > 1
    base = func.value if isinstance(func, ast.Attribute) else None
    of_a_module = isinstance(base, ast.Name) and isinstance(
        scope.get(base.id), types.ModuleType
    )
    return of_a_module or len(node.args) > 1


def _moves(node: ast.Call, scope: Scope, own: Mapping[str, ast.expr]) -> bool:
    """`Path("a").rename("b")`; of a text or a table, these change no file."""
    base = node.func.value if isinstance(node.func, ast.Attribute) else None
    if base is None or len(node.args) != 1 or node.keywords:
        return False
    path = path_of(base, scope, own)
    return path is not None and not isinstance(base, ast.Constant)


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
    path = os.path.normpath(text).replace("\\", "/") if text else ""
    if Path(path).is_absolute() and _is_below(path, Path.cwd()):
        refuse(by_absolute_path(text), line)
    if not path or path[0] in "/~" or ":" in path or ".." in path.split("/"):
        refuse(f"it writes outside the working folder: {shown(text)}", line)
    return path


def _is_below(path: str, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
