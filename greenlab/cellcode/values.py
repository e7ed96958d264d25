"""What an expression stands for, worked out by reading: nothing is called and nothing changed.

A value is a live object where the code's text leads to one, else what is known of an object
that the code makes: its class, and with which arguments.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from greenlab.cellcode.abstract_values import (
    CALLABLES,
    Defined,
    Known,
    Made,
    Method,
    Parts,
    Value,
    is_module,
    path_of,
    thing_of,
    unwrapped,
    words_of,
)
from greenlab.cellcode.attributes import attribute_of
from greenlab.cellcode.containers import item, parts_of
from greenlab.cellcode.introspect import Live, Origin, is_a
from greenlab.cellcode.live_definitions import any_method, node_of
from greenlab.cellcode.parsed_source import SourceText, TextOf

# Methods of a library's that give back what they are called on, or the like of it.
FLUENT: Final = frozenset(
    {"cpu", "cuda", "double", "eval", "float", "requires_grad_", "share_memory", "to", "train"}
)
# Functions of a library's that give back, in one form or another, what they are given.
PASSES_ON: Final = frozenset(
    {"compile", "prepare", "prepare_model", "setup", "list", "iter", "tqdm"}
)
_FIT_GIVES_SELF: Final = ("lightgbm.", "sklearn.", "xgboost.")
# Functions of Python's own that do.
_BUILTIN_PASSES_ON: Final = frozenset({"iter", "list", "reversed", "sorted", "tuple"})
DEPTH: Final = 8


def is_code(thing: Any) -> bool:
    """Whether an object is a function in Python, or a class."""
    return is_a(thing, types.FunctionType) or is_a(thing, type)


@dataclass(eq=False)
class Scope:
    """Names as one piece of code sees them: those of a module or notebook.

    `named`: what a global name stands for. Raises `OutOfTimeError` by way of `live`.
    """

    live: Live
    named: Callable[[str], Value | None]
    text_of: TextOf
    depth: int = 0
    family: list[Scope] = field(default_factory=list)
    _found: dict[ast.AST, Value | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.family.append(self)

    def forget(self) -> None:
        """Let go of every object that was met, here and in the scopes that came of this one.

        They refer to one another: without this they would keep the user's objects until Python
        next collects its garbage.
        """
        for one in vars(self).get("family", ()):
            vars(one).clear()

    def lookup(self, name: str) -> Value | None:
        """What a name stands for here."""
        return self.named(name)

    def resolved(self, node: ast.AST) -> tuple[bool, Any]:
        """The live object of an expression, and whether no other look would find one."""
        return False, thing_of(self.value(node))

    def came_from(self, node: ast.Name) -> Origin | None:
        """What gave a name its value, before this place: of a notebook's, the live one says."""

    def returned(self, call: ast.Call) -> Origin | None:
        """What the function of the user's gives back that is called here."""
        callee = self.value(call.func)
        found = (
            self._returns(callee.function, callee.holder, call)
            if isinstance(callee, Method)
            else self._returns(callee, None, call)
        )
        return next((Origin(given, inside) for inside, given in found), None)

    def value(self, node: ast.AST | None) -> Value | None:
        """What an expression stands for here, `None` where reading does not tell."""
        if node is None or self.depth > DEPTH:
            return None
        if node in self._found:
            return self._found[node]
        self.live.tick()
        self._found[node] = None  # an expression that leads to itself leads nowhere
        found = self._found[node] = self._value(node)
        return found

    def _value(self, node: ast.AST) -> Value | None:
        match node:
            case ast.Constant(value=constant):
                return Known(constant)
            case ast.Name(id=name):
                return self.lookup(name)
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self.value(inner)
            case ast.Attribute(value=base, attr=attr):
                return self.attribute(self.value(base), attr)
            case ast.Subscript(value=base, slice=ast.expr() as index):
                return self._at(self.value(base), self.value(index))
            case ast.Tuple() | ast.List() | ast.Dict():
                return Parts(parts_of(self, node))
            case ast.IfExp(body=body, orelse=orelse):
                return self.value(body) or self.value(orelse)
            case ast.Call():
                return self._called(node)
            case ast.Lambda():
                return Defined(node, SourceText(""), self, "<lambda>")
        return None

    def attribute(self, base: Value | None, attr: str) -> Value | None:
        """`base.attr`, as far as no code has to run for it."""
        return attribute_of(self, base, attr)

    def _at(self, base: Value | None, key: Value | None) -> Value | None:
        return item(base, key.thing) if isinstance(key, Known) else None

    def _builtin(self, name: str, call: ast.Call) -> Value | None:
        """What a function of Python's own gives, as far as it hands on what it is given."""
        if name == "dict" and not call.args:
            return Parts(dict(words_of(call, self)))
        return self.value(call.args[0]) if name in _BUILTIN_PASSES_ON and call.args else None

    def _called(self, call: ast.Call) -> Value | None:
        callee = self.value(call.func)
        if callee is None and isinstance(call.func, ast.Name):
            return self._builtin(call.func.id, call)
        match callee:
            case Defined(node=ast.ClassDef()):
                return Made(path_of(callee) or callee.name, call, self, callee)
            case Defined():
                return self.result(callee, None, call)
            case Method(function, holder):
                return self.result(function, (holder,), call)
        if isinstance(call.func, ast.Attribute):
            base = self.value(call.func.value)
            if call.func.attr in FLUENT and isinstance(base, (Known, Made)):
                return base
            if call.func.attr == "fit" and (path_of(base) or "").startswith(_FIT_GIVES_SELF):
                return base
        if (name := self.path(call.func)) is None:
            return None
        if name.rpartition(".")[2] in PASSES_ON and call.args:
            given = [self.value(one) for one in call.args]
            return given[0] if len(given) == 1 else Parts(dict(enumerate(given)))
        return Made(name, call, self)

    def path(self, node: ast.AST) -> str | None:
        """The dotted path of `a.b.c`, where `a` or `a.b` may be an object."""
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Call):
                return None
            value = self.value(node.value)
            if isinstance(value, (Made, Known)) and not is_module(value):
                base = path_of(value)
            else:
                base = self.path(node.value)
            return f"{base}.{node.attr}" if base else None
        if isinstance(node, ast.Name):
            return path_of(self.lookup(node.id))
        return None

    def may_give(self, call: ast.Call) -> Iterator[Value]:
        """Everything that the function of the user's may give back, or yield, that is called
        here.
        """
        callee = self.value(call.func)
        holder = callee.holder if isinstance(callee, Method) else None
        function = callee.function if isinstance(callee, Method) else callee
        for inside, given in self._returns(function, holder, call):
            if (value := inside.value(given)) is not None:
                yield value

    def result(
        self, function: Value | None, bound: tuple[Value, ...] | None, call: ast.Call | None
    ) -> Value | None:
        """What a function of the user's gives back, as far as its `return`s say."""
        for inside, given in self._returns(function, bound[0] if bound else None, call):
            if (value := inside.value(given)) is not None:
                return value
        return None

    def _returns(
        self, function: Value | None, holder: Value | None, call: ast.Call | None
    ) -> Iterator[tuple[Scope, ast.expr]]:
        """Each expression that a function of the user's gives back, and the names it sees."""
        if not isinstance(function, Defined) or not isinstance(function.node, CALLABLES):
            return
        from greenlab.cellcode.branches import nodes_that_run
        from greenlab.cellcode.function_scope import Locals

        inside = Locals.of(function, self, call=call, holder=holder)
        if isinstance(function.node, ast.Lambda):
            yield inside, function.node.body
            return
        for node in nodes_that_run(function.node, inside):
            if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
                yield inside, node.value

    def known(self, thing: Any) -> Value | None:
        """A live object, with its code where it is a function or class of the user's."""
        if is_code(thing):
            return self._defined(unwrapped(thing), thing) or Known(thing)
        if is_a(thing, types.MethodType):
            function = self.known(thing.__func__)
            if isinstance(function, Defined):
                return Method(function, Known(thing.__self__))
        return None if thing is None else Known(thing)

    def _defined(self, thing: Any, original: Any) -> Defined | None:
        """The code of a live function or class of the user's."""
        self.live.tick()
        function = thing if is_a(thing, types.FunctionType) else any_method(thing)
        if function is None or (text := self.text_of(function)) is None:
            return None
        if (node := node_of(thing, text)) is None:
            return None
        scope = self.of_module(function.__globals__)
        return Defined(node, text, scope, thing.__qualname__, original)

    def of_module(self, own: Mapping[str, Any]) -> Scope:
        """The names as a module with these globals sees them."""
        return Scope(
            self.live,
            lambda name: self.known(own.get(name)),
            self.text_of,
            self.depth,
            self.family,
        )
