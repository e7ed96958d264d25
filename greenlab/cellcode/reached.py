"""What a cell runs: its own code and, in turn, the user's functions that it calls.

They stand in earlier cells, in the user's modules and in scripts that `%run` runs. What a cell
only defines did not run. Each function is a unit with names of its own: parameters stand for
what the call gives them, `self` for what the method is called on.
"""

from __future__ import annotations

import ast
import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from greenlab.cellcode.abstract_values import Defined, Known, Value
from greenlab.cellcode.call_graph import MOST_UNITS, CallGraph, Unit
from greenlab.cellcode.function_scope import own_nodes
from greenlab.cellcode.functions_that_ran import functions_at
from greenlab.cellcode.introspect import Live
from greenlab.cellcode.look_budget import LookBudget
from greenlab.cellcode.name_bindings import Assigned, Binding, bindings
from greenlab.cellcode.parsed_source import Parsed, SourceText, Texts, parsed, text_of_file
from greenlab.cellcode.values import Scope, is_code
from greenlab.record import Place
from greenlab.record.hot_stack import UserLine

__all__ = ["MOST_UNITS", "Reading", "Unit", "reached"]
MOST_STEPS: Final = 100_000
"""For what names stand for; no limit that code written by hand comes near."""
BUDGET_S: Final = 0.015
_RUN: Final = re.compile(r"\s*%run\s+(?:-\w+\s+)*[\"']?([^\s\"']+\.(?:py|ipy))")


def reached(
    source: str,
    namespace: Mapping[str, Any],
    texts: Texts | None = None,
    ran: Iterable[UserLine] = (),
) -> tuple[Unit, ...]:
    """The cell first, then each function it leads to; empty if the cell is not Python.

    `texts` gives the text of a live function. What 15 ms do not reach is left out. `ran`: lines
    at which the cell was seen to work: functions in which they are were reached, although
    reading may not tell how, as where a table of functions or a decorator calls them.
    """
    texts = texts or Texts()
    if (read := parsed(source)) is None:
        return ()
    cell = SourceText(source)
    whole = [(cell, read), *_scripts(read)]

    known: dict[tuple[str, str], SourceText | None] = {}

    def text(function: Any) -> SourceText | None:
        top = function.__qualname__.partition(".")[0]
        if function.__globals__ is namespace and top in read.top_level:
            return cell
        file = function.__code__.co_filename
        if (file, top) not in known:
            known[file, top] = texts.of(function)
        return known[file, top]

    def named(name: str) -> Value | None:
        found = scope.known(namespace.get(name))
        if isinstance(found, Known) and is_code(found.thing):
            return _defined_in(whole, name, found, scope)
        return found or own.lookup(name)

    scope = Scope(Live(namespace, budget=LookBudget(BUDGET_S, seen=-MOST_STEPS)), named, text)
    own = _not_there(cell, read, scope, namespace)
    reach = CallGraph(scope.live, scope, namespace, texts.cells)
    return reach.units(whole, functions_at(ran, cell, scope, texts))


def _defined_in(
    whole: list[tuple[SourceText, Parsed]], name: str, found: Known, scope: Scope
) -> Value:
    """A function whose file is not known, by the text that defines its name."""
    for text, read in whole:
        if (node := read.defined(name)) is not None:
            return Defined(node, text, scope, name, found.thing)
    return found


def _not_there(
    cell: SourceText, read: Parsed, scope: Scope, namespace: Mapping[str, Any]
) -> Assigned:
    """What a cell binds and is not there: it was interrupted, or deleted it."""
    own = Assigned()
    for binding in _bound_in(read, scope, cell):
        if namespace.get(binding.name) is None:
            own.add(binding)
    return own


def _bound_in(read: Parsed, scope: Scope, text: SourceText) -> Iterator[Binding]:
    """What a cell binds of the notebook's own names."""
    for node in own_nodes(read.tree):
        yield from bindings(node, scope, text)


class Reading:
    """A notebook's cells in order, where nothing runs: what each defines, later ones see."""

    def __init__(self) -> None:
        self._live = Live({}, budget=LookBudget(math.inf, seen=-sys.maxsize))
        self._names = Assigned()
        self._cells: list[SourceText] = []

    def cell(self, source: str, place: Place) -> tuple[Unit, ...]:
        """The next cell and what it leads to; empty if it is not Python."""
        if (read := parsed(source)) is None:
            return ()
        scope = _ReadScope(self._live, self._names.lookup, lambda _: None, assigned=self._names)
        text = SourceText(source, place)
        for binding in _bound_in(read, scope, text):
            self._names.add(binding)
        earlier = tuple(reversed(self._cells))
        self._cells.append(text)
        whole = [(SourceText(source), read), *_scripts(read)]
        return CallGraph(self._live, scope, {}, lambda: earlier).units(whole)


@dataclass(eq=False)
class _ReadScope(Scope):
    """The names of a notebook that is only read."""

    assigned: Assigned = field(default_factory=Assigned)

    def value(self, node: ast.AST | None) -> Value | None:
        if node is not None and self.assigned.concerns(node):
            return self._value(node)
        return super().value(node)


def _scripts(cell: Parsed) -> Iterator[tuple[SourceText, Parsed]]:
    """The scripts of the user's that a cell runs by `%run`."""
    for line in cell.masked.hidden:
        if ran := _RUN.match(line):
            script = text_of_file(str(Path(ran[1]).absolute()))
            if script is not None and (inside := parsed(script.source)) is not None:
                yield script, inside
