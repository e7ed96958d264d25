"""Look at the objects a cell works on without touching them.

Nothing here imports, calls a method of the user's, runs a property of an unknown class,
iterates or measures a container of a class of the user's, or changes anything. Instance
attributes are read from the instance's own dictionary; class names from the type's own slots.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from greenlab.cellcode.look_budget import LookBudget
from greenlab.record.hot_stack import Facts

_MRO: Final[Callable[[type], Any]] = type.__dict__["__mro__"].__get__
_DICT: Final[Callable[[type], Any]] = type.__dict__["__dict__"].__get__
_MODULE: Final[Callable[[type], Any]] = type.__dict__["__module__"].__get__
_QUALNAME: Final[Callable[[type], Any]] = type.__dict__["__qualname__"].__get__

_TABLE: Final = frozenset({"shape", "index", "columns", "dtypes"})
# Attributes that are plain reads in these very classes (their subclasses may differ).
_READABLE: Final[Mapping[str, frozenset[str]]] = {
    "torch.Tensor": frozenset({"dtype", "device", "shape", "requires_grad"}),
    "torch.nn.parameter.Parameter": frozenset({"dtype", "device", "shape", "requires_grad"}),
    "numpy.ndarray": frozenset({"shape", "dtype"}),
    "pandas.DataFrame": _TABLE,
    "pandas.core.frame.DataFrame": _TABLE,
    "pandas.RangeIndex": frozenset({"start", "step"}),
    "pandas.core.indexes.range.RangeIndex": frozenset({"start", "step"}),
    "polars.dataframe.frame.DataFrame": frozenset({"shape"}),
    "torch.device": frozenset({"type"}),
    "tokenizers.Encoding": frozenset({"attention_mask"}),
}


_NUMBERS: Final = frozenset({f"numpy.{kind}" for kind in ("float16", "float32", "float64")})


@dataclass(frozen=True, slots=True)
class Origin:
    """`node` gave a name its value, in code that sees its names as `seen` does.

    `path`: from the value of `node` to that of the name: an index, or `None` for an element
    that a loop goes through. Empty: they are the same.
    """

    node: ast.expr
    seen: Surroundings
    path: tuple[int | None, ...] = ()


class Surroundings(Protocol):
    """What the code around an expression tells of it."""

    def resolved(self, node: ast.AST) -> tuple[bool, Any]:
        """The live object that it stands for, and whether no other look would find one."""

    def came_from(self, node: ast.Name) -> Origin | None:
        """What gave a name of a function its value, before this place."""

    def returned(self, call: ast.Call) -> Origin | None:
        """What the function of the user's gives back that is called here."""


@dataclass
class Live:
    """The variables as one piece of code sees them, looked at within a budget.

    `code`: what the code around an expression tells of it.

    Raises:
        OutOfTimeError: from any look, once the budget is used up.
    """

    namespace: Mapping[str, Any]
    code: Surroundings | None = None
    budget: LookBudget = field(default_factory=LookBudget)

    def looking(self) -> AbstractContextManager[None]:
        """Spend from the budget."""
        return self.budget.spending()

    def tick(self) -> None:
        """Count one look."""
        self.budget.tick()

    def resolve(self, node: ast.AST | None) -> Any:
        """The object that `name`, `name.attribute` or `name["key"]` stands for, or `None`.

        A function's own name is what the code binds it to, never a variable of the notebook.
        """
        self.tick()
        if self.code is not None and node is not None:
            decided, thing = self.code.resolved(node)
            if decided or thing is not None:
                return thing
        if isinstance(node, ast.Name):
            return self.namespace.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            return None if base is None else self.own(base, node.attr)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            base = self.resolve(node.value)
            key = node.slice.value
            if type(base) is dict and type(key) in (str, int):
                return base.get(key)
        return None

    def came_from(self, node: ast.AST) -> tuple[ast.expr, Live, tuple[int | None, ...]] | None:
        """What gave a name, or what a call of the user's gives back: see `Origin`."""
        self.tick()
        found = None
        if self.code is not None and isinstance(node, ast.Name):
            found = self.code.came_from(node)
        elif self.code is not None and isinstance(node, ast.Call):
            found = self.code.returned(node)
        if found is None:
            return None
        return found.node, Live({}, found.seen, self.budget), found.path

    def own(self, thing: Any, name: str) -> Any:
        """An attribute that lies in the object itself, in a torch module's tables included."""
        self.tick()
        table = instance_dict(thing)
        if name in table:
            return table[name]
        for part in ("_modules", "_parameters"):
            inner = table.get(part)
            if type(inner) is dict and name in inner:
                return inner[name]
        return None

    def seen(self, node: ast.AST | None) -> Facts:
        """What was seen of an object that is gone by now; empty where nothing was."""
        return {} if node is None else self.budget.sightings.get(node, {})

    def read(self, thing: Any, name: str) -> Any:
        """An allow-listed attribute of a known class; `None` for anything else."""
        return self.reads(thing, name)[0]

    def reads(self, thing: Any, *names: str) -> list[Any]:
        """Several such attributes of one object, in one step."""
        self.tick()
        known, asked = self.budget.known, ("readable", id(type(thing)))
        if asked not in known:
            known[asked] = _READABLE.get(path(type(thing)), ())
        readable = known[asked]
        return [getattr(thing, name) if name in readable else None for name in names]

    def rows(self, thing: Any) -> int | None:
        """The number of rows of an array or a table, `None` if it is neither."""
        shape = self.read(thing, "shape")
        return int(shape[0]) if isinstance(shape, tuple) and shape else None

    def texts(self, thing: Any, most: int = 5_000) -> list[str] | None:
        """The first `most` of a plain list or tuple of plain strings, `None` for others."""
        self.tick()
        if type(thing) not in (list, tuple):
            return None
        first = list(thing[:most])
        return first if first and all(type(one) is str for one in first) else None

    def numbers(self, thing: Any, most: int = 1_000) -> list[float] | None:
        """A plain list of at most `most` numbers, `None` for anything else.

        Those of numpy and tensors of one number, in the memory of the CPU, count as well.
        """
        self.tick()
        if type(thing) is not list or not 0 < len(thing) <= most:
            return None
        values = [self.number(one) for one in list(thing)]
        known = [one for one in values if one is not None]
        return known if len(known) == len(values) else None

    def number(self, thing: Any) -> float | None:
        """A plain number, one of numpy's, or that of a tensor; `None` for anything else."""
        if type(thing) in (float, int):
            plain: float = thing
            return plain
        kind = path(type(thing))
        if kind in _NUMBERS:
            return float(thing)
        if kind == "torch.Tensor" and not thing.shape and thing.device.type == "cpu":
            return float(thing.item())
        return None

    def modules(self, module: Any) -> Iterator[Any]:
        """A torch module and every module within it, each once."""
        waiting, met = [module], set()
        while waiting:
            one = waiting.pop()
            self.tick()
            if id(one) in met:
                continue
            met.add(id(one))
            yield one
            inner = instance_dict(one).get("_modules")
            if type(inner) is dict:
                waiting.extend(child for child in inner.values() if child is not None)

    def parameters(self, module: Any) -> Iterator[Any]:
        """The parameters that lie in this one module, not in those within it."""
        table = instance_dict(module).get("_parameters")
        if type(table) is dict:
            for parameter in table.values():
                self.tick()
                if parameter is not None:
                    yield parameter

    def names(self, name: str) -> str | None:
        """What a variable stands for: the path of a module, class or function.

        For any other object the path of its class and `()`: `sklearn.svm._classes.SVC()`.
        """
        return path_of_thing(self.namespace.get(name))


