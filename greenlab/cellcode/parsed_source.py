"""Code as it stands in one place, a cell or a file of the user's, and the definitions in it."""

from __future__ import annotations

import ast
import functools
import linecache
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from greenlab.cellcode.introspect import is_a
from greenlab.cellcode.ipython_syntax import Masked, mask_and_parse
from greenlab.cellcode.library_files import is_installed
from greenlab.cellcode.source_hash import source_hash
from greenlab.lazy_dataclasses import dataclass
from greenlab.record import Place

MAX_CHARACTERS: Final = 200_000
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_WITHIN: Final = (".<lambda>", ".<listcomp>", ".<setcomp>", ".<dictcomp>", ".<genexpr>")


@dataclass(frozen=True, slots=True)
class SourceText:
    """`place` says which cell or file; `None`: the cell that is looked at."""

    source: str
    place: Place | None = None


TextOf = Callable[[Any], SourceText | None]
"""Gives the text in which a live function stands, `None` where that is not at hand."""


class Texts:
    """The texts of the user's code, as far as Python itself keeps them."""

    def of(self, function: types.FunctionType) -> SourceText | None:
        """The text in which a live function stands, `None` where that is not at hand."""
        return self.of_file(function.__code__.co_filename)

    def of_file(self, file: str) -> SourceText | None:
        """The text of a file, or of a cell by the file name that IPython gave it."""
        return text_of_file(file)

    def cells(self) -> Iterable[SourceText]:
        """The cells that ran, the latest first; none where that is not known."""
        return ()


@dataclass(frozen=True, eq=False)
class Parsed:
    """A text's tree, and its definitions by qualified name, in their order."""

    masked: Masked
    tree: ast.Module
    definitions: Mapping[str, tuple[Definition, ...]]

    @functools.cached_property
    def top_level(self) -> frozenset[str]:
        """What the text itself defines, not a function or class within it."""
        return frozenset(name for name in self.definitions if "." not in name)

    def around(self, name: str, line: int) -> Definition | None:
        """What has this qualified name and holds that line."""
        for one in self.definitions.get(name, ()):
            if first_line(one) <= line <= (one.end_lineno or one.lineno):
                return one
        return None

    def defined(self, name: str, line: int | None = None) -> Definition | None:
        """What has this qualified name and starts on that line (its decorators included).

        Without a line, the last of that name.
        """
        found = self.definitions.get(name, ())
        if line is None:
            return found[-1] if found else None
        return next((one for one in found if first_line(one) == line), None)


@functools.lru_cache(maxsize=64)
def parsed(source: str) -> Parsed | None:
    """A text's tree, `None` if it is not Python. All who ask share it: leave it as it is."""
    if len(source) > MAX_CHARACTERS or (found := mask_and_parse(source)) is None:
        return None
    masked, tree = found
    return Parsed(masked, tree, definitions_in(tree))


def definitions_in(tree: ast.Module) -> dict[str, tuple[Definition, ...]]:
    """Functions and classes by qualified name, in their order."""
    found: dict[str, list[Definition]] = {}
    _collect(tree, "", found)
    return {name: tuple(nodes) for name, nodes in found.items()}


def function_around(name: str) -> str:
    """The qualified name of the function around a lambda or a comprehension, empty at top
    level; any other name stays as it is.
    """
    while name.endswith(_WITHIN):
        name = name.rpartition(".")[0].removesuffix(".<locals>")
    return "" if name.startswith("<") else name


def anonymous(read: Parsed, line: int) -> ast.Lambda | None:
    """The lambda that stands on that line, unless there are several."""
    found = [
        node
        for node in ast.walk(read.tree)
        if isinstance(node, ast.Lambda) and node.lineno == line
    ]
    return found[0] if len(found) == 1 else None


def _collect(node: ast.AST, above: str, found: dict[str, list[Definition]]) -> None:
    for child in _statements(node):
        inner = above
        if isinstance(child, _DEFINITIONS):
            found.setdefault(f"{above}{child.name}", []).append(child)
            inner = f"{above}{child.name}."
            if not isinstance(child, ast.ClassDef):
                inner += "<locals>."
        _collect(child, inner, found)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements directly within one, and the parts of a `try` or `match`."""
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        yield from getattr(node, name, ()) if not isinstance(node, ast.expr) else ()


def first_line(node: Definition) -> int:
    """The line that Python names as a definition's first: that of its first decorator."""
    return min([node.lineno, *(mark.lineno for mark in node.decorator_list)])


def text_of_file(file: str) -> SourceText | None:
    """A cell by the file name that IPython gave it, or a Python file that is not installed."""
    entry = linecache.cache.get(file)
    if entry is not None and len(entry) == 4 and entry[1] is None:  # how IPython keeps cells
        source = "".join(entry[2]).removesuffix("\n")
        return SourceText(source, Place(source_hash=source_hash(source)))
    if not is_users_file(file) or not (lines := linecache.getlines(file)):
        return None
    return SourceText("".join(lines), Place(file=file))


def is_users_file(file: Any) -> bool:
    """Whether a path is that of Python code which is neither installed nor part of greenlab."""
    return is_a(file, str) and file.endswith(".py") and not is_installed(file)


def is_users_module(name: Any) -> bool:
    """Whether a module is the user's: the notebook, or a file that is not installed."""
    if name in ("__main__", "__mp_main__"):
        return True
    if not is_a(name, str) or name.partition(".")[0] in sys.stdlib_module_names:
        return False
    module: Any = sys.modules.get(name)
    return is_a(module, types.ModuleType) and is_users_file(vars(module).get("__file__"))
