"""Puts a version's definitions into the objects of this process: of a copy, never the kernel.

The functions themselves get other code, so that all who hold one have the new version:
instances, closures, partials, callbacks, tables. Decorators, closures, caches and default
values stay as they were made, and nothing but what changed is run.
"""

from __future__ import annotations
import __future__

import abc
import ast
import functools
import gc
import linecache
import os
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, Final

from greenlab.cellcode.abstract_values import FUNCTIONS
from greenlab.proof.code_version import CannotReplaceError
from greenlab.proof.definition_changes import Changes
from greenlab.proof.definitions import IMPORTS, binds
from greenlab.proof.redefinition import Redefinition

_FUTURE: Final = sum(
    getattr(__future__, name).compiler_flag for name in __future__.all_feature_names
)
_PLAIN_CLASSES: Final = (type, abc.ABCMeta)

Namespace = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was put in. `names`: the functions; `code_name`: the file name of their new code.

    `old`: the code that they had; `under_way`: whether a generator goes on with some of that.
    """

    names: frozenset[str]
    code_name: str
    old: frozenset[CodeType]
    under_way: bool


def put_in(one: Redefinition, namespace: Namespace) -> Replaced:
    """From now on this process has the definitions of one version. `namespace`: the notebook's.

    Raises:
        CannotReplaceError: they cannot be put into objects that exist; the message says why.
    """
    return _Placement(one, namespace).done()


def tree_of(
    function: FunctionType, one: Redefinition, namespace: Mapping[str, Any]
) -> ast.AST | None:
    """What a live function says, with all around it, in one version; `None` if as before."""
    name = _changed(function, one, namespace)
    return None if name is None else ast.Module([*one.nodes(name)], [])


@dataclass
class _Placement:
    one: Redefinition
    namespace: Namespace
    _codes: dict[int, tuple[dict[str, list[CodeType]], ...]] = field(default_factory=dict)

    def done(self) -> Replaced:
        one, changes = self.one, self.one.changes
        objects = _tracked()
        found = [
            (live, pair) for live in self._of_the_place(objects) if (pair := self._pair(live))
        ]
        self._check(changes, {live.__code__.co_qualname for live, _ in found})
        lines = one.text.splitlines(keepends=True)
        linecache.cache[one.code_name(one.which)] = (
            len(one.text), None, lines, one.code_name(one.which),
        )  # fmt: skip
        homes = self._homes([live for live, _ in found])
        for home in homes:
            self._run_statements(changes, home)
            self._set_members(changes, home)
        old = frozenset(live.__code__ for live, _ in found)
        for live, pair in found:
            self._replace(live, pair[one.which], changes)
        under_way = any(
            type(thing) is types.GeneratorType and thing.gi_code in old and thing.gi_frame
            for thing in objects
        )
        return Replaced(changes.concerned, one.code_name(one.which), old, under_way)

    def _of_the_place(self, objects: Iterable[Any]) -> Iterator[FunctionType]:
        """Live functions that the changed part of the place may have defined."""
        for thing in objects:
            if type(thing) is FunctionType and _changed(thing, self.one, self.namespace):
                yield thing

    def _pair(self, live: FunctionType) -> tuple[CodeType, CodeType] | None:
        """The code of a live function in both texts, `None` if it is of neither."""
        flags = live.__code__.co_flags & _FUTURE
        if flags not in self._codes:
            self._codes[flags] = self.one.codes(0, flags), self.one.codes(1, flags)
        name = live.__code__.co_qualname
        before, after = (codes.get(name, []) for codes in self._codes[flags])
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            return next((pair for pair in pairs if _is_one_of(live.__code__, pair)), None)
        if _is_one_of(live.__code__, before):
            raise CannotReplaceError(
                f"there is a {name} already, and the change leaves it out: run the cells "
                "that made it again after the change, and compare their runs"
            )
        return None

    def _check(self, changes: Changes, names: set[str]) -> None:
        if missing := sorted(changes.concerned - names):
            raise CannotReplaceError(
                f"no function here is {missing[0]} as {self.one.where} defines it: run "
                f"{self.one.where} again, then this cell"
            )

    def _homes(self, found: list[FunctionType]) -> list[Namespace]:
        """The names among which the place's definitions are."""
        homes = {id(live.__globals__): live.__globals__ for live in found}
        if homes:
            return list(homes.values())
        if not self.one.files:
            return [self.namespace]
        files = {*map(_real, self.one.files)}
        known = [
            (vars(one), getattr(one, "__file__", None)) for one in list(sys.modules.values())
        ]
        return [names for names, file in known if type(file) is str and _real(file) in files]

    def _run_statements(self, changes: Changes, home: Namespace) -> None:
        """Imports and new definitions; version 0 has its own where the two differ."""
        one, chosen = self.one, self.one.statements()
        _run(chosen, one.code_name(one.which), home)
        names = {name for new in changes.statements for name in binds(new)}
        silent = one.which == 0 and not (chosen or changes.functions)
        if silent and _would_not_change(changes, names & {*home}, home):
            raise CannotReplaceError(
                f"the change in {one.where} has been made already: undo it and run that cell, "
                "then this one"
            )

    def _set_members(self, changes: Changes, home: Namespace) -> None:
        """Methods and attributes of classes, as this version's text has them."""
        found, codes = self.one.members(), self.one.codes(self.one.which)
        for name in changes.members:
            above, _, member = name.rpartition(".")
            cls, node = _class(above, home), found.get(name)
            if isinstance(node, FUNCTIONS):
                setattr(cls, member, _method(codes[name][-1], cls, home))
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                assert node.value is not None
                setattr(cls, member, _evaluated(node.value, home, name))
            elif member in vars(cls):
                delattr(cls, member)

    def _replace(self, live: FunctionType, code: CodeType, changes: Changes) -> None:
        name = code.co_qualname
        code = self._fitting(live, code)
        if name in changes.defaults:
            node = self.one.nodes(name)[-1]
            assert isinstance(node, FUNCTIONS)
            home = live.__globals__
            live.__defaults__ = tuple(_evaluated(one, home, name) for one in node.args.defaults)
            words = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            live.__kwdefaults__ = {
                word.arg: _evaluated(value, home, name) for word, value in words if value
            }
        for used in code.co_names:  # a copy by pickling holds no more than the old code used
            if used not in live.__globals__ and used in self.namespace:
                live.__globals__[used] = self.namespace[used]
        live.__code__ = code

    def _fitting(self, live: FunctionType, code: CodeType) -> CodeType:
        """The same code with all the variables from around it that the live function has."""
        name, has, uses = code.co_qualname, live.__code__.co_freevars, code.co_freevars
        if has == uses:
            return code
        if not {*uses} < {*has}:
            raise CannotReplaceError(
                f"there is a {name} already, which uses other variables of the function around "
                "it than the change does: run the cells that made it again after the change, "
                "and compare their runs"
            )
        flags, which = live.__code__.co_flags & _FUTURE, self.one.which
        at = self._codes[flags][which][name].index(code)
        return self.one.codes(which, flags, kept=(name, {*has} - {*uses}))[name][at]


