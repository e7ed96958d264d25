"""Calls on one row as calls on whole columns: text, numbers, missing values."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from greenlab.advice.analysis.pandas.live_tables import Kind
from greenlab.advice.rewriting.typed_column import (
    NUMBERS,
    TEXTS,
    NotColumnsError,
    Vector,
    is_constant,
    joined,
)
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# Methods of text that columns have under the same name, and what they give.
_TEXT_METHODS: Final[Mapping[str, Kind]] = {
    "capitalize": "str", "endswith": "bool", "isalpha": "bool", "isdigit": "bool",
    "lower": "str", "lstrip": "str", "replace": "str", "rstrip": "str", "startswith": "bool",
    "strip": "str", "title": "str", "upper": "str", "zfill": "str",
}  # fmt: skip
_NEEDS_ARGUMENTS: Final = {"endswith": 1, "replace": 2, "startswith": 1, "zfill": 1}
_BUILTINS: Final = frozenset({"abs", "float", "int", "len", "max", "min"})
_MISSING: Final = frozenset({"isna", "isnull", "notna", "notnull"})
_FUNCTIONS: Final = frozenset(
    {"cos", "degrees", "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "radians",
     "sin", "sqrt", "tan", "tanh"}
)  # fmt: skip


@dataclass
class Calls(ABC):
    """`numpy`: the notebook's name for it. `guarded`: not every row gets as far as this."""

    code: Code
    live: Live
    numpy: str
    uses_numpy: bool = field(default=False, init=False)
    guarded: bool = field(default=False, init=False)

    @abstractmethod
    def value(self, node: ast.expr) -> Vector:
        """The expression on columns."""

    def called(self, node: ast.Call) -> Vector:
        """A call on columns."""
        module, _, name = (self.code.path(node.func) or "").rpartition(".")
        if node.keywords or (self.guarded and name not in _MISSING):
            raise NotColumnsError
        if module == "pandas" and name in _MISSING and len(node.args) == 1:
            inner = self.value(node.args[0])
            return joined(self._method(inner, name), "bool", inner)
        if isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
            if self.live.namespace.get(node.func.id) is not None:
                raise NotColumnsError
            return self._builtin(node.func.id, [self.value(one) for one in node.args])
        if module in ("math", "numpy") and name in _FUNCTIONS and len(node.args) == 1:
            inner = self.value(node.args[0])
            if inner.kind in NUMBERS and not (module == "math" and name == "floor"):
                return joined(self._numpy(name, inner.node), "float", inner)
        if isinstance(node.func, ast.Attribute):
            return self._text_method(node.func, node.args)
        raise NotColumnsError

    def _builtin(self, name: str, given: list[Vector]) -> Vector:
        if name in ("max", "min"):
            if {one.kind for one in given} != {"int"} or len(given) != 2:
                raise NotColumnsError  # with missing values the order of the two decides
            made = self._numpy(f"{name}imum", *(one.node for one in given))
            return joined(made, "int", *given)
        if len(given) != 1:
            raise NotColumnsError
        inner = given[0]
        if name == "len" and inner.kind in TEXTS:
            return joined(self._method(inner, "str.len"), "int", inner)
        if name == "len" or inner.kind not in NUMBERS or inner.single:
            raise NotColumnsError
        if name == "abs":
            made = ast.Call(ast.Name("abs", ast.Load()), [inner.node], [])
            return joined(made, inner.kind, inner)
        wide = "int64" if name == "int" else "float64"
        kind: Kind = "int" if name == "int" else "float"
        return joined(self._method(inner, "astype", ast.Constant(wide)), kind, inner)

    def _text_method(self, func: ast.Attribute, given: list[ast.expr]) -> Vector:
        inner = self.value(func.value)
        kind = _TEXT_METHODS.get(func.attr)
        wanted = _NEEDS_ARGUMENTS.get(func.attr, 0)
        type_ = int if func.attr == "zfill" else str
        literal = all(is_constant(one, lambda value: type(value) is type_) for one in given)
        strips = func.attr.endswith("strip") and len(given) == 1
        if inner.kind not in TEXTS or kind is None or not literal:
            raise NotColumnsError
        if len(given) != wanted and not strips:
            raise NotColumnsError
        words = [ast.keyword("regex", ast.Constant(value=False))]
        words = words if func.attr == "replace" else []
        return joined(self._method(inner, f"str.{func.attr}", *given, words=words), kind, inner)

    def _method(
        self,
        inner: Vector,
        name: str,
        *given: ast.expr,
        words: list[ast.keyword] | None = None,
    ) -> ast.expr:
        if not inner.series:
            raise NotColumnsError
        func = inner.node
        for part in name.split("."):
            func = ast.Attribute(func, part, ast.Load())
        return ast.Call(func, list(given), words or [])

    def _numpy(self, name: str, *given: ast.expr) -> ast.expr:
        self.uses_numpy = True
        func = ast.Attribute(ast.Name(self.numpy, ast.Load()), name, ast.Load())
        return ast.Call(func, list(given), [])
