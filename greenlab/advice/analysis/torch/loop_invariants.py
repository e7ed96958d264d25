"""What a loop does again each time round although once, or not at all, would do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenlab.advice.analysis.torch.training_and_evaluation import LOOPS, shares_lines, steps
from greenlab.advice.rewriting.edits import Edit, Insert, Replace, Swap
from greenlab.cellcode.ast_queries import loaded, stored
from greenlab.cellcode.cell_ast import Code

# The first part of what loads something from disk, and its last.
LOADERS = frozenset(
    {
        ("sentence_transformers", "SentenceTransformer"),
        ("torch", "load"),
        ("transformers", "from_pretrained"),
        ("transformers", "pipeline"),
    }
)
# Where one of these stands in the loop, what is loaded may be another at its end.
CHANGES = frozenset(
    {"add_adapter", "add_special_tokens", "add_tokens", "backward", "fit", "load_state_dict",
     "merge_and_unload", "requires_grad_", "resize_token_embeddings", "step", "train"}
)  # fmt: skip


@dataclass(frozen=True)
class LoadInLoop:
    """`statement` binds `name` to the same thing from disk in each round of `loop`."""

    call: ast.Call
    statement: ast.Assign
    name: ast.Name
    loop: ast.stmt

    def hoisted(self, code: Code) -> tuple[Edit, ...]:
        """Load it once, before the loop; none where statements share a line."""
        if shares_lines([self.statement], code) or shares_lines([self.loop], code):
            return ()
        first, last = self.statement.lineno, self.statement.end_lineno
        return (
            Insert(self.loop.lineno, code.text(self.statement)),
            Swap(first, last or first, ""),
        )


def loads(code: Code) -> Iterator[LoadInLoop]:
    """Every load whose arguments stay the same, of a thing the loop only uses."""
    for call in code.calls:
        path = code.path(call.func) or ""
        statement = code.parents[call]
        if (path.partition(".")[0], path.rpartition(".")[2]) not in LOADERS or not (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(name := statement.targets[0], ast.Name)
            and isinstance(loop := code.parents[statement], LOOPS)
            and statement in loop.body
        ):
            continue
        if not _varies(loop, statement, name.id) and not loaded(call) & stored(loop):
            yield LoadInLoop(
                call, statement, name, _widest(loop, loaded(call) | {name.id}, code)
            )


def kept_graphs(code: Code) -> Iterator[tuple[ast.Name, ast.Name]]:
    """Each `total += loss` and `losses.append(loss)` of a training step: where to, and what.

    The loss keeps the record of how it was computed, and so all of them are kept.
    """
    for step in steps(code):
        held = step.func.value if isinstance(step.func, ast.Attribute) else None
        block = code.block(code.statement(step))
        for statement in block if isinstance(held, ast.Name) else ():
            match statement:
                case ast.AugAssign(
                    target=ast.Name() as into, op=ast.Add(), value=ast.Name() as one
                ):
                    pass
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name() as into, attr="append"),
                        args=[ast.Name() as one],
                    )
                ):
                    pass
                case _:
                    continue
            if isinstance(held, ast.Name) and one.id == held.id:
                yield into, one


def detached(one: ast.Name, code: Code) -> Edit:
    """The same number without the record of how it was computed."""
    return Replace.of(code.masked.text, one, f"{one.id}.detach()")


def _varies(loop: ast.stmt, statement: ast.stmt, name: str) -> bool:
    """Whether the loop binds the name again, or may change what it stands for."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Attribute):
            if node.attr in CHANGES:
                return True
            if not isinstance(node.ctx, ast.Load) and name in loaded(node):
                return True
    own = set(ast.walk(statement))
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and not isinstance(node.ctx, ast.Load)
        and node not in own
        for node in ast.walk(loop)
    )


def _widest(loop: ast.stmt, names: set[str], code: Code) -> ast.stmt:
    """The outermost loop around this one in which nothing binds these names otherwise."""
    found = loop
    for above in code.within(loop):
        if isinstance(above, (ast.FunctionDef, ast.ClassDef)) or not isinstance(
            above, ast.stmt
        ):
            break
        if isinstance(above, LOOPS):
            others = [one for one in ast.walk(above) if one not in set(ast.walk(loop))]
            bound = {
                one.id
                for one in others
                if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
            }
            if bound & names:
                break
            found = above
    return found
