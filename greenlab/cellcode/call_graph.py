"""Follows calls from a cell to the user's functions, and notes what each is given."""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import types
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from greenlab.cellcode.abstract_values import (
    FUNCTIONS,
    Defined,
    Known,
    Made,
    Method,
    Value,
    bases,
    method_of,
    methods,
    unwrapped,
)
from greenlab.cellcode.cell_ast import Code, Others
from greenlab.cellcode.function_scope import Locals, own_nodes
from greenlab.cellcode.introspect import Live, is_a
from greenlab.cellcode.look_budget import OutOfTimeError
from greenlab.cellcode.parsed_source import Parsed, SourceText, parsed
from greenlab.cellcode.values import Scope
from greenlab.record import Place

MOST_UNITS: Final = 40
_NAMES: Final = (ast.Name, ast.Attribute, ast.Call)
_TORCH_MODULES: Final = ("torch.nn.modules.module.Module", "nn.Module", "LightningModule")


@dataclass(frozen=True, eq=False)
class Unit:
    """A piece of code that ran as one, and the variables as it sees them.

    `nameless`: it was compiled without a file name of its own, as below `%%time`: where it
    runs, its lines are not seen.
    """

    code: Code
    namespace: Mapping[str, Any]
    nameless: bool = False

    def forget(self) -> None:
        """Let go of the objects that were met, in this and in the other units."""
        self.code.others.forget()
        if self.code.base is not None:
            self.code.base.forget()


@dataclass(eq=False)
class CallGraph:
    """Which functions of the user's code leads to, and with what.

    `scope`: the names that the code itself sees; `cells`: those that ran before.
    """

    live: Live
    scope: Scope
    namespace: Mapping[str, Any]
    cells: Callable[[], Iterable[SourceText]] = tuple
    found: dict[ast.AST, tuple[Defined, Locals]] = field(default_factory=dict)
    waiting: deque[tuple[ast.AST, Scope]] = field(default_factory=deque)
    gave: dict[ast.AST, Known] = field(default_factory=dict)
    """What calls gave that is alive under a name."""

    def units(
        self, whole: list[tuple[SourceText, Parsed]], ran: Iterable[Defined] = ()
    ) -> tuple[Unit, ...]:
        """These texts, then each function that they lead to, and those that are known to have
        run.
        """
        self.waiting.extend((one.tree, self.scope) for _, one in whole)
        with contextlib.suppress(OutOfTimeError), self.live.looking():
            self._follow()
            for function in ran:
                self._add(function, function.scope, None, None)
            self._follow()
        return tuple(self._units(whole))

    def _follow(self) -> None:
        while self.waiting and len(self.found) < MOST_UNITS:
            self._look(*self.waiting.popleft())

    def _look(self, tree: ast.AST, scope: Scope) -> None:
        for node in _runs(tree):
            if isinstance(node, (ast.Assign, ast.Return)):
                self._alive(node, tree, scope)
            elif isinstance(node, ast.Call):
                self._call(node, scope)
            elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                match scope.value(node):
                    case Defined(node=ast.FunctionDef() | ast.AsyncFunctionDef()) as function:
                        self._add(function, scope, None, None)
                    case Method(function, holder):
                        self._add(function, scope, None, holder)

    def _alive(self, node: ast.Assign | ast.Return, tree: ast.AST, scope: Scope) -> None:
        """Note what a call gave, where a name keeps it to the end."""
        if not isinstance(node.value, ast.Call):
            return
        if isinstance(node, ast.Return):
            kept = Known(scope.returns) if isinstance(scope, Locals) else Known(None)
        else:
            kept = Known(_kept(node.targets[0], tree, scope))
        if kept.thing is not None:
            self.gave[node.value] = kept

    def _call(self, call: ast.Call, scope: Scope) -> None:
        callee = scope.value(call.func)
        match callee:
            case Defined(node=ast.ClassDef()):
                made = scope.value(call)
                if (init := method_of(callee, "__init__")) is not None and made is not None:
                    self._add(init, scope, call, made)
            case Defined():
                self._add(callee, scope, call, None)
            case Method(function, holder):
                self._add(function, scope, call, holder)
            case Known() | Made() if self._called_object(callee, call, scope):
                pass
            case _:
                self._library(call, scope)

    def _called_object(self, callee: Value, call: ast.Call, scope: Scope) -> bool:
        """An object that is called: its own `__call__`, or the `forward` of a torch module."""
        names = ("__call__", "forward") if _is_torch_module(callee) else ("__call__",)
        for name in names:
            method = scope.attribute(callee, name)
            if isinstance(method, Method):
                self._add(method.function, scope, call, callee)
                return True
        return False

    def _library(self, call: ast.Call, scope: Scope) -> None:
        """A library is handed an object of a class of the user's, and calls its methods."""
        held = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        for part in (*held, *call.args, *(word.value for word in call.keywords)):
            value = scope.value(part) if isinstance(part, _NAMES) else None
            if value is None or (cls := _class_of(value, scope)) is None:
                continue
            if part in held and _is_torch_module(value):
                continue  # its own methods, such as `to`, call nothing of the user's
            for name in methods(cls):
                one = None if name == "__init__" else method_of(cls, name)
                if one is not None:
                    self._add(one, scope, None, value)

    def _add(
        self, function: Defined, caller: Scope, call: ast.Call | None, holder: Value | None
    ) -> None:
        if (known := self.found.get(function.node)) is not None:
            if call is not None or holder is not None:
                known[1].bind(caller, call, holder)
            return
        if len(self.found) < MOST_UNITS and isinstance(function.node, FUNCTIONS):
            inside = Locals.of(function, caller, call=call, holder=holder)
            inside.gave_back(self.gave.get(call) if call is not None else None)
            self.found[function.node] = function, inside
            self.waiting.append((function.node, inside))

    def _units(self, whole: list[tuple[SourceText, Parsed]]) -> Iterator[Unit]:
        others = Others(base=self.scope, cells=self.cells)
        scopes = {node: inside for node, (_, inside) in self.found.items()}
        units = []
        shown: set[ast.AST] = set()
        for text, read in whole:
            tree = _without_unreached(read.tree, self.found)
            code = Code.part(
                read.masked, tree, origin=text, base=self.scope, scopes=scopes, others=others
            )
            shown |= {*code.scopes}
            units.append(Unit(code, self.namespace))
        for node, (function, inside) in self.found.items():
            inner = parsed(function.text.source)
            if node in shown or inner is None:
                continue
            place = replace(function.text.place or Place(), function=function.name)
            text = SourceText(function.text.source, place)
            assert isinstance(function.node, FUNCTIONS)  # a lambda stands in other code
            tree = ast.Module([function.node], [])
            code = Code.part(
                inner.masked, tree, origin=text, base=inside, scopes=scopes, others=others
            )
            shown |= {*code.scopes}
            units.append(Unit(code, _seen_by(inside, function), _is_nameless(function)))
        others.units = tuple(unit.code for unit in units)
        yield from units