def path_of_thing(thing: Any) -> str | None:
    """The path of a module, class or function; of another object that of its class and `()`."""
    if is_a(thing, types.ModuleType):
        known = vars(thing).get("__name__")
        return known if type(known) is str else None
    if is_a(thing, type):
        return path(thing)
    if is_a(thing, types.FunctionType):
        return f"{thing.__module__}.{thing.__qualname__}"
    if type(thing) is types.BuiltinFunctionType and type(thing.__module__) is str:
        return f"{thing.__module__}.{thing.__name__}"
    if thing is not None and path(type(thing)) == "numpy.ufunc":
        return f"numpy.{thing.__name__}"
    return None if thing is None else f"{path(type(thing))}()"


def loaded_module(name: str) -> Any:
    """A library the user has imported, or `None`. Never imports it."""
    return sys.modules.get(name)


def is_a(thing: Any, cls: type) -> bool:
    """`isinstance` that never asks the object itself for its class."""
    return cls in _MRO(type(thing))


def mro(cls: type) -> tuple[type, ...]:
    """A class and those it descends from, nearest first, read past any metaclass."""
    found: tuple[type, ...] = _MRO(cls)
    return found


def path(cls: type) -> str:
    """`module.qualname` of a class, read past any metaclass."""
    module = _MODULE(cls)
    return f"{module if type(module) is str else '?'}.{_QUALNAME(cls)}"


def lineage(thing: Any) -> Iterator[str]:
    """The paths of an object's class and of those it descends from, nearest first."""
    yield from map(path, _MRO(type(thing)))


def descends(thing: Any, *paths: str) -> bool:
    """Whether an object's class is, or descends from, one of these."""
    return any(name in paths for name in lineage(thing))


def subclasses(thing: Any, name: str) -> bool:
    """Whether an object is itself a class, and this one or descended from it."""
    return is_a(thing, type) and name in map(path, _MRO(thing))


def class_attribute(thing: Any, name: str) -> Any:
    """What an object's class keeps under a name, as it lies there (no descriptor runs)."""
    return of_class(type(thing), name)


def of_class(cls: type, name: str) -> Any:
    """What a class, or one that it descends from, keeps under a name, as it lies there."""
    for one in _MRO(cls):
        if name in _DICT(one):
            return _DICT(one)[name]
    return None


def names_in(function: Any) -> tuple[str, ...]:
    """Its own path and the names that the code of a plain function uses; none for others."""
    if type(function) is not types.FunctionType:
        return ()
    return (function.__code__.co_qualname, *function.__code__.co_names)


def instance_dict(thing: Any) -> Mapping[str, Any]:
    """An object's own dictionary, past any `__getattribute__` of its class."""
    table: Mapping[str, Any]
    if is_a(thing, type):
        table = _DICT(thing)
        return table
    try:
        table = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return table if type(table) is dict else {}
