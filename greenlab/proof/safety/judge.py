"""What may run again, and where: judged from the code and the live objects it works on.

Four levels. `pure`: it leaves everything as it was, so it may run in this kernel. `state`: it
changes objects, so it runs in another process. `files`: it writes files as well, so that
process works in a temporary folder. `unsafe`: it reaches outside, or what it does is not
known; it never runs again. What is doubtful is unsafe.

This analyses code and is no sandbox: `runtime_guard` checks again while the code runs.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from greenlab.cellcode.introspect import is_a
from greenlab.proof.code_version import CodeVersion, UnfitError
from greenlab.proof.definitions import binds
from greenlab.proof.patch_functions import tree_of
from greenlab.proof.redefinition import Redefinition
from greenlab.proof.safety import allowlist, calls, file_writes, mutations
from greenlab.proof.safety.judgement import LEVELS, Judgement, Level
from greenlab.proof.safety.name_scopes import bound, scope_of
from greenlab.proof.safety.object_graph import (
    UnknownError,
    is_users_module,
    members,
    source_tree,
    top_module,
)
from greenlab.proof.safety.refusal import UnsafeError, refuse, text_of

_MOST_OBJECTS: Final = 30_000
"""Objects that are followed; a bound on time, beyond which the code is not judged."""


def judge(
    version: str | Callable[..., Any] | CodeVersion, namespace: Mapping[str, Any]
) -> Judgement:
    """Whether this code may run again with these variables. Nothing of it is run here."""
    try:
        one = version if isinstance(version, CodeVersion) else CodeVersion.of(version)
        look = _Look(namespace, one.redefined)
        look.definitions()
        if one.call is not None:
            look.thing(one.call, "the function")
        else:
            one.code("cell")
            look.tree(one.tree, namespace, top=True)
    except UnfitError as error:
        return Judgement("unsafe", str(error))
    except UnsafeError as error:
        return Judgement("unsafe", error.reason, error.line)
    except UnknownError as error:
        return Judgement("unsafe", str(error))
    except RecursionError:
        return Judgement("unsafe", "it is nested too deeply to be read")
    return Judgement(look.level, None, None, frozenset(look.reads), frozenset(look.paths))


@dataclass
class _Look:
    """Reads trees and objects, following what is the user's own; raises at what is unsafe."""

    namespace: Mapping[str, Any]
    redefined: Redefinition | None = None
    level: Level = "pure"
    reads: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    _seen: dict[int, Any] = field(default_factory=dict)
    _added: set[str] = field(default_factory=set)

    def definitions(self) -> None:
        """Judge what of other cells and files the version runs with in another form."""
        if self.redefined is None:
            return
        self._at_least("state")
        statements = self.redefined.statements()
        self._added = {name for one in statements for name in binds(one)}
        statements += self.redefined.members().values()
        self.tree(ast.Module(statements, []), self.namespace, top=False)

    def tree(self, tree: ast.AST, scope: Mapping[str, Any], *, top: bool) -> None:
        """Judge code whose free names are looked up in `scope`."""
        binds, own = bound(tree), file_writes.named_here(tree)
        parents = {c: node for node in ast.walk(tree) for c in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            line = getattr(node, "lineno", None) if top else None
            around = calls.Around(scope, line, own, binds)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self._read(node, parents.get(node), around, seen=top or node.id not in binds)
            else:
                self._node(node, parents.get(node), around)

    def _node(self, node: ast.AST, parent: ast.AST | None, around: calls.Around) -> None:
        """Judge one node that is not the reading of a name."""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node, around.line)
        elif isinstance(node, ast.Call):
            self._call(node, around)
        elif isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            refuse("it awaits", around.line)
        elif isinstance(node, ast.Attribute):
            calls.hand_on(node, parent, around)
            if mutations.changes(node) or mutations.hands_on(node, around.scope, parent):
                self._at_least("state")
        elif mutations.changes(node):
            self._at_least("state")

    def _read(
        self, node: ast.Name, parent: ast.AST | None, around: calls.Around, *, seen: bool
    ) -> None:
        """Judge the reading of a name; `seen`: it may be one of the scope's."""
        if seen and node.id in around.scope:
            self._name(node, around.scope, parent, around.line)
        elif not (
            node.id in around.binds or node.id in self._added or hasattr(builtins, node.id)
        ):
            refuse(f"{node.id} is not defined", around.line)
        calls.hand_on(node, parent, around)

    def thing(self, thing: Any, name: str) -> None:
        """Judge a live object and what can be reached from it."""
        waiting = [(thing, False)]
        while waiting:
            one, kept = waiting.pop()
            if id(one) in self._seen:
                continue
            self._seen[id(one)] = one
            if kept and calls.is_kept_to_reach_out(one):
                refuse(f"{name} holds {calls.name_of(one)}, which may reach outside", None)
            if is_a(one, types.ModuleType):
                self._module(one.__name__, None)
                continue
            if is_a(one, types.FunctionType) or is_a(one, type):
                self._own_code(one, name)
            elif is_users_module(type(one).__module__):
                waiting.append((type(one), False))
            elif mutations.when_gone_through(one):
                self._at_least("state")
            by_user = is_users_module(type(one).__module__) or calls.holds_by_the_user(one)
            waiting += [(other, by_user) for other in members(one, name)]

    def _own_code(self, one: Any, name: str) -> None:
        """A function or class: the user's is read, a known library's is taken as known."""
        top = top_module(one.__module__)
        if top in allowlist.OUTSIDE:
            refuse(f"{name} uses {top}: {allowlist.OUTSIDE[top]}", None)
        if one.__name__ not in allowlist.PARTLY.get(top, (one.__name__,)):
            refuse(f"{name} is {top}.{one.__name__}, which greenlab does not know", None)
        if not is_users_module(one.__module__):
            if not _is_known(top):
                refuse(f"{name} comes from {top}, which greenlab does not know", None)
            return
        self._at_least("state")
        if len(self._seen) > _MOST_OBJECTS:
            refuse(f"{name} is too much code to read", None)
        if is_a(one, types.FunctionType):
            scope = scope_of(one, self.namespace)
            self.tree(self._source(one), scope, top=False)

    def _source(self, function: types.FunctionType) -> ast.AST:
        """What a function of the user's says, or will say in this version."""
        found = (
            None
            if self.redefined is None
            else tree_of(function, self.redefined, self.namespace)
        )
        return found or source_tree(function)

    def _name(
        self, node: ast.Name, scope: Mapping[str, Any], parent: ast.AST | None, line: int | None
    ) -> None:
        if scope is self.namespace or scope.get(node.id) is self.namespace.get(node.id):
            self.reads.add(node.id)
        thing = scope[node.id]
        if is_a(thing, types.ModuleType):
            self._module(thing.__name__, line)
            top = top_module(thing.__name__)
            if top in allowlist.PARTLY and not isinstance(parent, ast.Attribute):
                refuse(f"it hands on {top}, which can do anything", line)
            return
        if mutations.hands_on(node, scope, parent):
            self._at_least("state")
        self._at(line, thing, node.id)

    def _at(self, line: int | None, thing: Any, name: str) -> None:
        """Judge an object; what is wrong with it is wrong where it is used."""
        try:
            self.thing(thing, name)
        except UnsafeError as error:
            raise UnsafeError(error.reason, error.line or line) from None
        except UnknownError as error:
            raise UnsafeError(str(error), line) from None

    def _import(self, node: ast.Import | ast.ImportFrom, line: int | None) -> None:
        if isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                refuse("it imports from a package of its own", line)
            self._module(node.module, line)
            allowed = allowlist.PARTLY.get(node.module)
            for alias in node.names:
                self._denied(alias.name, line)
                if alias.asname not in (None, alias.name) and calls.reaches_out(alias.name):
                    refuse(f"it calls {alias.name} by another name", line)
                if allowed is not None and alias.name not in allowed:
                    refuse(f"greenlab does not know {node.module}.{alias.name}", line)
        else:
            for alias in node.names:
                self._module(alias.name, line)

    def _module(self, name: str, line: int | None) -> None:
        top = top_module(name)
        if top in allowlist.OUTSIDE:
            refuse(f"it uses {top}: {allowlist.OUTSIDE[top]}", line)
        if top == "builtins":
            refuse("it uses builtins, which can do anything", line)
        if not _is_known(top) and not is_users_module(name):
            refuse(f"it uses {top}, which greenlab does not know", line)

    def _call(self, node: ast.Call, around: calls.Around) -> None:
        func, (scope, line, _, _) = node.func, around
        name, *real = calls.names(func, scope)
        bare = isinstance(func, ast.Name) and name not in scope
        if bare and name in allowlist.NEVER_BARE:
            refuse(f"it calls {name}(): {allowlist.NEVER_BARE[name]}", line)
        if name in allowlist.BY_NAME:
            calls.look_up(node, scope, line)
        for one in (name, *real):
            self._denied(one, line)
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            self._part(func, scope, line)
        self._files(node, [name, *real], around)
        if name not in (
            allowlist.PURE_BUILTINS if bare else allowlist.PURE
        ) or mutations.writes_out(node, scope):
            self._at_least("state")
        for part in [*node.args, *(word.value for word in node.keywords)]:
            text = text_of(part, scope)
            if text is not None and text.startswith(allowlist.REMOTE):
                refuse("it accesses a network address", line)

    def _files(self, node: ast.Call, names: list[str], around: calls.Around) -> None:
        """What the call writes; a call that may write, and does not say where, is unsafe."""
        scope, line, own, binds = around
        if calls.is_users(node.func, scope, binds):
            return  # its code is read
        for name in names:
            written = file_writes.written(node, name, scope, line, own)
            if written is not None:
                self.paths.add(written)
                self._at_least("files")
                return
        if any(calls.path_given(name, node, scope, own) is None for name in names):
            return
        refuse(f"it gives {names[-1] or 'a call'}() a file's name, and may write there", line)

    def _part(self, func: ast.Attribute, scope: Mapping[str, Any], line: int | None) -> None:
        assert isinstance(func.value, ast.Name)
        thing: Any = scope.get(func.value.id)
        name = thing.__name__ if is_a(thing, types.ModuleType) else func.value.id
        is_module = is_a(thing, types.ModuleType) or func.value.id not in scope
        if is_module and func.attr not in allowlist.PARTLY.get(name, (func.attr,)):
            refuse(f"greenlab does not know {name}.{func.attr}", line)
        if is_a(thing, types.ModuleType) and is_users_module(thing.__name__):
            called = vars(thing).get(func.attr)
            if called is None:
                refuse(f"{name}.{func.attr} is not defined", line)
            self._at(line, called, f"{name}.{func.attr}")

    def _denied(self, name: str, line: int | None) -> None:
        if name in allowlist.NEVER:
            refuse(f"it calls {name}(): {allowlist.NEVER[name]}", line)

    def _at_least(self, level: Level) -> None:
        self.level = max(self.level, level, key=LEVELS.index)


def _is_known(top: str) -> bool:
    return (
        top in allowlist.LIBRARIES
        or top in allowlist.STANDARD
        or top in allowlist.PARTLY
        or top in ("builtins", "_thread_local", "genericpath", "posixpath", "ntpath")
        or (top.startswith("_") and top[1:] in allowlist.STANDARD)
    )