def _kept(target: ast.expr, tree: ast.AST, scope: Scope) -> Any:
    """The live object that an assignment left under a name that nothing else is put under."""
    if isinstance(target, ast.Tuple):
        parts = tuple(_kept(one, tree, scope) for one in target.elts)
        return None if all(one is None for one in parts) else parts
    if isinstance(target, ast.Name) and _times_bound(tree)[target.id] > 1:
        return None
    value = scope.value(target) if isinstance(target, (ast.Name, ast.Attribute)) else None
    return value.thing if isinstance(value, Known) else None


@functools.lru_cache(maxsize=MOST_UNITS)
def _times_bound(tree: ast.AST) -> Counter[str]:
    """How often each name is bound in a text or a function."""
    names = (one for one in own_nodes(tree) if isinstance(one, ast.Name))
    return Counter(name.id for name in names if not isinstance(name.ctx, ast.Load))


def _runs(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a text or of a function that run with it, not those it only defines."""
    bodies = tree.body if isinstance(tree, (ast.Module, *FUNCTIONS)) else [tree]
    waiting: deque[ast.AST] = deque(bodies)
    while waiting:
        node = waiting.popleft()
        yield node
        if isinstance(node, FUNCTIONS):
            waiting.extend((*node.decorator_list, *node.args.defaults))
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _without_unreached(tree: Any, reached: Mapping[ast.AST, Any]) -> Any:
    """The tree without the functions that are not among these; what is left is shared."""
    changed = {}
    for name, held in ast.iter_fields(tree):
        if not isinstance(held, list) or not held or not isinstance(held[0], ast.AST):
            continue
        kept = [
            one if isinstance(one, FUNCTIONS) else _without_unreached(one, reached)
            for one in held
            if not isinstance(one, FUNCTIONS) or one in reached
        ]
        if len(kept) != len(held) or any(a is not b for a, b in zip(kept, held, strict=True)):
            changed[name] = kept
    if not changed:
        return tree
    copied = copy.copy(tree)
    for name, kept in changed.items():
        setattr(copied, name, kept)
    return copied


def _is_torch_module(value: Value) -> bool:
    return any(base.endswith(_TORCH_MODULES) for base in bases(value))


def _class_of(value: Value, scope: Scope) -> Defined | None:
    match value:
        case Made(cls=Defined() as cls):
            return cls
        case Known(thing):
            found = scope.known(type(thing))
            return found if isinstance(found, Defined) else None
    return None


def _is_nameless(function: Defined) -> bool:
    thing = unwrapped(function.thing)
    return is_a(thing, types.FunctionType) and thing.__code__.co_filename.startswith("<")


def _seen_by(inside: Locals, function: Defined) -> Mapping[str, Any]:
    """The variables as a function sees them: a name of its own hides the module's."""
    thing = unwrapped(function.thing)
    seen = dict(thing.__globals__) if is_a(thing, types.FunctionType) else {}
    for name in inside.names():
        seen.pop(name, None)
    return {**seen, **inside.known_things()}
