"""An expression on whole columns, with the type of its values and the columns that it reads."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.pandas.live_tables import Kind

NUMBERS: Final = frozenset({"int", "float"})
TEXTS: Final = frozenset({"str", "object"})


class NotColumnsError(Exception):
    """An expression has no safe counterpart on columns."""


@dataclass(frozen=True, slots=True)
class Vector:
    """An expression on columns, what its values are, and whether it is a pandas `Series`.

    `single`: the same one value for all rows. `parts`: the columns it reads.
    """

    node: ast.expr
    kind: Kind
    series: bool = False
    single: bool = False
    parts: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """The expression as code."""
        return ast.unparse(ast.fix_missing_locations(copy.deepcopy(self.node)))

    def text_of(self, then: str) -> str:
        """The expression as code, followed by such as `.sum()`."""
        plain = not then or isinstance(
            self.node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)
        )
        return f"{self.text}{then}" if plain else f"({self.text}){then}"


def joined(node: ast.expr, kind: Kind, *of: Vector) -> Vector:
    """A vector made of others."""
    return Vector(
        node,
        kind,
        series=any(one.series for one in of),
        single=all(one.single for one in of),
        parts=frozenset().union(*(one.parts for one in of)),
    )


def is_constant(node: ast.expr, suits: Callable[[Any], bool]) -> bool:
    """Whether this is a literal that suits."""
    return isinstance(node, ast.Constant) and suits(node.value)
