"""Which branches of a function run where its call says so."""

import ast

import pytest

from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.reached import Reading
from greenlab.record import Place

MAKE = """\
def make(name, deep=False, size=None):
    if name == "a":
        return A()
    elif name.lower() in ("b", "bb"):
        return B()
    if not deep:
        return C()
    return D()
class A: pass
class B: pass
class C: pass
class D: pass
class CFG:
    name = "b"
"""


def given(call):
    """The classes of what a call may give back."""
    (unit, *_) = Reading().cell(f"{MAKE}out = {call}\n", Place())
    code: Code = unit.code
    (node,) = [
        one
        for one in code.nodes
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "out"
    ]
    assert isinstance(node.value, ast.Call)
    scope = code.scope(node.value)
    assert scope is not None
    return [one.path.rpartition(".")[2] for one in scope.may_give(node.value)]


@pytest.mark.parametrize(
    ("call", "classes"),
    [
        ("make('a')", ["A"]),
        ("make('BB', deep=True)", ["B"]),
        ("make('c', True)", ["D"]),
        ("make(CFG.name, True)", ["B"]),
        ("make(unknown)", ["A", "B", "C", "D"]),
    ],
)
def test_literals_rule_branches_out(call, classes):
    assert given(call) == classes
