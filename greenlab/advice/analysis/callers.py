"""Where a function of the user's is used, in all the code that a cell reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from greenlab.cellcode.abstract_values import Defined, Known, Made, Method, path_of
from greenlab.cellcode.ast_queries import keyword, parameters_of
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

Function = ast.FunctionDef | ast.Lambda
_OF_OBJECTS: Final = frozenset({"__call__", "forward"})


def units_of(code: Code) -> tuple[Code, ...]:
    """The cell's code and that of each function it reached."""
    return code.others.units or (code,)


def uses(function: ast.FunctionDef, code: Code) -> Iterator[tuple[Code, ast.expr]]:
    """Every place where a function is called or handed on by its name, and the code there.

    Of `__call__` and `forward`, where an object is that has it.
    """
    by_object = function.name in _OF_OBJECTS
    for unit in units_of(code):
        for node in unit.nodes:
            match node:
                case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()) | ast.Call() if (
                    by_object
                ):
                    if _has_method(unit, node, function):
                        yield unit, node
                case (
                    ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load())
                ) if name == function.name and _may_be(unit, node, function):
                    yield unit, node


def calls_of(function: ast.FunctionDef, code: Code) -> Iterator[tuple[Code, ast.Call]]:
    """Every call of a function, and the code there."""
    for unit, use in uses(function, code):
        call = unit.parents.get(use)
        if isinstance(call, ast.Call) and call.func is use:
            yield unit, call


def _has_method(code: Code, node: ast.expr, function: ast.FunctionDef) -> bool:
    value, scope = code.value(node), code.scope(node)
    if scope is None or not isinstance(value, (Known, Made)):
        return False
    method = scope.attribute(value, function.name)
    return isinstance(method, Method) and method.function.node is function


def _may_be(code: Code, node: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether a name stands for this function, not for another thing of the same name."""
    match code.value(node):
        case Defined(node=known) | Method(function=Defined(node=known)):
            return known is function
        case None:
            return True
    return False


def parameters(function: Function) -> list[str]:
    """The names of its parameters in their order, without that of the object of a method."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] == ["self"] else names


def given(call: ast.Call, place: int | None, name: str) -> ast.expr | None:
    """What a call gives for a parameter of this name, at this place."""
    if place is not None and place < len(call.args):
        return call.args[place]
    return keyword(call, name)


def stand_ins(node: ast.expr, code: Code, depth: int = 3) -> Iterator[tuple[Code, ast.expr]]:
    """The expression itself or, for a parameter, what each call of the function gives."""
    function = _whose_parameter(node, code)
    if function is None or not isinstance(node, ast.Name):
        yield code, node
        return
    names = parameters(function)
    place = names.index(node.id) if node.id in names else None
    for unit, call in calls_of(function, code) if depth else ():
        if (argument := given(call, place, node.id)) is not None:
            yield from stand_ins(argument, unit, depth - 1)


def path_of_object(node: ast.expr, code: Code) -> str | None:
    """The path of what an expression stands for: of `self.pipe` that of what it holds."""
    actual = code.actual(node) or node
    value = code.value(actual)
    if isinstance(value, (Known, Made)):
        return path_of(value)
    seen = code.seen(actual).get("type")
    return f"{seen}()" if type(seen) is str else code.path(actual)


def called(call: ast.Call, code: Code) -> str:
    """What is called, seen through parameters and attributes: the path of an object's class."""
    func = call.func
    if isinstance(func, ast.Attribute):
        base = path_of_object(func.value, code)
        if base and not base.startswith("__main__."):
            return f"{base}.{func.attr}"
    return path_of_object(func, code) or ""


def resolved(node: ast.expr, code: Code, live: Live) -> object:
    """The live object of an expression in any of the units; `live` is that of one of them."""
    decided, thing = code.resolved(node)
    return thing if decided or thing is not None else live.resolve(node)


def _whose_parameter(node: ast.expr, code: Code) -> ast.FunctionDef | None:
    """The function around a name whose parameter it is."""
    if isinstance(node, ast.Name):
        for above in code.within(node):
            if isinstance(above, ast.FunctionDef):
                return above if node.id in parameters_of(above) else None
    return None
