"""What an expression stands for, worked out by reading: nothing is called and nothing changed.

A value is a live object where the code's text leads to one, else what is known of an object
that the code makes: its class, and with which arguments.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from greenlab.cellcode.abstract_values import (
    CALLABLES,
    Defined,
    Imported,
    Known,
    Made,
    Method,
    Parts,
    Value,
    is_module,
    method_of,
    methods,
    of_class,
    path_of,
    thing_of,
    unwrapped,
    words_of,
)
from greenlab.cellcode.introspect import Live, Origin, class_attribute, instance_dict, is_a
from greenlab.cellcode.parsed_source import (
    Definition,
    SourceText,
    TextOf,
    anonymous,
    is_users_module,
    parsed,
)

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
                return Parts(self._parts(node))
            case ast.IfExp(body=body, orelse=orelse):
                return self.value(body) or self.value(orelse)
            case ast.Call():
                return self._called(node)
            case ast.Lambda():
                return Defined(node, SourceText(""), self, "<lambda>")
        return None

    def attribute(self, base: Value | None, attr: str) -> Value | None:
        """`base.attr`, as far as no code has to run for it."""
        match base:
            case Imported(path=imported):
                return Imported(f"{imported}.{attr}")
            case Made():
                return self._of_made(base, attr)
            case Defined(node=ast.ClassDef() as node, thing=thing):
                if (method := method_of(base, attr)) is not None:
                    return method
                return (
                    self._class_level(base, node, attr)
                    if thing is None
                    else self._of_live(thing, attr)
                )
            case Known(thing):
                return self._of_live(thing, attr)
        return None

    def _of_live(self, thing: Any, attr: str) -> Value | None:
        if (own := self.live.own(thing, attr)) is not None:
            return self.known(own)
        cls = thing if is_a(thing, type) else type(thing)
        if not is_users_module(cls.__module__):
            return None
        kept = class_attribute(thing, attr) if cls is type(thing) else of_class(thing, attr)
        if is_a(kept, (staticmethod)) or is_a(kept, classmethod):
            kept = kept.__func__
        kept = unwrapped(kept)
        if is_a(kept, types.FunctionType):
            function = self.known(kept)
            if isinstance(function, Defined):
                return function if cls is thing else Method(function, Known(thing))
            return None
        if is_a(kept, property):
            return self.result(self.known(kept.fget), (Known(thing),), None)
        return None if kept is None else self.known(kept)

    def _of_made(self, made: Made, attr: str) -> Value | None:
        if made.cls is None:
            return made.attributes.get(attr)
        if (method := method_of(made.cls, attr)) is not None:
            return Method(method, made)
        if attr not in made.attributes:
            made.attributes[attr] = None
            made.attributes[attr] = self._set_in_init(made, attr)
        return made.attributes[attr]

    def _set_in_init(self, made: Made, attr: str) -> Value | None:
        """What `__init__` assigns to an attribute of the object that the call makes."""
        assert made.cls is not None
        init = method_of(made.cls, "__init__")
        if init is None:
            # A data class is given its attributes by their names.
            return (
                made.given(attr)
                or self._class_level(made.cls, made.cls.node, attr)
                or self._set_later(made, attr)
            )
        from greenlab.cellcode.function_scope import Locals, assigned_to

        if not made.within:
            made.within.append(Locals.of(init, made.scope, call=made.call, holder=made))
        inside = made.within[0]
        assert isinstance(inside, Locals)
        for given in assigned_to(attr, init.node):
            return inside.value(given)
        return self._class_level(made.cls, made.cls.node, attr) or self._set_later(made, attr)

    def _set_later(self, made: Made, attr: str) -> Value | None:
        """What another method assigns to it, such as `setup` or `load`."""
        from greenlab.cellcode.function_scope import Locals, assigned_to

        assert made.cls is not None
        for name in methods(made.cls):
            one = None if name == "__init__" else method_of(made.cls, name)
            if one is None:
                continue
            for given in assigned_to(attr, one.node):
                return Locals.of(one, made.scope, call=None, holder=made).value(given)
        return None

    def _class_level(self, cls: Defined, node: ast.AST, attr: str) -> Value | None:
        for statement in getattr(node, "body", ()):
            target = _single_target(statement)
            if isinstance(target, ast.Name) and target.id == attr:
                return cls.scope.value(getattr(statement, "value", None))
        return None

    def _at(self, base: Value | None, key: Value | None) -> Value | None:
        return self.item(base, key.thing) if isinstance(key, Known) else None

    def item(self, base: Value | None, key: Any) -> Value | None:
        """`base[key]` of a container whose parts are known."""
        match base:
            case Parts(parts) if type(key) in (str, int):
                return parts.get(key)
            case Known(thing) if type(thing) is dict and type(key) in (str, int):
                return self._thing(thing.get(key))
            case Known(thing) if type(thing) in (list, tuple) and type(key) is int:
                return self._thing(thing[key]) if -len(thing) <= key < len(thing) else None
        return None

    def first_of(self, value: Value | None) -> Value | None:
        """One element of a container: the first stands for all."""
        match value:
            case Parts(parts):
                return next(iter(parts.values()), None)
            case Known(thing) if type(thing) in (list, tuple) and thing:
                return self._thing(thing[0])
            case Known(thing) if type(thing) is dict and thing:
                return self._thing(next(iter(thing)))
        return None

    def items_of(self, value: Value | None, what: str) -> Value | None:
        """One element of `dict.items()`, `.values()` or `.keys()`."""
        match value:
            case Parts(parts) if parts:
                key, one = next(iter(parts.items()))
            case Known(thing) if type(thing) is dict and thing:
                key, one = next(iter(thing.items()))
                one = self._thing(one)
            case _:
                return None
        return {"items": Parts({0: Known(key), 1: one}), "values": one, "keys": Known(key)}[
            what
        ]

    def _parts(self, node: ast.Tuple | ast.List | ast.Dict) -> dict[Any, Value | None]:
        """The parts of `[1, 2]`, and of `{"a": 1, **others}`."""
        if not isinstance(node, ast.Dict):
            return {place: self.value(one) for place, one in enumerate(node.elts)}
        found: dict[Any, Value | None] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                found[key.value] = self.value(value)
            elif key is None:
                found.update(words_of(ast.Call(value, [], [ast.keyword(None, value)]), self))
        return found

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
        from greenlab.cellcode.function_scope import Locals, own_nodes

        inside = Locals.of(function, self, call=call, holder=holder)
        if isinstance(function.node, ast.Lambda):
            yield inside, function.node.body
            return
        for node in own_nodes(function.node):
            if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
                yield inside, node.value

    def known(self, thing: Any) -> Value | None:
        """A live object, with its code where it is a function or class of the user's."""
        if is_a(thing, types.FunctionType) or is_a(thing, type):
            return self._defined(unwrapped(thing), thing) or Known(thing)
        if is_a(thing, types.MethodType):
            function = self.known(thing.__func__)
            if isinstance(function, Defined):
                return Method(function, Known(thing.__self__))
        return self._thing(thing)

    def _thing(self, thing: Any) -> Value | None:
        return None if thing is None else Known(thing)

    def _defined(self, thing: Any, original: Any) -> Defined | None:
        """The code of a live function or class of the user's."""
        self.live.tick()
        function = thing if is_a(thing, types.FunctionType) else _any_method(thing)
        if function is None or (text := self.text_of(function)) is None:
            return None
        if (read := parsed(text.source)) is None:
            return None
        line = thing.__code__.co_firstlineno if function is thing else None
        node: Definition | ast.Lambda | None = read.defined(thing.__qualname__, line)
        if function is thing and thing.__name__ == "<lambda>":
            node = anonymous(read, thing.__code__.co_firstlineno)
        if node is None and (text.place is None or text.place.file is None):
            node = read.defined(thing.__qualname__)  # below a cell magic lines count anew
        if node is None:
            return None
        own = function.__globals__
        scope = Scope(
            self.live,
            lambda name: self.known(own.get(name)),
            self.text_of,
            self.depth,
            self.family,
        )
        return Defined(node, text, scope, thing.__qualname__, original)


def _any_method(cls: type) -> types.FunctionType | None:
    """A function that stands in the body of a class, to tell where its text is."""
    for held in instance_dict(cls).values():
        kept = unwrapped(held.__func__ if is_a(held, staticmethod) else held)
        if (
            is_a(kept, types.FunctionType)
            and kept.__module__ == cls.__module__
            and kept.__qualname__ == f"{cls.__qualname__}.{kept.__name__}"
        ):
            found: types.FunctionType = kept
            return found
    return None


def _single_target(statement: ast.AST) -> ast.AST | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return statement.target
    return None
