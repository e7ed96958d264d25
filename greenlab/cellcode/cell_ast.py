"""A cell's code as the rules read it: a syntax tree and what its names stand for."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from greenlab.cellcode.abstract_values import Value, path_of
from greenlab.cellcode.ast_queries import calls, imported, own_names, parameters_of
from greenlab.cellcode.introspect import Origin
from greenlab.cellcode.ipython_syntax import Masked
from greenlab.cellcode.parsed_source import SourceText, parsed
from greenlab.cellcode.values import Scope
from greenlab.record.hot_stack import Facts

Names = Callable[[str], str | None]
_NOWHERE: Final = SourceText("")


@dataclass(eq=False)
class Others:
    """What a cell runs besides: `units`, the cell itself first, each function once.

    `cells` gives those that ran before, the latest first; `base` the notebook's names.
    `sightings`: what was seen, while the code ran, of what an expression stood for.
    """

    units: tuple[Code, ...] = ()
    base: Scope | None = None
    cells: Callable[[], Iterable[SourceText]] = tuple
    sightings: Mapping[ast.AST, Facts] = field(default_factory=dict)
    _earlier: dict[str, Code | None] = field(default_factory=dict)

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """Every name that stands in any of them."""
        return frozenset().union(*(unit.words for unit in self.units))

    @functools.cached_property
    def _texts_before(self) -> tuple[SourceText, ...]:
        return tuple(self.cells())

    def mentioning(self, word: str) -> Iterator[Code]:
        """What the cell runs, then the cells that ran before, where this stands in the text."""
        yield from (unit for unit in self.units if word in unit.origin.source)
        seen = {unit.origin.source for unit in self.units[:1]}
        for text in self._texts_before:
            if word not in text.source or text.source in seen or self.base is None:
                continue
            seen.add(text.source)
            if text.source not in self._earlier:
                self._earlier[text.source] = self._read(text, self.base)
            if (code := self._earlier[text.source]) is not None:
                yield code

    def _read(self, text: SourceText, base: Scope) -> Code | None:
        if (read := parsed(text.source)) is None:
            return None
        return Code.part(read.masked, read.tree, origin=text, base=base, scopes={}, others=self)

    def forget(self) -> None:
        """Let go of all that is known of the notebook."""
        self.units, self.base, self.cells = (), None, tuple
        self._earlier.clear()


@dataclass(frozen=True)
class Code:
    """A cell, or one function that it calls. Lines count from 1, as the user sees the cell.

    `text`: what the lines are those of. `base`: the names that it sees, and `scopes` those that
    functions within it see; without them only the text itself is known. `others`: what else
    the cell runs.
    """

    masked: Masked
    tree: ast.Module
    names: Names
    nodes: tuple[ast.AST, ...] = field(repr=False)
    parents: Mapping[ast.AST, ast.AST] = field(repr=False)
    origin: SourceText = _NOWHERE
    base: Scope | None = field(default=None, repr=False)
    scopes: Mapping[ast.AST, Scope] = field(default_factory=dict, repr=False)
    others: Others = field(default_factory=Others, repr=False)
    _paths: dict[ast.AST, str | None] = field(default_factory=dict, repr=False)
    _scope_of: dict[ast.AST, Scope] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, source: str, names: Names) -> Code | None:
        """The cell, or `None` if it is not Python or larger than any hand wrote.

        `names` says what a name of the notebook stands for, as a dotted path.
        """
        if (read := parsed(source)) is None:
            return None
        return cls(read.masked, read.tree, names, *_nodes(read.tree), SourceText(source))

    @classmethod
    def part(
        cls,
        masked: Masked,
        tree: ast.Module,
        *,
        origin: SourceText,
        base: Scope,
        scopes: Mapping[ast.AST, Scope],
        others: Others,
    ) -> Code:
        """The part of a text that this tree holds, with what its names stand for.

        `scopes`: the names that functions see, those of other texts included.
        """

        def names(name: str) -> str | None:
            return path_of(base.lookup(name))

        nodes, parents = _nodes(tree)
        own = {node: scopes[node] for node in nodes if node in scopes} if scopes else {}
        return cls(masked, tree, names, nodes, parents, origin, base, own, others)

    def scope(self, node: ast.AST) -> Scope | None:
        """The names that are seen where this node stands."""
        if not self.scopes:
            return self.base
        passed = []
        found = self.base
        for above in (node, *self.within(node)):
            known = self._scope_of.get(above) or self.scopes.get(above)
            if known is not None:
                found = known
                break
            passed.append(above)
        if found is not None:
            self._scope_of.update(dict.fromkeys(passed, found))
        return found

    def value(self, node: ast.AST) -> Value | None:
        """What an expression stands for, as far as reading tells."""
        scope = self.scope(node)
        return None if scope is None else scope.value(node)

    def resolved(self, node: ast.AST) -> tuple[bool, object]:
        """The live object of an expression, and whether no other look would find one."""
        scope = self.scope(node)
        return (False, None) if scope is None else scope.resolved(node)

    def came_from(self, node: ast.Name) -> Origin | None:
        """What gave a name of a function its value, before this place."""
        scope = self.scope(node)
        return None if scope is None else scope.came_from(node)

    def returned(self, call: ast.Call) -> Origin | None:
        """What the function of the user's gives back that is called here."""
        scope = self.scope(call)
        return None if scope is None else scope.returned(call)

    def seen(self, node: ast.AST) -> Facts:
        """What was seen of an expression's object while the code ran; empty: nothing was."""
        return self.others.sightings.get(node, {})

    @functools.cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        """Every call in the cell, in the order of its lines."""
        return tuple(calls(self.tree))

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """Every name that stands in the cell: of variables, attributes, arguments, imports."""
        found: set[str] = set()
        for node in self.nodes:
            for name in ("id", "attr", "arg", "name", "asname"):
                if isinstance(word := getattr(node, name, None), str):
                    found.update(word.split("."))
        return frozenset(found)

    @functools.cached_property
    def texts(self) -> frozenset[str]:
        """Every literal text in the cell."""
        return frozenset(
            node.value
            for node in self.nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    @functools.cached_property
    def attributes(self) -> frozenset[str]:
        """Every attribute that is read or written in the cell."""
        return frozenset(node.attr for node in self.nodes if isinstance(node, ast.Attribute))

    @functools.cached_property
    def _by_name(self) -> Mapping[str, list[ast.Call]]:
        found: dict[str, list[ast.Call]] = {}
        for call in self.calls:
            if isinstance(call.func, ast.Name):
                found.setdefault(call.func.id, []).append(call)
        return found

    def path(self, node: ast.AST) -> str | None:
        """What `a.b.c` stands for: `sklearn.ensemble.GradientBoostingClassifier`.

        The first and the last part can be trusted; those between are the module in which
        a library happens to keep the thing, or the one it is imported from.
        """
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        if node not in self._paths:
            self._paths[node] = self._path(node)
        return self._paths[node]

    def _path(self, node: ast.Name | ast.Attribute) -> str | None:
        if (scope := self.scope(node)) is not None:
            return scope.path(node)
        if isinstance(node, ast.Name):
            return self.names(node.id)
        base = self.path(node.value)
        return f"{base}.{node.attr}" if base else None

    def within(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around this one, nearest first."""
        while (above := self.parents.get(node)) is not None:
            yield above
            node = above

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that holds this node.

        Raises:
            ValueError: the node is not part of a statement.
        """
        for candidate in (node, *self.within(node)):
            if isinstance(candidate, ast.stmt):
                return candidate
        raise ValueError("not within a statement")

    def once(self, node: ast.AST) -> bool:
        """Whether a node runs at most once in the cell: no loop or function is around it."""
        again = (
            ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda,
            ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
        )  # fmt: skip
        return not any(isinstance(above, again) for above in self.within(node))

    def top(self, node: ast.AST) -> ast.stmt:
        """The statement of the cell itself that holds this node."""
        return [one for one in (node, *self.within(node)) if isinstance(one, ast.stmt)][-1]

    def import_line(self, node: ast.AST) -> int:
        """Where an import has to stand for this node: no method sees what its class imports."""
        top, whole = self.top(node), parsed(self.origin.source)
        for one in whole.tree.body if whole is not None else ():
            if one.lineno <= top.lineno <= (one.end_lineno or one.lineno):
                return one.lineno
        return top.lineno

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which this one stands."""
        above = self.parents.get(statement)
        for _, value in ast.iter_fields(above) if above else ():
            if isinstance(value, list) and statement in value:
                return value
        return [statement]

    def actual(self, node: ast.expr) -> ast.expr | None:
        """The expression itself or, for a parameter of a function here, its argument.

        `None` for a parameter when the cell does not call the function by its name. Where this
        is the code of one function, its parameters stand for themselves.
        """
        if not isinstance(node, ast.Name):
            return node
        for above in self.within(node):
            if isinstance(above, (ast.FunctionDef, ast.Lambda)):
                if above in self.scopes and above in self.tree.body and self.origin.place:
                    return node
                if node.id in parameters_of(above):
                    return self._argument(above, node.id)
        return node

    def _argument(self, function: ast.FunctionDef | ast.Lambda, name: str) -> ast.expr | None:
        called = self._name_of(function)
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        for call in self._by_name.get(called, ()):
            for word in call.keywords:
                if word.arg == name:
                    return self.actual(word.value)
            if name in names and names.index(name) < len(call.args):
                return self.actual(call.args[names.index(name)])
        return None

    def _name_of(self, function: ast.FunctionDef | ast.Lambda) -> str:
        """The name by which a function is called; empty where it has none."""
        if isinstance(function, ast.FunctionDef):
            return function.name
        match self.parents.get(function):
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name
        return ""

    def reads_elsewhere(self, names: set[str], node: ast.AST) -> bool:
        """Whether the cell reads one of these names outside of `node`.

        Those that a loop, comprehension or function around gives its own value do not count.
        """
        inside = set(ast.walk(node))
        return any(
            isinstance(one, ast.Name)
            and isinstance(one.ctx, ast.Load)
            and one.id in names
            and one not in inside
            and not any(one.id in own_names(above) for above in self.within(one))
            for one in self.nodes
        )

    def text(self, node: ast.AST) -> str:
        """The source of an expression as the user wrote it."""
        found = ast.get_source_segment(self.masked.text, node)
        return ast.unparse(node) if found is None else found


def _nodes(tree: ast.AST) -> tuple[tuple[ast.AST, ...], dict[ast.AST, ast.AST]]:
    """The nodes of a tree in the order of `ast.walk`, and the parent of each."""
    nodes, parents = [tree], {}
    for node in nodes:  # it grows meanwhile
        for child in ast.iter_child_nodes(node):
            parents[child] = node
            nodes.append(child)
    return tuple(nodes), parents


def bound(code: Code) -> dict[str, str]:
    """What a cell's imports and plain calls bind: `{"np": "numpy", "m": "sklearn.SVC()"}`."""
    found: dict[str, str] = {}
    for node in code.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            if path := code.path(node.value.func):
                names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                found.update(dict.fromkeys(names, f"{path}()"))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(imported(node))
    return found
