"""Names that a cell replaced, so that it would not run on the same values again."""

# ruff: noqa: N815  ast names the methods

from __future__ import annotations

import ast
import builtins


def replaced(tree: ast.Module) -> set[str]:
    """The notebook's names that a cell reads and then rebinds: `X = X[:100]`, `step += 1`.

    A reading of its top level, in the order in which it runs. What is changed in place, as a
    model that trains on, is not among them.
    """
    order = _Order()
    order.visit(tree)
    return order.replaced


class _Order(ast.NodeVisitor):
    """Names as they are read and bound, values before their targets."""

    def __init__(self) -> None:
        self.replaced: set[str] = set()
        self._begun: set[str] = set()
        self._bound: set[str] = set()
        self._own: frozenset[str] = frozenset()

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self._own:
            return
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)
        elif node.id not in self._bound and not hasattr(builtins, node.id):
            self._begun.add(node.id)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self._bound.update(one.asname or one.name.partition(".")[0] for one in node.names)

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> None:
        """What it says runs later, or in a scope of its own."""
        self._visit_all(node.decorator_list)
        self._bind(node.name)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_all([node.value, *node.targets])

    def visit_AnnAssign(self, node: ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self._visit_all([node.value, node.target])

    visit_NamedExpr = visit_AnnAssign

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.visit(ast.Name(node.target.id, ast.Load()))
        self._visit_all([node.value, node.target])

    def visit_For(self, node: ast.For) -> None:
        self._visit_all([node.iter, node.target, *node.body, *node.orelse])

    def visit_ListComp(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        targets = [one for part in node.generators for one in ast.walk(part.target)]
        self._apart(node, {one.id for one in targets if isinstance(one, ast.Name)})

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp

    def visit_Lambda(self, node: ast.Lambda) -> None:
        words = ast.walk(node.args)
        self._apart(node, {one.arg for one in words if isinstance(one, ast.arg)})

    def _apart(self, node: ast.AST, own: set[str]) -> None:
        before, self._own = self._own, self._own | own
        self.generic_visit(node)
        self._own = before

    def _visit_all(self, nodes: list[ast.expr] | list[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _bind(self, name: str) -> None:
        self._bound.add(name)
        if name in self._begun:
            self.replaced.add(name)
