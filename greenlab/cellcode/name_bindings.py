"""The names that statements bind, and what is known of the values that they give them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from greenlab.cellcode.abstract_values import Defined, Imported, Parts, Value
from greenlab.cellcode.ast_queries import imported
from greenlab.cellcode.containers import first_of, item, items_of
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
                yield from _targets(target, given(value), value)
        case ast.AnnAssign() | ast.NamedExpr() if node.value is not None:
            yield from _targets(node.target, given(node.value), node.value)
        case (
            ast.For(target=target, iter=over)
            | ast.AsyncFor(target=target, iter=over)
            | ast.comprehension(target=target, iter=over)
        ):
            yield from _targets(target, lambda: element(over, scope), over, (None,))
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            defined = Defined(node, text, scope, f"{above}{node.name}")
            yield Binding(node.name, lambda: defined)
        case ast.Import() | ast.ImportFrom():
            yield from _imports(node)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _targets(target, lambda: None)
        case ast.AugAssign(target=ast.Name(id=name)) | ast.ExceptHandler(name=str(name)):
            yield Binding(name, lambda: None)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    for name, path in imported(node).items():
        yield Binding(name, functools.partial(Imported, path))


def _targets(
    target: ast.AST,
    give: Callable[[], Value | None],
    node: ast.expr | None = None,
    path: tuple[int | None, ...] = (),
) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield Binding(target.id, give, node, path)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, lambda: None)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for index, part in enumerate(target.elts):
            inner, rest = _part(node, path, index)
            yield from _targets(part, _at(give, index), inner, rest)


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


def _at(give: Callable[[], Value | None], index: int) -> Callable[[], Value | None]:
    return lambda: item(give(), index)


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
            return items_of(scope.value(base), what)
    return first_of(scope.value(over))


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
