"""The work of a loop over rows, written over whole columns."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.pandas.live_tables import Kind, alias, columns, counts_from_zero
from greenlab.advice.analysis.pandas.row_loops import (
    Comprehension,
    RowLoop,
    applied_function,
    bound_later,
    cell,
    on_every_row,
)
from greenlab.advice.rewriting.column_translator import Translator
from greenlab.advice.rewriting.if_conversion import function, merged
from greenlab.advice.rewriting.typed_column import NUMBERS, NotColumnsError, Vector
from greenlab.cellcode.ast_queries import calls, loaded, stored, stored_names
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

_MAX_GUESSED: Final = 4


@dataclass(frozen=True, slots=True)
class Columns:
    """The same work over columns: `text` stands for the loop, or for the call or comprehension.

    `imports`: numpy's import, if the notebook lacks it.
    """

    text: str
    imports: str | None


def over_columns(loop: RowLoop, code: Code, live: Live) -> Columns | None:
    """The loop's work over whole columns, or `None` where no safe form is known."""
    held = live.resolve(code.actual(loop.table))
    return _written(loop, code, live, columns(held, live), ordered=counts_from_zero(held, live))


def has_column_form(loop: RowLoop, code: Code, live: Live) -> bool:
    """Whether the work has such a form for a table that was never seen: for columns of some
    kinds, with rows that count from 0.
    """
    names = sorted(_may_be_columns(loop, code))
    pure: tuple[Kind, ...] = ("float", "str", "int", "datetime")
    guesses = [dict.fromkeys(names, kind) for kind in pure]
    if len(names) <= _MAX_GUESSED:
        either: tuple[Kind, ...] = ("float", "str")
        mixed = itertools.product(either, repeat=len(names))
        guesses += [dict(zip(names, kinds, strict=True)) for kinds in mixed]
    return any(_written(loop, code, live, kinds, ordered=True) for kinds in guesses)


