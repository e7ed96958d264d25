"""A notebook that was only read: the code of its cells, and what they plainly say."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlab.cellcode.ast_queries import written_name
from greenlab.cellcode.cell_ast import Code, bound
from greenlab.cellcode.reached import Reading, Unit
from greenlab.cellcode.source_hash import source_hash
from greenlab.record import Place

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class Cell:
    """One code cell; `index` counts code cells from 0."""

    index: int
    id: str | None
    source: str
    code: Code


@dataclass(frozen=True)
class Listing:
    """What a rule says of a notebook, and the cell in which the work is done.

    `place`: where the code stands, if in a function that the cell calls.
    """

    cell: Cell
    fact: str
    place: Place | None = None


@dataclass(frozen=True)
class Notebook:
    """The cells that are Python, in order."""

    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, sources: Sequence[tuple[str | None, str]]) -> Notebook:
        """Read cells, each an id (or `None`) and its source; nothing of them runs."""
        known: dict[str, str] = {}
        cells = []
        for index, (cell_id, source) in enumerate(sources):
            # Twice: what was imported in a cell names what is called there.
            for _ in range(2):
                if (code := Code.of(source, known.get)) is not None:
                    known.update(bound(code))
            if (code := Code.of(source, known.get)) is None:
                continue
            cells.append(Cell(index, cell_id, source, code))
        return cls(tuple(cells))

    @functools.cached_property
    def units(self) -> Mapping[int, tuple[Unit, ...]]:
        """What each cell runs, by its index: its own code, and the functions it leads to."""
        reading = Reading()
        return {
            cell.index: reading.cell(
                cell.source, Place(cell_id=cell.id, source_hash=source_hash(cell.source))
            )
            for cell in self.cells
        }

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """Every name in it, of variables, attributes, arguments and imports."""
        return frozenset().union(*(cell.code.words for cell in self.cells))

    @functools.cached_property
    def imports(self) -> frozenset[str]:
        """The top-level packages that it imports."""
        found: set[str] = set()
        for node in self.nodes():
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
        return frozenset(found)

    @functools.cached_property
    def literals(self) -> Mapping[str, Any]:
        """The names that the notebook binds once, to a number, a text, a list and the like."""
        values: dict[str, Any] = {}
        times: Counter[str] = Counter()
        for node in self.nodes():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                times[node.id] += 1
            elif isinstance(node, ast.Assign) and (value := _literal(node.value)) is not None:
                names = [one.id for one in node.targets if isinstance(one, ast.Name)]
                values.update(dict.fromkeys(names, value))
        return {name: value for name, value in values.items() if times[name] == 1}

    def nodes(self) -> Iterator[ast.AST]:
        """Every node of every cell."""
        for cell in self.cells:
            yield from cell.code.nodes

    def calls(self) -> Iterator[tuple[Cell, ast.Call]]:
        """Every call, with its cell."""
        for cell in self.cells:
            for call in cell.code.calls:
                yield cell, call

    def value(self, node: ast.expr | None) -> Any:
        """What an expression is, where it is a literal or a name for one; else `None`."""
        if isinstance(node, ast.Name):
            return self.literals.get(node.id)
        return None if node is None else _literal(node)

    def inside(self, function: str) -> set[ast.AST]:
        """The nodes of a function, or of the function in which it stands, by its name."""
        top = function.partition(".")[0]
        return {
            node
            for one in self.nodes()
            if isinstance(one, _FUNCTIONS) and one.name == top
            for node in ast.walk(one)
        }

    def given(self, name: str) -> Iterator[ast.expr]:
        """What the notebook assigns to a name, the last first."""
        for cell in reversed(self.cells):
            for node in reversed(cell.code.nodes):
                if isinstance(node, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == name
                    for target in node.targets
                ):
                    yield node.value

    def run_from(self, cell: Cell, node: ast.AST) -> tuple[Cell, int] | None:
        """The cell and line that make this code run: its own, or those of a call from outside.

        A function runs where it, or a caller of it, is called or handed to a call; a method of
        a class as well where the class is. `None` for code that the notebook only defines.
        """
        around = list(cell.code.within(node))
        functions = {one.name for one in around if isinstance(one, _FUNCTIONS)}
        if not functions:
            return cell, getattr(node, "lineno", 1)
        classes = {one.name for one in around if isinstance(one, ast.ClassDef)}
        return self._first_use(functions) or self._first_use(classes)

    def _first_use(self, names: set[str]) -> tuple[Cell, int] | None:
        """The first call from outside of every function that comes to one of these."""
        names = set(names)
        while more := self._users(names) - names:
            names |= more
        for cell, call in self.calls():
            outside = not any(isinstance(above, _SCOPES) for above in cell.code.within(call))
            if outside and self._uses[call] & names:
                return cell, call.lineno
        return None

    def _users(self, names: set[str]) -> set[str]:
        """The functions, and classes of methods, that use one of these."""
        return {
            above.name
            for cell, call in self.calls()
            if self._uses[call] & names
            for above in cell.code.within(call)
            if isinstance(above, (*_FUNCTIONS, ast.ClassDef))
        }

    @functools.cached_property
    def _uses(self) -> Mapping[ast.Call, frozenset[str]]:
        """For each call the names of what it calls and of what it hands on."""
        return {
            call: frozenset(
                written_name(one)
                for one in (call.func, *call.args, *(word.value for word in call.keywords))
            )
            for _, call in self.calls()
        }


def last_name(code: Code, call: ast.Call) -> str:
    """The last part of what is called, by its import where that is known: `Linear`."""
    return (code.path(call.func) or written_name(call.func)).rpartition(".")[2]


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
