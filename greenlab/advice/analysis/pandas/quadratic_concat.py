"""Tables that grow by `concat` within a loop, each round copying all that is there already."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenlab.advice.analysis.row_counts import rows as rows_of
from greenlab.advice.analysis.torch.training_and_evaluation import shares_lines
from greenlab.advice.analysis.trip_count import turns
from greenlab.advice.rewriting.edits import After, Insert, Swap
from greenlab.advice.rule import Plan
from greenlab.cellcode.ast_queries import loaded, stored, written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live

# One call of concat, each further kind of column in it, and one byte copied by it.
CALL_S = 40e-6
KIND_S = 20e-6
BYTE_S = 0.05e-9

RISK = "All parts are in memory until they are joined."


@dataclass(frozen=True)
class Growth:
    """`statement` puts `part` at the end of `table`, in `loop`."""

    statement: ast.Assign
    loop: ast.For | ast.While
    table: ast.Name | ast.Attribute
    call: ast.Call
    part: ast.expr

    @property
    def name(self) -> str:
        """The table as the code calls it."""
        return ast.unparse(self.table)


def growths(code: Code) -> Iterator[Growth]:
    """Every `df = pd.concat([df, part])` in a loop of the cell."""
    for call in code.calls:
        if not (code.path(call.func) or "").endswith(".concat") or len(call.args) != 1:
            continue
        if not (code.path(call.func) or "").startswith("pandas."):
            continue
        match code.parents.get(call), call.args[0]:
            case (
                ast.Assign(targets=[ast.Name() | ast.Attribute() as table]) as statement,
                ast.List(elts=[first, part]) | ast.Tuple(elts=[first, part]),
            ) if ast.unparse(first) == ast.unparse(table):
                loop = _loop(statement, ast.unparse(table), code)
                if loop is not None and not _across(call):
                    yield Growth(statement, loop, table, call, part)


def rounds(growth: Growth, rows: int, code: Code, live: Live) -> int | None:
    """How often the statement ran, `None` where that is not plain.

    `rows`: those of the table after it; where each round adds one, they tell.
    """
    if _is_one_row(growth.part, growth.loop):
        return rows
    if each := rows_of(growth.part, live):
        return rows // each
    count, around = 1, list(code.within(growth.statement))
    while around and not isinstance(around[-1], (ast.For, ast.While, ast.FunctionDef)):
        del around[-1]  # what stands around the loops did happen: the table is there
    for above in around:
        if isinstance(above, (ast.While, ast.If, ast.Try, ast.FunctionDef)):
            return None
        if isinstance(above, ast.For):
            times = turns(above.iter, live)
            if times is None or any(
                isinstance(node, (ast.Break, ast.Continue)) for node in ast.walk(above)
            ):
                return None
            count *= times
    return count


def _is_one_row(part: ast.expr, loop: ast.AST, depth: int = 3) -> bool:
    """Whether this is a table of one row: `df.loc[[i]]`, `pd.DataFrame([one])` and the like."""
    match part:
        case ast.Name(id=name) if depth:
            given = [
                node.value
                for node in ast.walk(loop)
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
            ]
            return len(given) == 1 and _is_one_row(given[0], loop, depth - 1)
        case ast.Subscript(slice=ast.List(elts=[_]), value=ast.Attribute(attr="loc" | "iloc")):
            return True
        case ast.Attribute(value=ast.Call(func=ast.Attribute(attr="to_frame")), attr="T"):
            return True
        case ast.Call(func=ast.Attribute(attr="head" | "tail"), args=[ast.Constant(value=1)]):
            return True
        case ast.Call(func=func, args=[ast.List(elts=[_])]):
            return written_name(func) == "DataFrame"
        case ast.Call(func=func, args=[ast.Dict(values=values)]) if values:
            one = all(isinstance(each, ast.List) and len(each.elts) == 1 for each in values)
            return one and written_name(func) == "DataFrame"
    return False


def copying_s(rounds: int, rows: int, columns: int, kinds: int = 1) -> float:
    """About how many seconds so many rounds spend on calls and on copies, on a fast machine.

    `kinds`: how many different types the columns have.
    """
    call_s = CALL_S + KIND_S * max(0, kinds - 1)
    return rounds * (call_s + rows / 2 * columns * 8 * BYTE_S)


def plan(growth: Growth, code: Code) -> Plan:
    """Keep the parts in a list; join them once, after the loop."""
    name, loop = growth.name, growth.loop
    words = "".join(f", {code.text(word)}" for word in growth.call.keywords)
    concat = code.text(growth.call.func)
    parts = f"{name}_parts"
    by_hand = (
        f"To change by hand: collect the parts in a list, `{parts}.append(…)`, and after the "
        f"loop join them once: `{name} = {concat}({parts}{words})`."
    )
    reads = [node for node in ast.walk(loop) if isinstance(node, ast.Name) and node.id == name]
    ends = any(isinstance(node, (ast.Return, ast.Yield, ast.Await)) for node in ast.walk(loop))
    taken = parts in loaded(code.tree) | stored(code.tree) or code.names(parts) is not None
    taken = taken or not isinstance(growth.table, ast.Name)
    last = loop.end_lineno or loop.lineno
    if (
        len(reads) != 2
        or ends
        or loop.orelse
        or taken
        or shares_lines([growth.statement], code)
    ):
        return Plan(RISK, by_hand)
    first = growth.statement.lineno
    return Plan(
        RISK,
        by_hand,
        (
            Insert(loop.lineno, f"{parts} = [{name}]"),
            Swap(
                first,
                growth.statement.end_lineno or first,
                f"{parts}.append({code.text(growth.part)})",
            ),
            After(last, f"{name} = {concat}({parts}{words})", start=loop.lineno),
        ),
    )


def _loop(statement: ast.stmt, name: str, code: Code) -> ast.For | ast.While | None:
    """The outermost loop around it that does not begin with a new table."""
    found = None
    for above in code.within(statement):
        if isinstance(above, (ast.FunctionDef, ast.ClassDef)):
            break
        if isinstance(above, (ast.For, ast.While)):
            first = _where_it_begins(above, name)
            writes = [
                node
                for node in ast.walk(above)
                if isinstance(node, (ast.Name, ast.Attribute))
                and not isinstance(node.ctx, ast.Load)
                and ast.unparse(node) == name
                and node not in first
            ]
            if len(writes) > 1:
                break
            found = above
    return found


def _where_it_begins(loop: ast.For | ast.While, name: str) -> set[ast.AST]:
    """What a loop does only while there is no table yet: below `if table is None` and the like.

    The table grows in what stands below `else`.
    """
    found: set[ast.AST] = set()
    for node in ast.walk(loop):
        if isinstance(node, ast.If) and name in map(ast.unparse, ast.walk(node.test)):
            test = ast.unparse(node.test)
            some = test in (f"{name} is not None", f"not {name}.empty", f"len({name})")
            for statement in node.orelse if some else node.body:
                found.update(ast.walk(statement))
    return found


def _across(call: ast.Call) -> bool:
    """Whether columns are put side by side, which has rules of its own."""
    words = {word.arg: ast.unparse(word.value) for word in call.keywords}
    return words.get("axis", "0") not in ("0", "'index'") or not words.keys() <= {
        "axis", "copy", "ignore_index", "join", "sort",
    }  # fmt: skip