def _changed(
    function: FunctionType, one: Redefinition, namespace: Mapping[str, Any]
) -> str | None:
    """The changed function that a live one may be, or may have been made in."""
    code = function.__code__
    name = one.changes.is_in(code.co_qualname)
    if name is None or code.co_filename in (one.code_name(0), one.code_name(1)):
        return name
    if _on_disk(code.co_filename):
        near = _real(code.co_filename) in map(_real, one.files)
    else:  # a cell's, or one that came to another interpreter by pickling
        near = function.__globals__ is namespace or function.__module__ == "__main__"
    return name if near else None


_real: Final = functools.lru_cache(maxsize=1_000)(os.path.realpath)
_on_disk: Final = functools.lru_cache(maxsize=1_000)(os.path.isfile)


def _form(code: CodeType) -> tuple[Any, ...]:
    """What code does, wherever its lines stand."""
    constants = tuple(
        _form(one) if isinstance(one, CodeType) else (type(one), repr(one))
        for one in code.co_consts
    )
    return (
        code.co_name, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        code.co_flags, code.co_code, code.co_exceptiontable, code.co_names, code.co_varnames,
        code.co_freevars, code.co_cellvars, constants,
    )  # fmt: skip


def _is_one_of(code: CodeType, others: Iterable[CodeType]) -> bool:
    form = _form(code)
    return any(_form(one) == form for one in others)


def _tracked() -> list[Any]:
    """Every object that Python's collector knows; a copy has put them away from it."""
    gc.unfreeze()
    found = gc.get_objects()
    gc.freeze()
    return found


def _class(name: str, home: Namespace) -> type:
    thing: Any = home.get(name.partition(".")[0])
    for part in name.split(".")[1:]:
        thing = vars(thing).get(part) if isinstance(thing, type) else None
    if not isinstance(thing, type):
        raise CannotReplaceError(
            f"{name} is no class any more: run the cell that defines it again"
        )
    if type(thing) not in _PLAIN_CLASSES:
        raise CannotReplaceError(
            f"the class {name} is of a kind of its own ({type(thing).__name__}), whose "
            "attributes cannot be put into objects that exist: make the change, run the cells "
            "again, and compare their runs"
        )
    return thing


def _method(code: CodeType, cls: type, home: Namespace) -> FunctionType:
    """A new method; the one variable that it may have from around it is `__class__`."""
    cells = tuple(types.CellType(cls) for _ in code.co_freevars)
    return FunctionType(code, home, code.co_name, None, cells)  # type: ignore[arg-type]


def _evaluated(node: ast.expr, home: Namespace, name: str) -> Any:
    code = compile(ast.Expression(node), "<greenlab>", "eval", dont_inherit=True)
    try:
        return eval(code, home)  # type: ignore[arg-type]  # noqa: S307
    except NameError:
        raise CannotReplaceError(
            f"a value of {name} uses names of the class around it"
        ) from None


def _would_not_change(changes: Changes, names: set[str], home: Namespace) -> bool:
    """Whether the imports of the change bring what these names stand for already."""
    imports = [one for one in changes.statements if isinstance(one, IMPORTS)]
    scratch = {name: home.get(name) for name in ("__name__", "__package__")}
    _run(imports, "<greenlab>", scratch)
    found = [name for name in names if name in scratch]
    return bool(found) and all(scratch[name] is home[name] for name in found)


def _run(statements: Sequence[ast.stmt], code_name: str, home: Namespace) -> None:
    code = compile(ast.Module([*statements], []), code_name, "exec", dont_inherit=True)
    exec(code, home)  # type: ignore[arg-type]  # noqa: S102
