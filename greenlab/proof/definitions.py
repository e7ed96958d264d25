"""The definitions in a text, a cell or a file, and what else it says. Nothing of it is run."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from typing import Final

from greenlab.cellcode.abstract_values import FUNCTIONS
from greenlab.cellcode.ipython_syntax import mask
from greenlab.cellcode.parsed_source import Definition, definitions_in
from greenlab.cellcode.parsing import parse
from greenlab.proof.code_version import NotPythonError, UnfitError, not_python

DEFINITIONS: Final = (*FUNCTIONS, ast.ClassDef)
IMPORTS: Final = (ast.Import, ast.ImportFrom)
INSIDE: Final = ".<locals>."
_BLOCKS: Final = ("body", "orelse", "finalbody")
_PARTS: Final = ("handlers", "cases")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class IPythonLine(ast.Constant):
    """Stands for a line of IPython's."""


def parsed(text: str) -> ast.Module:
    """The tree of a cell or file; a line of IPython's is the number 0 in it.

    Raises:
        NotPythonError: it is not Python.
    """
    masked = mask(text)
    if masked is None:
        raise NotPythonError(not_python(text))
    tree = parse(masked.text)
    return _Shown(masked.stand_in).visit(tree) if masked.hidden else tree


def only_defines(text: str) -> bool:
    """Whether a text only defines functions and classes, with the imports for them."""
    try:
        body = [one for one in parsed(text).body if not is_text(one)]
    except UnfitError:
        return False
    only = all(isinstance(one, (*DEFINITIONS, *IMPORTS)) for one in body)
    return only and any(isinstance(one, DEFINITIONS) for one in body)


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Statements with those in the blocks of `if`, `try` and their like, which stand empty."""
    for one in body:
        if isinstance(one, DEFINITIONS):
            yield one
        else:
            yield from _flat(one)


def named(body: Iterable[ast.stmt]) -> dict[str, list[Definition]]:
    """Definitions by their names, in order: `if` and `else` may both have one."""
    found: dict[str, list[Definition]] = {}
    for one in flat(body):
        if isinstance(one, DEFINITIONS):
            found.setdefault(one.name, []).append(one)
    return found


def defined(tree: ast.Module) -> dict[str, tuple[Definition, ...]]:
    """Functions, classes and methods by qualified name; none that a function defines."""
    found = definitions_in(tree)
    return {name: nodes for name, nodes in found.items() if INSIDE not in name}


def binds(node: ast.AST) -> Iterator[str]:
    """The names that a definition or an import binds."""
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, IMPORTS):
        for one in node.names:
            yield one.asname or one.name.partition(".")[0]


def assigned(node: ast.AST) -> str | None:
    """The name that a plain assignment binds to a value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def is_text(node: ast.AST) -> bool:
    """A docstring, a line of IPython's, or `pass`: nothing that does anything."""
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, ast.Pass)


def keep(tree: ast.Module, qualname: str, variables: Iterable[str]) -> None:
    """Let functions of this name refer to variables where nothing ever comes to it."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    for prefix, node in waiting:
        for one in ast.iter_child_nodes(node):
            if not isinstance(one, DEFINITIONS):
                waiting.append((prefix, one))
                continue
            name = f"{prefix}{one.name}"
            waiting.append(
                (f"{name}." if isinstance(one, ast.ClassDef) else name + INSIDE, one)
            )
            if name == qualname:
                never = parse(f"if 0: {', '.join(sorted(variables))}").body[0]
                one.body.insert(1 if is_text(one.body[0]) else 0, never)
    ast.fix_missing_locations(tree)


def _flat(node: ast.AST) -> Iterator[ast.AST]:
    blocks = [part for name in _BLOCKS for part in getattr(node, name, ())]
    parts = [part for name in _PARTS for part in getattr(node, name, ())]
    if isinstance(node, ast.expr) or not (blocks or parts):
        yield node
        return
    header = copy.copy(node)
    for name in (*_BLOCKS, *_PARTS):
        if hasattr(node, name):
            setattr(header, name, [])
    yield header
    yield from flat(blocks)
    for part in parts:
        yield from _flat(part)


class _Shown(ast.NodeTransformer):
    def __init__(self, stand_in: str) -> None:
        self._stand_in = stand_in

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id.startswith(self._stand_in):
            return ast.copy_location(IPythonLine(0), node)
        return node
