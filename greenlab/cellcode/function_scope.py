"""The names that a function of the user's sees while it runs, and what they stand for."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from greenlab.cellcode.abstract_values import (
    CALLABLES,
    FUNCTIONS,
    Defined,
    Function,
    Known,
    Value,
    thing_of,
    words_of,
)
from greenlab.cellcode.introspect import Origin
from greenlab.cellcode.name_bindings import Assigned, bindings
from greenlab.cellcode.values import Scope


@dataclass(eq=False)
class Locals(Scope):
    """Names as a function of the user's sees them while it runs.

    `first`: the name of its first parameter. Bound are parameters to what the call gives them,
    or to their defaults, and other names of its own to what it assigns to them.
    """

    outer: Scope | None = None
    function: Defined | None = None
    first: str | None = None
    bound: dict[str, Value | None] = field(default_factory=dict)
    own: Assigned = field(default_factory=Assigned)
    arguments: dict[str, Origin] = field(default_factory=dict)
    returns: Any = None
    """What it gave back, where that is alive under a name of the caller's."""
    results: dict[str, Any] = field(default_factory=dict)
    """The same for each name that it gave back: its last value."""

    @classmethod
    def of(
        cls,
        function: Defined,
        caller: Scope,
        *,
        call: ast.Call | None,
        holder: Value | None = None,
    ) -> Locals:
        """The names within a function that this call calls."""
        assert isinstance(function.node, CALLABLES)
        outer = function.scope
        inside = cls(
            outer.live,
            outer.named,
            outer.text_of,
            max(caller.depth, outer.depth) + 1,
            outer.family,
            outer=outer,
            function=function,
        )
        inside.bind(caller, call, holder)
        inside._assign()
        return inside

    def bind(self, caller: Scope, call: ast.Call | None, holder: Value | None) -> None:
        """Bind parameters that are not known yet to what this call gives them."""
        assert self.function is not None
        node = self.function.node
        assert isinstance(node, CALLABLES)
        names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        self.first = names[0] if names else None
        given: dict[str, Value | None] = {}
        free = names
        if holder is not None and names:
            given[names[0]], free = holder, names[1:]
        if call is not None:
            starred = any(isinstance(one, ast.Starred) for one in call.args)
            pairs = [*zip(free, () if starred else call.args, strict=False)]
            pairs += [(word.arg, word.value) for word in call.keywords if word.arg]
            for name, one in pairs:
                self.arguments.setdefault(name, Origin(one, caller))
            given |= {name: caller.value(one) for name, one in pairs}
            given = {**dict(words_of(call, caller)), **given}
        extra = [one.arg for one in node.args.kwonlyargs]
        for name in (*names, *extra):
            if self.bound.get(name) is None:
                self.bound[name] = given.get(name)
        self._defaults(node, names)
        for rest in (node.args.vararg, node.args.kwarg):
            if rest:
                self.bound.setdefault(rest.arg, None)

    def _defaults(self, node: Function | ast.Lambda, names: list[str]) -> None:
        assert self.function is not None
        pairs = [
            *zip(
                names[len(names) - len(node.args.defaults) :], node.args.defaults, strict=False
            ),
            *zip(
                (one.arg for one in node.args.kwonlyargs), node.args.kw_defaults, strict=False
            ),
        ]
        for name, default in pairs:
            if default is not None and self.bound.get(name) is None:
                self.bound[name] = self.function.scope.value(default)

    def lookup(self, name: str) -> Value | None:
        """Its own names first; one that is its own is never a global's."""
        if name in self.own:
            return self.own.lookup(name) or self.bound.get(name)
        if name in self.bound:
            return self.bound[name]
        assert self.outer is not None
        return self.outer.lookup(name)

    def names(self) -> set[str]:
        """Every name of its own."""
        return {*self.own, *self.bound}

    def known_things(self) -> dict[str, Any]:
        """Its own names that stand for live objects."""
        found = {}
        for name in self.names():
            match self.lookup(name):
                case Known(thing) | Defined(thing=thing) if thing is not None:
                    found[name] = thing
        return {**found, **self.results}

    def gave_back(self, value: Value | None) -> None:
        """What the function returned, where that is alive: the names that it returned."""
        assert self.function is not None
        returned = [one for one in own_nodes(self.function.node) if isinstance(one, ast.Return)]
        thing = self.returns = value.thing if isinstance(value, Known) else None
        if len(returned) != 1 or returned[0].value is None or thing is None:
            return
        pairs: list[tuple[ast.expr, Any]] = [(returned[0].value, thing)]
        if isinstance(returned[0].value, ast.Tuple):
            parts = thing if type(thing) is tuple else ()
            pairs = [*zip(returned[0].value.elts, parts, strict=False)]
        self.results |= {
            node.id: one
            for node, one in pairs
            if isinstance(node, ast.Name) and one is not None
        }

    def resolved(self, node: ast.AST) -> tuple[bool, Any]:
        """As in any scope; a name of its own is never one of the notebook's."""
        return True, thing_of(self.value(node))

    def came_from(self, node: ast.Name) -> Origin | None:
        """The last assignment before this place, or what the call gives for a parameter."""
        found = self.own.before(node)
        if found is None and node.id not in self.bound:
            found = self.own.only(node)
        if found is not None and found.node is not None:
            return Origin(found.node, self, found.path)
        if node.id in self.bound or node.id in self.own:
            return self.arguments.get(node.id)
        return None if self.outer is None else self.outer.came_from(node)

    def _value(self, node: ast.AST) -> Value | None:
        if isinstance(node, ast.Name) and node.id in self.results and self.own.settled(node):
            return Known(self.results[node.id])
        return super()._value(node)

    def value(self, node: ast.AST | None) -> Value | None:
        """As in any scope; while a name is worked out, what rests on it is not remembered."""
        if node is not None and self.own.concerns(node):
            self.live.tick()
            return self._value(node)
        return super().value(node)

    def _assign(self) -> None:
        assert self.function is not None
        nodes, elsewhere = _binding_nodes(self.function.node)
        for node in nodes:
            for one in bindings(node, self, self.function.text, f"{self.function.name}."):
                if one.name not in elsewhere:
                    self.own.add(one)


