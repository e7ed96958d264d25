"""The names that a function of the user's sees while it runs, and what they stand for."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from greenlab.cellcode.abstract_values import (
    FUNCTIONS,
    Defined,
    Function,
    Imported,
    Known,
    Parts,
    Value,
)
from greenlab.cellcode.parsed_source import SourceText
from greenlab.cellcode.values import Scope


class Assigned:
    """Names and what is assigned to each, in order: the last that is known counts."""

    def __init__(self) -> None:
        self._gives: dict[str, list[Callable[[], Value | None]]] = {}
        self._trying: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._gives

    def __iter__(self) -> Iterator[str]:
        return iter(self._gives)

    def add(self, name: str, give: Callable[[], Value | None]) -> None:
        """One more assignment to a name."""
        self._gives.setdefault(name, []).append(give)

    def concerns(self, node: ast.AST) -> bool:
        """Whether a name that is being worked out stands in this expression."""
        return bool(self._trying) and any(
            isinstance(one, ast.Name) and one.id in self._trying for one in ast.walk(node)
        )

    def lookup(self, name: str) -> Value | None:
        """In `model = model.to(device)` the name on the right is what was assigned before."""
        gives = self._gives.get(name, [])
        before = self._trying.get(name)
        try:
            for index in reversed(range(len(gives) if before is None else before)):
                self._trying[name] = index
                if (value := gives[index]()) is not None:
                    return value
        finally:
            if before is None:
                self._trying.pop(name, None)
            else:
                self._trying[name] = before
        return None


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
        assert isinstance(function.node, FUNCTIONS)
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
        assert isinstance(node, FUNCTIONS)
        names = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        self.first = names[0] if names else None
        given: dict[str, Value | None] = {}
        free = names
        if holder is not None and names:
            given[names[0]], free = holder, names[1:]
        if call is not None:
            starred = any(isinstance(one, ast.Starred) for one in call.args)
            for name, one in zip(free, () if starred else call.args, strict=False):
                given[name] = caller.value(one)
            for word in call.keywords:
                if word.arg:
                    given[word.arg] = caller.value(word.value)
        extra = [one.arg for one in node.args.kwonlyargs]
        for name in (*names, *extra):
            if self.bound.get(name) is None:
                self.bound[name] = given.get(name)
        self._defaults(node, names)
        for rest in (node.args.vararg, node.args.kwarg):
            if rest:
                self.bound.setdefault(rest.arg, None)

    def _defaults(self, node: Function, names: list[str]) -> None:
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
        return found

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
            for name, give in bindings(
                node, self, self.function.text, f"{self.function.name}."
            ):
                if name not in elsewhere:
                    self.own.add(name, give)


Binding = tuple[str, Callable[[], Value | None]]


def bindings(
    node: ast.AST, scope: Scope, text: SourceText, above: str = ""
) -> Iterator[Binding]:
    """The names that one statement binds, each with what works out its value.

    `above`: the qualified name of the function it stands in, and a dot.
    """

    def given(expression: ast.expr) -> Callable[[], Value | None]:
        return lambda: scope.value(expression)

    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _targets(target, given(value), scope)
        case ast.AnnAssign() | ast.NamedExpr() if node.value is not None:
            yield from _targets(node.target, given(node.value), scope)
        case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over):
            yield from _targets(target, lambda: element(over, scope), scope)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            defined = Defined(node, text, scope, f"{above}{node.name}")
            yield node.name, lambda: defined
        case ast.Import() | ast.ImportFrom():
            yield from _imports(node)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(target, lambda: None, scope)
        case ast.AugAssign(target=ast.Name(id=name)) | ast.ExceptHandler(name=str(name)):
            yield name, lambda: None


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    def imported(name: str) -> Callable[[], Value | None]:
        return lambda: Imported(name)

    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            yield alias.asname or top, imported(alias.name if alias.asname else top)
        elif node.module and not node.level:
            yield alias.asname or alias.name, imported(f"{node.module}.{alias.name}")


def _targets(
    target: ast.AST, give: Callable[[], Value | None], scope: Scope
) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield target.id, give
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, lambda: None, scope)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, part in enumerate(target.elts):
            yield from _targets(part, _at(give, index, scope), scope)


def _at(
    give: Callable[[], Value | None], index: int, scope: Scope
) -> Callable[[], Value | None]:
    return lambda: scope.item(give(), index)


def element(over: ast.expr, scope: Scope) -> Value | None:
    """What the variable of a loop over this stands for: the first element for all."""
    match over:
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
            return Parts({0: None, 1: element(inner, scope)})
        case ast.Call(func=ast.Name(id="zip"), args=args):
            return Parts({i: element(one, scope) for i, one in enumerate(args)})
        case ast.Call(
            func=ast.Name(id="tqdm" | "list" | "sorted" | "reversed"), args=[inner, *_]
        ):
            return element(inner, scope)
        case ast.Call(func=ast.Attribute(value=base, attr="items" | "values" | "keys" as what)):
            return scope.items_of(scope.value(base), what)
    return scope.first_of(scope.value(over))


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
)  # fmt: skip