def _may_be_columns(loop: RowLoop, code: Code) -> set[str]:
    """Every text and attribute in the loop, or in the function that is applied."""
    applied = applied_function(loop, code)
    scopes = (loop.node, *((applied[0],) if applied else ()))
    nodes = [node for scope in scopes for node in ast.walk(scope)]
    texts = {
        key.value
        for node in nodes
        if isinstance(node, ast.Subscript)
        for key in (node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
        if isinstance(key, ast.Constant) and type(key.value) is str
    }
    return texts | {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and not on_every_row(node.attr)
    }


def _written(
    loop: RowLoop, code: Code, live: Live, kinds: Mapping[str, Kind], *, ordered: bool
) -> Columns | None:
    numpy = alias(code, "numpy", "np")
    if not kinds or numpy is None or bound_later(loop, code, loaded(loop.table)):
        return None
    if loop.how == "range" and not ordered:
        return None
    body = _Body(loop, code, live, kinds, numpy[0], ordered=ordered)
    try:
        text = body.text()
    except NotColumnsError:
        return None
    if bound_later(loop, code, set(), body.read):
        return None
    missing = numpy[1] and body.uses_numpy
    return Columns(text, f"import numpy as {numpy[0]}" if missing else None)


class _Body:
    """What one loop does with a row, taken apart statement by statement."""

    def __init__(
        self,
        loop: RowLoop,
        code: Code,
        live: Live,
        kinds: Mapping[str, Kind],
        numpy: str,
        *,
        ordered: bool,
    ) -> None:
        self.loop, self.code, self.live, self.ordered = loop, code, live, ordered
        self.row = loop.row
        self.lines: list[str] = []
        self.read: frozenset[str] = frozenset()
        self.kinds = kinds
        self.targets: set[str] = set()
        self.columns: set[str] = set()  # those written so far
        self.translator = Translator(
            code, live, numpy, loop.table, kinds, self._column, loop.label,
            "int" if ordered else "other", frozenset(stored(loop.node)),
        )  # fmt: skip

    @property
    def uses_numpy(self) -> bool:
        return self.translator.uses_numpy

    def text(self) -> str:
        node = self.loop.node
        if isinstance(node, ast.Call):
            return self._applied(node)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return self._listed(node)
        sums = {
            ast.unparse(one.target) for one in ast.walk(node) if isinstance(one, ast.AugAssign)
        }
        if self.code.reads_elsewhere(stored_names(node) - sums, node):
            raise NotColumnsError  # the loop's own names are gone afterwards
        self._statements(node.body, None)
        if node.orelse or not self.lines:
            raise NotColumnsError
        return "\n".join(self.lines)

    def _value(self, node: ast.expr) -> Vector:
        found = self.translator.value(node)
        self.read |= found.parts
        return found

    def _condition(self, node: ast.expr) -> Vector:
        found = self.translator.condition(node)
        self.read |= found.parts
        return found

    def _applied(self, call: ast.Call) -> str:
        applied = applied_function(self.loop, self.code)
        self.row, value = function(applied[0] if applied else None)
        self.translator.changing |= {self.row}
        found = self._value(value)
        if found.single or not (found.series or found.parts):
            raise NotColumnsError
        above = self.code.parents[call]
        table = ast.unparse(self.loop.table)
        if not found.series and not _is_column(above, table):
            pandas = alias(self.code, "pandas", "pd")
            if pandas is None or pandas[1]:
                raise NotColumnsError
            return f"{pandas[0]}.Series({found.text}, index={table}.index)"
        return f"({found.text})" if isinstance(above, ast.expr) else found.text

    def _listed(self, node: Comprehension) -> str:
        generator = node.generators[0]
        tests = generator.ifs
        if generator.is_async or len(tests) > 1:
            raise NotColumnsError
        where = self._condition(tests[0]) if tests else None
        self.translator.guarded = where is not None
        found = self._value(node.elt)
        if found.single:
            raise NotColumnsError
        return found.text_of(f"[{where.text}].tolist()" if where else ".tolist()")

    def _statements(self, statements: list[ast.stmt], where: Vector | None) -> None:
        for number, statement in enumerate(statements):
            self.translator.guarded = where is not None
            if isinstance(statement, ast.If):
                if [type(one) for one in statement.body] == [ast.Continue]:
                    skipped = ast.UnaryOp(ast.Not(), statement.test)
                    if statement.orelse:
                        raise NotColumnsError
                    rest = self._narrowed(where, skipped)
                    self._statements(statements[number + 1 :], rest)
                    return
                self._branches(statement, where)
            elif isinstance(statement, ast.Assign) and isinstance(
                statement.targets[0], ast.Name
            ):
                name = statement.targets[0].id
                if len(statement.targets) > 1 or where or name in self.targets:
                    raise NotColumnsError
                self.translator.locals[name] = self._value(statement.value)
            else:
                self._once(statement, statement)
                self._sink(statement, where)

    def _branches(self, statement: ast.If, where: Vector | None) -> None:
        if (one := merged(statement)) is not None:
            self._once(one, statement)
            self._sink(one, where)
            return
        self._statements(statement.body, self._narrowed(where, statement.test))
        if statement.orelse:
            self.translator.guarded = where is not None
            other = ast.UnaryOp(ast.Not(), statement.test)
            self._statements(statement.orelse, self._narrowed(where, other))

    def _narrowed(self, where: Vector | None, test: ast.expr) -> Vector:
        found = self._condition(test)
        if where is None:
            return found
        both = ast.BinOp(where.node, ast.BitAnd(), found.node)
        series = where.series or found.series
        return Vector(both, "bool", series=series, parts=where.parts | found.parts)

    def _sink(self, statement: ast.stmt, where: Vector | None) -> None:
        match statement:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="append"),
                    args=[value],
                    keywords=[],
                )
            ):
                self._appended(name, self._value(value), where)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self._added(name, self._value(value), where)
            case ast.Assign(targets=[ast.Subscript() as target], value=value):
                self._written(target, self._value(value), where)
            case ast.Pass():
                pass
            case _:
                raise NotColumnsError

    def _once(self, one: ast.stmt, written: ast.stmt) -> None:
        """Each list or sum is changed by one statement, and read nowhere in the loop."""
        match one:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
                changes = {
                    id(call.func.value)
                    for call in calls(written)
                    if isinstance(call.func, ast.Attribute) and call.func.attr == "append"
                }
            case ast.AugAssign(target=ast.Name(id=name)):
                changes = set()
            case _:
                return
        others = any(
            isinstance(node, ast.Name)
            and node.id == name
            and isinstance(node.ctx, ast.Load)
            and id(node) not in changes
            for node in ast.walk(self.loop.node)
        )
        if others or name in self.targets or name in self.translator.locals:
            raise NotColumnsError
        self.targets.add(name)

    def _unchanged(self, *of: Vector | None) -> None:
        """Nothing may be computed from a column that a line before has changed."""
        if any(one.parts & self.columns for one in of if one):
            raise NotColumnsError

    def _appended(self, name: str, value: Vector, where: Vector | None) -> None:
        self._unchanged(value, where)
        if type(self.live.resolve(ast.Name(name))) is not list or value.single:
            raise NotColumnsError
        cut = f"[{where.text}]" if where else ""
        self.lines.append(f"{name}.extend({value.text_of(f'{cut}.tolist()')})")

    def _added(self, name: str, value: Vector, where: Vector | None) -> None:
        self._unchanged(value, where)
        if value.single and where and value.text == "1":
            self.lines.append(f"{name} += int({where.text_of('.sum()')})")
            return
        if value.kind not in NUMBERS or not value.series:
            raise NotColumnsError
        cut = f"[{where.text}]" if where else ""
        self.lines.append(f"{name} += {value.text_of(f'{cut}.sum(skipna=False)')}")

    def _written(self, target: ast.Subscript, value: Vector, where: Vector | None) -> None:
        name, table = cell(target, self.loop), ast.unparse(self.loop.table)
        place = target.value
        straight = isinstance(place, ast.Attribute) and ast.unparse(place.value) == table
        if name is None or not straight or not self.ordered:
            raise NotColumnsError  # a value put into a column may not reach the table
        self._unchanged(value, where)
        if name in self.columns:
            raise NotColumnsError
        if name in self.read and self.kinds.get(name) != value.kind:
            raise NotColumnsError  # the column held other values when the loop began
        self.columns.add(name)
        if where is None:
            self.lines.append(f"{table}[{name!r}] = {value.text}")
            return
        cut = "" if value.single or value.series else f"[{where.text}]"
        self.lines.append(f"{table}.loc[{where.text}, {name!r}] = {value.text_of(cut)}")

    def _column(self, node: ast.expr) -> str | None:
        if (placed := cell(node, self.loop)) is not None:
            return placed
        name: Any = None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            name = node.slice.value if self.loop.how != "itertuples" else None
        elif isinstance(node, ast.Attribute) and not on_every_row(node.attr):
            name = node.attr
        held = getattr(node, "value", None)
        if not isinstance(held, ast.Name) or held.id != self.row or type(name) is not str:
            return None
        return name if name in self.kinds else None


def _is_column(above: ast.AST, table: str) -> bool:
    """Whether this is `df["c"] = …`."""
    if not isinstance(above, ast.Assign) or len(above.targets) > 1:
        return False
    target = above.targets[0]
    return isinstance(target, ast.Subscript) and ast.unparse(target.value) == table
