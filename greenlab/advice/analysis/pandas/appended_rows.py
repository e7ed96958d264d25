"""Tables to which one row after the other is put by a label that is not there yet.

Each `df.loc[len(df)] = row` copies all columns anew, and works out their types again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from greenlab.advice.rule import Plan
from greenlab.cellcode.cell_ast import Code

# One row at the end of a table of few columns, on a fast machine: 0.8 ms where an empty loop's
# round took 1.8 times as long as there.
ROW_S: Final = 0.4e-3
_LOOPS: Final = (ast.For, ast.While, ast.FunctionDef)


@dataclass(frozen=True)
class AppendedRow:
    """`statement` puts a row at the end of `table`, in a loop or in a function."""

    statement: ast.Assign
    table: ast.Name | ast.Attribute

    @property
    def name(self) -> str:
        """The table as the code calls it."""
        return ast.unparse(self.table)


def appended_rows(code: Code) -> Iterator[AppendedRow]:
    """Every `df.loc[len(df)] = …` in a loop or a function of the cell."""
    for node in code.nodes:
        match node:
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Attribute(
                            value=ast.Name() | ast.Attribute() as table, attr="loc" | "at"
                        ),
                        slice=at,
                    )
                ]
            ) if _is_next(at, ast.unparse(table)):
                if any(isinstance(above, _LOOPS) for above in code.within(node)):
                    yield AppendedRow(node, table)


def _is_next(at: ast.expr, table: str) -> bool:
    """Whether a label counts the rows that are there, as in `len(df)` and `len(df) + 1`."""
    if isinstance(at, ast.BinOp) and isinstance(at.right, ast.Constant):
        at = at.left
    return ast.unparse(at) in (
        f"len({table})", f"len({table}.index)", f"{table}.shape[0]", f"{table}.index.max()",
    )  # fmt: skip


def plan(appended: AppendedRow) -> Plan:
    """In words: keep the rows in a list, and make the table of them at the end."""
    name = appended.name
    return Plan(
        "The rows are in memory twice while the table is made; types of columns are then found "
        "for whole columns, not for one row after the other.",
        "To change by hand: collect the rows in a list, `rows.append({…})`, and make the table "
        f"once, after the loop: `{name} = pd.DataFrame(rows)`.",
    )
