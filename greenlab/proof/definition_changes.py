"""What differs between two texts of one place, as far as it can be put into live objects."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NoReturn

from greenlab.cellcode.abstract_values import FUNCTIONS
from greenlab.cellcode.parsed_source import Definition
from greenlab.proof.code_version import CannotReplaceError
from greenlab.proof.definitions import (
    DEFINITIONS,
    IMPORTS,
    INSIDE,
    Function,
    IPythonLine,
    assigned,
    binds,
    defined,
    flat,
    is_text,
    named,
    parsed,
)

_OUTSIDE: Final = "is of code outside of its functions"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs. `functions`: qualified names of those whose code or defaults do.

    `users`: of those that find another thing under a name that the statements bind.
    `defaults`: of these, those with other default values. `statements`: imports and definitions
    that are new. `members`: methods that are new and attributes of classes, by qualified name.
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
        outer = qualname.partition(INSIDE)[0]
        return outer if outer in self.concerned else None


@functools.lru_cache(maxsize=16)
def changes(before: str, after: str, where: str) -> Changes:
    """What differs between two texts; `where` names their place in messages.

    Raises:
        CannotReplaceError: more than definitions does; the message says what to do.
        NotPythonError: a text is not Python.
    """
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
        self._bodies(before.body, after.body, "")
        names = {name for one in self._statements for name in binds(one)}
        users = {
            name
            for name, nodes in defined(after).items()
            if name not in names and any(names & _loads(node) for node in nodes)
        }
        return Changes(
            frozenset(self._functions),
            frozenset(users - self._functions),
            frozenset(self._defaults),
            tuple(self._statements),
            frozenset(self._members),
        )

    def _bodies(self, before: list[ast.stmt], after: list[ast.stmt], prefix: str) -> None:
        old, new = named(before), named(after)
        for name in {**old, **new}:
            olds, news = old.get(name, []), new.get(name, [])
            if len(olds) == len(news):
                for pair in zip(olds, news, strict=True):
                    self._pair(*pair, prefix)
            elif not news:
                self._refuse(f"takes {prefix}{name} away")
            elif olds:
                self._refuse(f"defines {prefix}{name} more or less often")
            elif not prefix:
                self._statements += news
            elif len(news) == 1 and isinstance(news[0], FUNCTIONS) and _is_plain(news[0]):
                self._members.add(f"{prefix}{name}")
            else:
                self._refuse(f"adds {prefix}{name}, which is no plain method")
        self._others(before, after, prefix)

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
            members = {*self._members}
            self._bodies(old.body, new.body, f"{name}.")
            if old.decorator_list and self._members != members:
                self._refuse(f"is of the parts of {name}, which a decorator has read")
            return
        assert isinstance(old, FUNCTIONS)
        assert isinstance(new, FUNCTIONS)
        if any(isinstance(node, IPythonLine) for one in (old, new) for node in ast.walk(one)):
            raise CannotReplaceError(
                f"the function {name} has a line for the shell in {self._where}, which no copy "
                "may run"
            )
        self._functions.add(name)
        given = [[*one.args.defaults, *one.args.kw_defaults] for one in (old, new)]
        if not _alike(*given):
            self._defaults.add(name)

    def _others(self, old: list[ast.stmt], new: list[ast.stmt], prefix: str) -> None:
        """Statements that define no function and no class."""
        before, after = _others_in(old), _others_in(new)
        for one in [*_beyond(after, before), *_beyond(before, after)]:
            if prefix and (name := assigned(one)):
                self._members.add(f"{prefix}{name}")
            elif prefix or not isinstance(one, IMPORTS):
                self._refuse(_OUTSIDE)
        if not prefix:
            self._statements += [
                one for one in _beyond(after, before) if isinstance(one, IMPORTS)
            ]

    def _refuse(self, what: str) -> NoReturn:
        raise CannotReplaceError(
            f"the change in {self._where} {what}, which cannot be put into objects that exist: "
            "make the change there, run it again, and compare this cell's runs"
        )


def _others_in(body: list[ast.stmt]) -> list[ast.AST]:
    return [one for one in flat(body) if not (isinstance(one, DEFINITIONS) or is_text(one))]


def _beyond(these: list[ast.AST], others: list[ast.AST]) -> list[ast.AST]:
    """Those of these nodes that the others have not, or not as often."""
    left = Counter(map(ast.dump, others))
    found = []
    for one in these:
        if left[ast.dump(one)] > 0:
            left[ast.dump(one)] -= 1
        else:
            found.append(one)
    return found


def _is_plain(node: Function) -> bool:
    """Whether its code is all that there is to it."""
    return not (node.decorator_list or node.args.defaults or any(node.args.kw_defaults))


def _alike(old: Iterable[ast.AST | None], new: Iterable[ast.AST | None]) -> bool:
    dumps = [[one and ast.dump(one) for one in side] for side in (old, new)]
    return dumps[0] == dumps[1]


def _loads(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ClassDef):
        return set()  # its methods are asked for themselves
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