def assigned_to(attr: str, function: ast.AST) -> Iterator[ast.expr]:
    """What a method assigns to an attribute of its object; not where it only clears it."""
    args = getattr(function, "args", None)
    first = args.args[0].arg if isinstance(args, ast.arguments) and args.args else None
    for node in own_nodes(function):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        if isinstance(node.value, ast.Constant) and node.value.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            match target, node.value:
                case ast.Attribute(value=ast.Name(id=name), attr=known), given:
                    if (name, known) == (first, attr):
                        yield given
                case ast.Tuple(elts=targets), ast.Tuple(elts=values):
                    for part, given in zip(targets, values, strict=False):
                        if ast.unparse(part) == f"{first}.{attr}":
                            yield given


@functools.lru_cache(maxsize=256)
def own_nodes(function: ast.AST) -> tuple[ast.AST, ...]:
    """The nodes of a function but those of functions and classes within it, in their order."""
    return tuple(_own_nodes(function))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield from _own_nodes(child)


@functools.lru_cache(maxsize=256)
def _binding_nodes(function: ast.AST) -> tuple[tuple[ast.AST, ...], frozenset[str]]:
    """The nodes of a function that bind names, and the names that it does not own."""
    own = own_nodes(function)
    elsewhere = {
        name
        for node in own
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
    return tuple(node for node in own if isinstance(node, _BIND)), frozenset(elsewhere)


_BIND = (
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, *FUNCTIONS, ast.ClassDef,
    ast.Import, ast.ImportFrom, ast.withitem, ast.AugAssign, ast.ExceptHandler,
    ast.comprehension,
)  # fmt: skip
