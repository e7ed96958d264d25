"""What flows where in the body of a loop, by the names it assigns: no value is looked at."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from greenlab.cellcode.ast_queries import loaded, stored_names

# Methods that change what they are called on, by what they are given.
_PUTS_IN = frozenset(
    {"add", "append", "appendleft", "extend", "insert", "push", "put", "update"}
)
# Methods after which a model is another one.
LEARNS = frozenset(
    {"backward", "fit", "fit_transform", "learn_many", "learn_one", "load_state_dict",
     "partial_fit", "set_params", "step", "train_on_batch"}
)  # fmt: skip


def sources(names: set[str], body: ast.AST) -> set[str]:
    """These names and all from which the body works out their values."""
    found = set(names)
    flows = list(_flows(body))
    while more := {name for into, out_of in flows if into & found for name in out_of} - found:
        found |= more
    return found


def results(of: ast.AST, body: ast.AST) -> set[str]:
    """The names that hold, or hold something made from, what this expression gives."""
    flows = list(_flows(body, of))
    found = {name for into, out_of in flows if _OF in out_of for name in into}
    while more := {name for into, out_of in flows if out_of & found for name in into} - found:
        found |= more
    return found


def carried(body: ast.AST) -> set[str]:
    """The names whose value of an earlier round may be read: read before they are assigned."""
    written: set[str] = set()
    exposed: set[str] = set()
    for statement in _statements(body):
        if isinstance(statement, ast.AugAssign):
            exposed |= stored_names(statement.target) - written
        exposed |= {name for part in _own(statement) for name in loaded(part)} - written
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            written |= stored_names(statement)
    return exposed


def depends_on_earlier(call: ast.Call, inputs: Iterable[ast.AST], body: ast.AST) -> bool:
    """Whether what a call is given in one round comes of what it gave in an earlier one."""
    given = sources({name for node in inputs for name in loaded(node)}, body)
    both = given & results(call, body) & carried(body)
    return any(not _keeps_apart(name, body) for name in both)


def _keeps_apart(name: str, body: ast.AST) -> bool:
    """Whether the body reads some columns of a table and writes others."""
    columns: dict[bool, set[str]] = {True: set(), False: set()}
    placed: set[ast.AST] = set()
    for node in ast.walk(body):
        match node:
            case ast.Subscript(
                value=ast.Name() as held, slice=ast.Constant(value=str(column)), ctx=how
            ):
                pass
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name() as held, attr="at" | "loc"),
                slice=ast.Tuple(elts=[_, ast.Constant(value=str(column))]),
                ctx=how,
            ):
                pass
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name() as held]):
                placed.add(held)
                continue
            case _:
                continue
        placed.add(held)
        if held.id == name:
            columns[isinstance(how, ast.Store)].add(column)
    whole = any(
        isinstance(node, ast.Name) and node.id == name and node not in placed
        for node in ast.walk(body)
    )
    return not (whole or columns[True] & columns[False])


def learns(model: set[str], body: ast.AST, items: AbstractSet[str] = frozenset()) -> bool:
    """Whether the body trains a model, or puts another in its place.

    A function that gets its model anew each time has the same one, unless that depends on what
    it is given (`items`).
    """
    same: set[ast.AST] = set()
    for node in ast.walk(body) if isinstance(body, ast.FunctionDef) else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value) if (
                name not in loaded(value) and not sources(loaded(value), body) & items
            ):
                same.add(target)
    for node in ast.walk(body):
        stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        if stored and node.id in model and node not in same:  # type: ignore[attr-defined]
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            holder = node.func.value
            by_name = loaded(holder) & model and node.func.attr in LEARNS
            if by_name or node.func.attr == "backward":
                return True
    return False


_OF = "()"  # stands for the expression that is followed; no name is written so


def _flows(body: ast.AST, of: ast.AST | None = None) -> Iterator[tuple[set[str], set[str]]]:
    """Each assignment as the names it gives a value, and those that it takes it from."""
    for node in ast.walk(body):
        match node:
            case ast.Assign(targets=targets, value=value):
                into = set().union(*map(_bases, targets))
                parts: list[ast.AST] = [value]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                into, parts = _bases(target), [value]
            case ast.AugAssign(target=target, value=value):
                into, parts = _bases(target), [value]
            case ast.NamedExpr(target=target, value=value):
                into, parts = _bases(target), [value]
            case ast.For(target=target, iter=value) if node is not body:
                into, parts = _bases(target), [value]
            case ast.Call(func=ast.Attribute(value=held, attr=attr)) if attr in _PUTS_IN:
                into = _bases(held)
                parts = [*node.args, *(word.value for word in node.keywords)]
            case _:
                continue
        out_of = {name for part in parts for name in loaded(part)}
        if of is not None and any(one is of for part in parts for one in ast.walk(part)):
            out_of.add(_OF)
        yield into, out_of


def _bases(target: ast.AST) -> set[str]:
    """The names that an assignment to this changes: `d` for `d["a"].b`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return set().union(*map(_bases, target.elts))
    while isinstance(target, (ast.Attribute, ast.Subscript, ast.Starred)):
        target = target.value
    return {target.id} if isinstance(target, ast.Name) else set()


def _statements(body: ast.AST) -> Iterator[ast.stmt]:
    """The statements within it, in the order in which they stand."""
    inside = [one for one in ast.walk(body) if isinstance(one, ast.stmt) and one is not body]
    yield from sorted(inside, key=lambda one: (one.lineno, one.col_offset))


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement's own expressions, without the statements that stand in it."""
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler)):
            yield child
