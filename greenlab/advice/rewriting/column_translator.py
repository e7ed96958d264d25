"""Write an expression on one row of a table as an expression on whole columns.

Only what gives the same values is written: where a step has other rules on columns than on
single values (missing values, zero divisors, numbers of other widths), it is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from greenlab.advice.analysis.pandas.live_tables import Kind
from greenlab.advice.rewriting.column_calls import Calls
from greenlab.advice.rewriting.typed_column import (
    NUMBERS,
    TEXTS,
    NotColumnsError,
    Vector,
    is_constant,
    joined,
)

_MAX_NODES: Final = 80
# Parts of a date that columns have under the same name.
_DATE_PARTS: Final = frozenset(
    {"day", "day_of_week", "day_of_year", "dayofweek", "dayofyear", "hour", "minute", "month",
     "quarter", "second", "year"}
)  # fmt: skip
_NUMBERS_BY_NAME: Final = frozenset(
    f"{module}.{name}" for module in ("math", "numpy") for name in ("e", "inf", "nan", "pi")
)


@dataclass
class Translator(Calls):
    """Turns expressions on a row into expressions on columns.

    `column`: which column an expression reads, or `None`. `index`: the loop's name for the
    row's label. `changing`: names whose value is not one for all rows.

    Raises:
        NotColumnsError: from any method, where there is no safe counterpart.
    """

    table: ast.expr
    kinds: Mapping[str, Kind]
    column: Callable[[ast.expr], str | None]
    index: str | None
    index_kind: Kind
    changing: frozenset[str]
    locals: dict[str, Vector] = field(default_factory=dict)

    def value(self, node: ast.expr) -> Vector:
        """The expression on columns."""
        self.live.tick()
        if (name := self.column(node)) is not None:
            if self.kinds.get(name, "other") == "other":
                raise NotColumnsError
            read = ast.Subscript(self.table, ast.Constant(name), ast.Load())
            return Vector(read, self.kinds[name], series=True, parts=frozenset({name}))
        form = _FORMS.get(type(node))
        if form is None:
            raise NotColumnsError
        found = form(self, node)
        if sum(1 for _ in ast.walk(found.node)) > _MAX_NODES:
            raise NotColumnsError
        return found

    def condition(self, node: ast.expr) -> Vector:
        """The expression on columns, if its values are true or false."""
        found = self.value(node)
        if found.kind != "bool" or found.single:
            raise NotColumnsError
        return found

    def _constant(self, node: ast.Constant) -> Vector:
        return self._single(node, node.value)

    def _name(self, node: ast.Name) -> Vector:
        if node.id in self.locals:
            return self.locals[node.id]
        if node.id == self.index:
            return Vector(ast.Attribute(self.table, "index", ast.Load()), self.index_kind)
        if node.id in self.changing:
            raise NotColumnsError
        return self._single(node, self.live.resolve(node))

    def _single(self, node: ast.expr, value: Any) -> Vector:
        kinds: Mapping[type, Kind] = {int: "int", float: "float", bool: "bool", str: "str"}
        if type(value) not in kinds or (type(value) is int and abs(value) >= 2**31):
            raise NotColumnsError
        return Vector(node, kinds[type(value)], single=True)

    def _arithmetic(self, node: ast.BinOp) -> Vector:
        left, right = self.value(node.left), self.value(node.right)
        made = ast.BinOp(left.node, node.op, right.node)
        both = {left.kind, right.kind}
        if isinstance(node.op, ast.Add) and both <= TEXTS:
            return joined(made, "str", left, right)
        if not both <= NUMBERS:
            raise NotColumnsError
        kind: Kind = "float" if "float" in both else "int"
        if isinstance(node.op, ast.Div):
            kind = "float"
        elif isinstance(node.op, (ast.FloorDiv, ast.Mod)):
            if not is_constant(right.node, lambda number: number > 0):
                raise NotColumnsError
        elif isinstance(node.op, ast.Pow):
            if not is_constant(right.node, lambda number: number in (2, 0.5)):
                raise NotColumnsError  # whole numbers have no negative powers, and an end
            kind = "int" if kind == "int" and ast.unparse(right.node) == "2" else "float"
        elif not isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)):
            raise NotColumnsError
        return joined(made, kind, left, right)

    def _unary(self, node: ast.UnaryOp) -> Vector:
        if isinstance(node.op, ast.Not):
            inner = self.condition(node.operand)
            return joined(ast.UnaryOp(ast.Invert(), inner.node), "bool", inner)
        inner = self.value(node.operand)
        if not isinstance(node.op, ast.USub) or inner.kind not in NUMBERS:
            raise NotColumnsError
        return joined(ast.UnaryOp(node.op, inner.node), inner.kind, inner)

    def _logic(self, node: ast.BoolOp) -> Vector:
        op = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        whole = self.condition(node.values[0])
        for value in node.values[1:]:
            part = self.beyond(value, condition=True)
            whole = joined(ast.BinOp(whole.node, op, part.node), "bool", whole, part)
        return whole

    def _comparison(self, node: ast.Compare) -> Vector:
        sides = [node.left, *node.comparators]
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return self._membership(node)
        whole: Vector | None = None
        for op, one, other in zip(node.ops, sides, sides[1:], strict=False):
            left, right = self.value(one), self.value(other)
            equality = isinstance(op, (ast.Eq, ast.NotEq))
            both = {left.kind, right.kind}
            texts = equality and both <= TEXTS and "str" in both
            alike = both <= NUMBERS or both == {"bool"} or texts
            if not alike or isinstance(op, (ast.Is, ast.IsNot, ast.In, ast.NotIn)):
                raise NotColumnsError
            made = ast.Compare(left.node, [op], [right.node])
            part = joined(made, "bool", left, right)
            if whole:
                both_hold = ast.BinOp(whole.node, ast.BitAnd(), part.node)
                part = joined(both_hold, "bool", whole, part)
            whole = part
        assert whole is not None
        return whole

    def _membership(self, node: ast.Compare) -> Vector:
        if len(node.ops) > 1:
            raise NotColumnsError
        one, many = node.left, node.comparators[0]
        if isinstance(many, (ast.List, ast.Tuple, ast.Set)):
            inner = self.value(one)
            items = [self.value(item) for item in many.elts]
            kinds = {item.kind for item in items}
            fits = kinds <= TEXTS if inner.kind in TEXTS else kinds == {inner.kind} == {"int"}
            if not fits or not all(item.single for item in items):
                raise NotColumnsError
            listed = ast.List(many.elts, ast.Load())
            made = self._method(inner, "isin", listed)
        else:
            inner = self.value(many)
            if inner.kind != "str" or not is_constant(one, lambda text: type(text) is str):
                raise NotColumnsError
            words = [ast.keyword("regex", ast.Constant(value=False))]
            made = self._method(inner, "str.contains", one, words=words)
        found = joined(made, "bool", inner)
        if isinstance(node.ops[0], ast.NotIn):
            return joined(ast.UnaryOp(ast.Invert(), found.node), "bool", found)
        return found

    def _choice(self, node: ast.IfExp) -> Vector:
        test = self.condition(node.test)
        yes, no = self.beyond(node.body), self.beyond(node.orelse)
        both = {yes.kind, no.kind}
        if not (both <= NUMBERS or both in ({"str"}, {"bool"})):
            raise NotColumnsError
        kind: Kind = "float" if both == NUMBERS else yes.kind
        made = self._numpy("where", test.node, yes.node, no.node)
        return Vector(made, kind, parts=test.parts | yes.parts | no.parts)

    def beyond(self, node: ast.expr, *, condition: bool = False) -> Vector:
        """The expression on columns, where a row may not get as far as this expression."""
        before, self.guarded = self.guarded, True
        try:
            return self.condition(node) if condition else self.value(node)
        finally:
            self.guarded = before

    def _attribute(self, node: ast.Attribute) -> Vector:
        if self.code.path(node) in _NUMBERS_BY_NAME:
            return Vector(node, "float", single=True)
        inner = self.value(node.value)
        if inner.kind != "datetime" or node.attr not in _DATE_PARTS or self.guarded:
            raise NotColumnsError
        part = ast.Attribute(ast.Attribute(inner.node, "dt", ast.Load()), node.attr, ast.Load())
        return joined(part, "int", inner)

    def _looked_up(self, node: ast.Subscript) -> Vector:
        """`TABLE[row["c"]]`, where `TABLE` is a plain dictionary."""
        held = self.live.resolve(node.value)
        if type(held) is not dict or not isinstance(node.value, ast.Name) or self.guarded:
            raise NotColumnsError
        if node.value.id in self.changing:
            raise NotColumnsError
        inner = self.value(node.slice)
        if inner.kind not in (*TEXTS, "int") or inner.single:
            raise NotColumnsError
        return joined(self._method(inner, "map", node.value), "other", inner)


_FORMS: Final[Mapping[type, Callable[[Translator, Any], Vector]]] = {
    ast.Attribute: Translator._attribute,
    ast.BinOp: Translator._arithmetic,
    ast.BoolOp: Translator._logic,
    ast.Call: Translator.called,
    ast.Compare: Translator._comparison,
    ast.Constant: Translator._constant,
    ast.IfExp: Translator._choice,
    ast.Name: Translator._name,
    ast.Subscript: Translator._looked_up,
    ast.UnaryOp: Translator._unary,
}
