"""What was seen of objects while a cell ran, by the expressions that stood for them.

A function's variables are gone when it returns. The stacks of the cell know what some of them
were: their class, their size, how they were made (`greenlab.lines.readers`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from greenlab.advice.where_energy_went import WhereEnergyWent, by_magic, innermost
from greenlab.cellcode.abstract_values import FUNCTIONS
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.function_scope import own_nodes
from greenlab.record.hot_stack import DATA, FITTED, Facts, HotStack


def sightings(codes: Iterable[Code], where: WhereEnergyWent) -> dict[ast.AST, Facts]:
    """By each name and attribute in a function that was seen to run; a call on a line that was
    seen has the facts of `FITTED`, those of `DATA` are below its first argument.
    """
    found: dict[ast.AST, Facts] = {}
    stacks = [stack for stack in where.stacks if stack.facts]
    for code in codes if stacks else ():
        for stack in stacks:
            if where.stands_in(innermost(stack), code.origin):
                for node, facts in _seen_in(code, stack):
                    found.setdefault(node, facts)
    return found


def _seen_in(code: Code, stack: HotStack) -> Iterable[tuple[ast.AST, Facts]]:
    function = _function_at(code, stack)
    for node in own_nodes(function) if function is not None else code.nodes:
        match node:
            case ast.Call():
                yield from _of_call(node, stack)
            case ast.Name() | ast.Attribute() if function is not None:
                facts = stack.facts.get(ast.unparse(node))
                if facts is not None:
                    yield node, facts


def _of_call(call: ast.Call, stack: HotStack) -> Iterable[tuple[ast.AST, Facts]]:
    """Of a call that alone fits something on this line."""
    facts: Mapping[str, Facts] = stack.facts
    last = call.end_lineno or call.lineno
    if not call.lineno <= stack.line <= last or not isinstance(call.func, ast.Attribute):
        return
    if call.func.attr.startswith(("fit", "predict")):
        if FITTED in facts:
            yield call.func.value, facts[FITTED]
        if DATA in facts and call.args:
            yield call.args[0], facts[DATA]


def _function_at(code: Code, stack: HotStack) -> ast.AST | None:
    """The function of the stack's innermost line, in this code."""
    name = stack.function.rpartition(".")[2]
    anew = by_magic(innermost(stack))
    around = [
        node
        for node in code.nodes
        if isinstance(node, FUNCTIONS)
        and node.name == name
        and (anew or node.lineno <= stack.line <= (node.end_lineno or node.lineno))
    ]
    return around[-1] if around else None
