"""A change of definitions that a cell uses and that stand elsewhere: in a cell or in a file.

Only definitions are compared and replaced: what else that cell or file does has been done, and
doing it again could have effects. All of this is reading; `live_functions` does the rest.
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import CodeType
from typing import Final

from greenlab.cellcode.ipython_syntax import mask
from greenlab.cellcode.parsing import parse
from greenlab.proof.code_version import (
    CannotReplaceError,
    NotPythonError,
    UnfitError,
    not_python,
)

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS: Final = (*_FUNCTIONS, ast.ClassDef)
_IMPORTS: Final = (ast.Import, ast.ImportFrom)
_INSIDE: Final = ".<locals>."

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Redefinition:
    """Two texts of one place, and which of them a version runs with: 0 `before`, 1 `after`.

    `where` names the place in messages; `files`: under which names Python knows its code, none
    for cells of the notebook.
    """

    before: str
    after: str
    which: int
    where: str = "the cell that defines it"
    files: tuple[str, ...] = ()

    @classmethod
    def pair(
        cls, before: str, after: str, where: str, files: Iterable[str] = ()
    ) -> tuple[Redefinition, Redefinition]:
        """What the first and the second version run with.

        Raises:
            CannotReplaceError: more than definitions differs; the message says what to do.
            NotPythonError: a text does not parse.
        """
        first = cls(before, after, 0, where, tuple(files))
        changes = first.changes
        if not (changes.concerned or changes.members):
            raise CannotReplaceError(f"the change in {where} changes no function")
        return first, replace(first, which=1)

    @property
    def text(self) -> str:
        """The text that this version runs with."""
        return (self.before, self.after)[self.which]

    @property
    def changes(self) -> Changes:
        """What differs between the two.

        Raises:
            CannotReplaceError: more than definitions does; the message says what to do.
        """
        return _changes(self.before, self.after, self.where)

    def code_name(self, which: int) -> str:
        """The file name that code of one of the texts is given."""
        return f"<greenlab: {'ab'[which]}, {self.where}>"

    def codes(
        self, which: int, flags: int = 0, kept: tuple[str, Iterable[str]] | None = None
    ) -> dict[str, list[CodeType]]:
        """The code of every function in one of the texts, by qualified name, in their order.

        `flags`: of `from __future__ import ...`, as the live functions were compiled with.
        `kept`: a qualified name, and variables from around it that it keeps without use.
        """
        tree = parsed((self.before, self.after)[which])
        if kept is not None:
            _keep(tree, *kept)
        whole = compile(tree, self.code_name(which), "exec", flags, dont_inherit=True)
        found: dict[str, list[CodeType]] = {}
        for code in _within(whole):
            found.setdefault(code.co_qualname, []).append(code)
        return found

    def statements(self) -> list[ast.stmt]:
        """What of its text a version runs itself: imports and new definitions."""
        changes = self.changes
        names = {name for one in changes.statements for name in binds(one)}
        tree = parsed(self.text)
        return [one for one in tree.body if names & {*binds(one)}]

    def members(self) -> dict[str, ast.stmt]:
        """The new or other parts of classes, as this version's text has them."""
        changes = self.changes
        found = {}
        for name in changes.members:
            above, _, member = name.rpartition(".")
            for one in getattr(self.node(above), "body", ()):
                if member in (assigned(one), *binds(one)):
                    found[name] = one
        return found

    def node(self, name: str) -> Definition | None:
        """The definition of a qualified name in the text that this version runs with."""
        return defined(parsed(self.text)).get(name)


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs. `functions`: qualified names of those whose code or defaults do.

    `users`: of those that find another thing under a name that the statements bind.
    `defaults`: of these, those with other default values. `statements`: imports and definitions
    that are new. `members`: new methods and other attributes of classes, by qualified name.
    """

    functions: frozenset[str]
    users: frozenset[str]
    defaults: frozenset[str]
    statements: tuple[ast.stmt, ...]
    members: frozenset[str]

    @property
    def concerned(self) -> frozenset[str]:
        """The functions that do something else after the change."""
        return self.functions | self.users

    def is_in(self, qualname: str) -> str | None:
        """The changed function that this function is, or is defined in."""
        outer = qualname.partition(_INSIDE)[0]
        return outer if outer in self.concerned else None


def only_defines(text: str) -> bool:
    """Whether a text only defines functions and classes, with the imports for them."""
    try:
        body = parsed(text).body
    except UnfitError:
        return False
    kinds = [one for one in body if not _is_text(one)]
    only = all(isinstance(one, (*_DEFINITIONS, *_IMPORTS)) for one in kinds)
    return only and any(isinstance(one, _DEFINITIONS) for one in kinds)


def parsed(text: str) -> ast.Module:
    """The tree of a cell or file; a line of IPython's is the number 0 in it.

    Raises:
        NotPythonError: it is not Python.
    """
    masked = mask(text)
    if masked is None:
        raise NotPythonError(not_python(text))
    tree = parse(masked.text)
    if masked.hidden:
        tree = _Shown(masked.stand_in).visit(tree)
    return tree


def defined(tree: ast.Module) -> dict[str, Definition]:
    """Functions, classes and methods by qualified name; none that a function defines."""
    found: dict[str, Definition] = {}
    waiting: list[tuple[str, ast.Module | ast.ClassDef]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        for one in node.body:
            if isinstance(one, _DEFINITIONS):
                found[f"{prefix}{one.name}"] = one
            if isinstance(one, ast.ClassDef):
                waiting.append((f"{prefix}{one.name}.", one))
    return found


@functools.lru_cache(maxsize=16)
def _changes(before: str, after: str, where: str) -> Changes:
    return _Difference(where).between(parsed(before), parsed(after))


class _Difference:
    """Collects what differs, and refuses what cannot be put into live objects."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._functions: set[str] = set()
        self._defaults: set[str] = set()
        self._statements: list[ast.stmt] = []
        self._members: set[str] = set()

    def between(self, before: ast.Module, after: ast.Module) -> Changes:
        self._bodies(before, after, "")
        names = {name for one in self._statements for name in binds(one)}
        users = {
            name
            for name, node in defined(after).items()
            if isinstance(node, _FUNCTIONS) and names & _loads(node) and name not in names
        }
        return Changes(
            frozenset(self._functions),
            frozenset(users - self._functions),
            frozenset(self._defaults),
            tuple(self._statements),
            frozenset(self._members),
        )

    def _bodies(
        self, before: ast.Module | ast.ClassDef, after: ast.Module | ast.ClassDef, prefix: str
    ) -> None:
        old, new = _named(before.body), _named(after.body)
        if gone := [name for name in old if name not in new]:
            self._refuse(f"takes {prefix}{gone[0]} away")
        for name, node in new.items():
            if name in old:
                self._pair(old[name], node, prefix)
            elif not prefix:
                self._statements.append(node)
            elif isinstance(node, _FUNCTIONS) and _is_plain(node):
                self._members.add(f"{prefix}{name}")
            else:
                self._refuse(f"adds {prefix}{name}, which is no plain method")
        self._others(before.body, after.body, prefix)

    def _pair(self, old: Definition, new: Definition, prefix: str) -> None:
        name = f"{prefix}{new.name}"
        if ast.dump(old) == ast.dump(new):
            return
        if type(old) is not type(new):
            self._refuse(f"makes something of another kind of {name}")
        if not _alike(old.decorator_list, new.decorator_list):
            self._refuse(f"is of the decorators of {name}")
        if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            if not _alike([*old.bases, *old.keywords], [*new.bases, *new.keywords]):
                self._refuse(f"is of what {name} descends from")
            self._bodies(old, new, f"{name}.")
            return
        assert isinstance(old, _FUNCTIONS)
        assert isinstance(new, _FUNCTIONS)
        for one in (old, new):
            if any(isinstance(node, _Line) for node in ast.walk(one)):
                raise CannotReplaceError(
                    f"the function {name} has a line for the shell in {self._where}, "
                    "which no copy may run"
                )
        self._functions.add(name)
        given = [[*one.args.defaults, *one.args.kw_defaults] for one in (old, new)]
        if not _alike(*given):
            self._defaults.add(name)

    def _others(self, old: list[ast.stmt], new: list[ast.stmt], prefix: str) -> None:
        """Statements that define no function and no class."""
        before, after = Counter(_dumps(old)), Counter(_dumps(new))
        for one in new:
            if isinstance(one, _DEFINITIONS) or _is_text(one) or ast.dump(one) in before:
                continue
            if prefix and (name := assigned(one)):
                self._members.add(f"{prefix}{name}")
            elif not prefix and isinstance(one, _IMPORTS):
                self._statements.append(one)
            else:
                self._refuse("is of code outside of its functions")
        if not prefix and before - after - Counter(_dumps(old, _IMPORTS)):
            self._refuse("is of code outside of its functions")

    def _refuse(self, what: str) -> None:
        raise CannotReplaceError(
            f"the change in {self._where} {what}, which cannot be put into objects that exist: "
            "make the change there, run it again, and compare this cell's runs"
        )


