"""The names that a function of the user's sees while it runs, and what they stand for."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from greenlab.cellcode.abstract_values import (
    CALLABLES,
    FUNCTIONS,
    Defined,
    Function,
    Imported,
    Known,
    Parts,
    Value,
    thing_of,
    words_of,
)
from greenlab.cellcode.introspect import Origin
from greenlab.cellcode.parsed_source import SourceText
from greenlab.cellcode.values import Scope


@dataclass(frozen=True, slots=True)
class Binding:
    """One statement's value for one name: `give` works it out.

    `node`: the expression that it comes of, `None` where that says nothing; `path`: see
    `Origin`.
    """

    name: str
    give: Callable[[], Value | None]
    node: ast.expr | None = None
    path: tuple[int | None, ...] = ()


class Assigned:
    """Names and what is assigned to each, in order: the last that is known counts."""

    def __init__(self) -> None:
        self._gives: dict[str, list[Binding]] = {}
        self._trying: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._gives

    def __iter__(self) -> Iterator[str]:
        return iter(self._gives)

    def add(self, binding: Binding) -> None:
        """One more assignment to a name."""
        self._gives.setdefault(binding.name, []).append(binding)

    def before(self, name: ast.Name) -> Binding | None:
        """The last assignment to a name that ends before it stands there."""
        place = (name.lineno, name.col_offset)
        every = self._gives.get(name.id, [])
        before = [one for one in every if one.node is not None and _end(one.node) <= place]
        return max(before, key=lambda one: _end(one.node)) if before else None  # type: ignore[arg-type]

    def only(self, name: ast.Name) -> Binding | None:
        """The one assignment to a name, as in a comprehension whose loop stands behind it."""
        every = self._gives.get(name.id, [])
        node = every[0].node if len(every) == 1 else None
        return every[0] if node is not None and name not in ast.walk(node) else None

    def settled(self, name: ast.Name) -> bool:
        """Whether no assignment to a name stands behind this place."""
        return all(
            one.node is not None and _end(one.node)[0] <= name.lineno
            for one in self._gives.get(name.id, ())
        )

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
                if (value := gives[index].give()) is not None:
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
                yield from _targets(target, given(value), scope, value)
        case ast.AnnAssign() | ast.NamedExpr() if node.value is not None:
            yield from _targets(node.target, given(node.value), scope, node.value)
        case (
            ast.For(target=target, iter=over)
            | ast.AsyncFor(target=target, iter=over)
            | ast.comprehension(target=target, iter=over)
        ):
            yield from _targets(target, lambda: element(over, scope), scope, over, (None,))
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            defined = Defined(node, text, scope, f"{above}{node.name}")
            yield Binding(node.name, lambda: defined)
        case ast.Import() | ast.ImportFrom():
            yield from _imports(node)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(target, lambda: None, scope)
        case ast.AugAssign(target=ast.Name(id=name)) | ast.ExceptHandler(name=str(name)):
            yield Binding(name, lambda: None)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    def imported(name: str) -> Callable[[], Value | None]:
        return lambda: Imported(name)

    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            yield Binding(alias.asname or top, imported(alias.name if alias.asname else top))
        elif node.module and not node.level:
            name = alias.asname or alias.name
            yield Binding(name, imported(f"{node.module}.{alias.name}"))


def _targets(
    target: ast.AST,
    give: Callable[[], Value | None],
    scope: Scope,
    node: ast.expr | None = None,
    path: tuple[int | None, ...] = (),
) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield Binding(target.id, give, node, path)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, lambda: None, scope)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, part in enumerate(target.elts):
            inner, rest = _part(node, path, index)
            yield from _targets(part, _at(give, index, scope), scope, inner, rest)


def _part(
    node: ast.expr | None, path: tuple[int | None, ...], index: int
) -> tuple[ast.expr | None, tuple[int | None, ...]]:
    """One part of what an expression gives, as an expression of its own where that stands."""
    match node:
        case ast.Tuple(elts=parts) if not path and index < len(parts):
            return parts[index], ()
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if path == (None,):
            return (inner, path) if index == 1 else (None, ())
        case ast.Call(func=ast.Name(id="zip"), args=parts) if path == (None,) and index < len(
            parts
        ):
            return parts[index], path
    return node, (*path, index)


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
        case ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]):
            return scope.value(first)
        case ast.Call(func=ast.Attribute(value=base, attr="items" | "values" | "keys" as what)):
            return scope.items_of(scope.value(base), what)
    return scope.first_of(scope.value(over))


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


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