class _Line(ast.Constant):
    """Stands for a line of IPython's."""


class _Shown(ast.NodeTransformer):
    def __init__(self, stand_in: str) -> None:
        self._stand_in = stand_in

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id.startswith(self._stand_in):
            return ast.copy_location(_Line(0), node)
        return node


def _is_plain(node: Function) -> bool:
    """Whether its code is all that there is to it."""
    return not (node.decorator_list or node.args.defaults or any(node.args.kw_defaults))


def _named(body: Iterable[ast.stmt]) -> dict[str, Definition]:
    return {one.name: one for one in body if isinstance(one, _DEFINITIONS)}


def _keep(tree: ast.Module, qualname: str, variables: Iterable[str]) -> None:
    """Let functions of this name refer to variables where nothing ever comes to it."""
    found: list[tuple[str, ast.AST]] = [("", tree)]
    for prefix, node in found:
        for one in ast.iter_child_nodes(node):
            if not isinstance(one, _DEFINITIONS):
                found.append((prefix, one))
                continue
            name = f"{prefix}{one.name}"
            found.append((f"{name}." if isinstance(one, ast.ClassDef) else name + _INSIDE, one))
            if name == qualname:
                names = ", ".join(sorted(variables))
                one.body.insert(
                    1 if _is_text(one.body[0]) else 0, parse(f"if 0: {names}").body[0]
                )
    ast.fix_missing_locations(tree)


def _within(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _within(one)


def _dumps(body: Iterable[ast.stmt], kinds: tuple[type, ...] = (ast.stmt,)) -> list[str]:
    return [
        ast.dump(one)
        for one in body
        if isinstance(one, kinds) and not isinstance(one, _DEFINITIONS) and not _is_text(one)
    ]


def _is_text(node: ast.stmt) -> bool:
    """A docstring, a line of IPython's, or `pass`: nothing that does anything."""
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, ast.Pass)


def _alike(old: Iterable[ast.AST | None], new: Iterable[ast.AST | None]) -> bool:
    dumps = [[one and ast.dump(one) for one in side] for side in (old, new)]
    return dumps[0] == dumps[1]


def assigned(node: ast.stmt) -> str | None:
    """The name that a plain assignment binds to a value."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def binds(node: ast.stmt) -> Iterator[str]:
    """The names that a definition or an import binds."""
    if isinstance(node, _DEFINITIONS):
        yield node.name
    elif isinstance(node, _IMPORTS):
        for one in node.names:
            yield one.asname or one.name.partition(".")[0]


def _loads(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
