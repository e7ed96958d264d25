# ruff: noqa: N802 - LibCST finds its visitors by these names
"""Carry out edits on a cell with LibCST, which keeps every comment and blank.

Importing this module loads LibCST (about 0.2 s): only `write` does so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import libcst as cst
from libcst.metadata import CodePosition, MetadataWrapper, PositionProvider

from greenlab.advice.rewriting.edits import After, Edit, Insert, Replace, Swap, Wrap
from greenlab.cellcode.ipython_syntax import mask
from greenlab.cellcode.parsing import parse
from greenlab.record import Change

H = TypeVar("H", cst.For, cst.FunctionDef, cst.With)
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def change(source: str, edits: Iterable[Edit], rule: str) -> Change | None:
    """The cell after these edits, each marked `# greenlab:<rule>`.

    `None` if an edit finds no place, or the outcome would not be Python: a wrong edit is
    never shown. IPython's own lines are carried over as they are.
    """
    edits = tuple(edits)
    masked = mask(source)
    if not edits or masked is None:
        return None
    editor = _Editor(edits, f"# greenlab:{rule}")
    try:
        text = MetadataWrapper(cst.parse_module(masked.text)).visit(editor).code
        parse(text)
    except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError):
        return None
    if editor.waiting or editor.marked_lines:
        return None  # an edit found no place, or its mark none
    after = masked.restore(text)
    return Change(unified(source, after), after)


def unified(before: str, after: str) -> str:
    """A unified diff of two versions of a cell."""
    rows = difflib.unified_diff(
        before.split("\n"), after.split("\n"), "before", "after", lineterm="", n=2
    )
    return "\n".join(rows)


def undo(change: Change) -> str:
    """The cell before a change, byte for byte.

    Raises:
        ValueError: the difference does not belong to the text.
    """
    after = change.text.split("\n")
    before: list[str] = []
    taken = 0  # lines of `after` that are dealt with
    rows = change.diff.split("\n") if change.diff else []
    left = [0, 0]  # lines still to come of a hunk: before, after
    for row in rows[2:]:  # the first two name the sides
        if left == [0, 0]:
            place = _HUNK.fullmatch(row)
            if place is None:
                raise ValueError(f"no place in the cell: {row!r}")
            left = [int(place[1] or 1), int(place[3] or 1)]
            # An empty side stands after the line it names.
            start = int(place[2]) - (1 if left[1] else 0)
            before += after[taken:start]
            taken = start
            continue
        kind, text = row[:1], row[1:]
        if kind in "+ ":
            if after[taken : taken + 1] != [text]:
                raise ValueError(f"line {taken + 1} of the changed cell is not {text!r}")
            taken += 1
            left[1] -= 1
        if kind in "- ":
            before.append(text)
            left[0] -= 1
    if left != [0, 0]:
        raise ValueError("the difference ends too soon")
    return "\n".join(before + after[taken:])


class _Editor(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, edits: Sequence[Edit], mark: str) -> None:
        super().__init__()
        self.mark = mark
        self.waiting = set(edits)
        self.spans = [edit for edit in edits if isinstance(edit, (Wrap, Swap))]
        self.inserts = [edit for edit in edits if isinstance(edit, Insert)]
        self.afters = [edit for edit in edits if isinstance(edit, After)]
        self.replaces = {
            (edit.start, edit.end): edit for edit in edits if isinstance(edit, Replace)
        }
        self.marked_lines: set[int] = set()

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        if isinstance(original_node, cst.BaseExpression) and self.replaces:
            span = self.get_metadata(PositionProvider, original_node)
            edit = self.replaces.get((_pair(span.start), _pair(span.end)))
            if edit in self.waiting:
                self.waiting.discard(edit)
                self.marked_lines.add(span.start.line)
                return _expression(edit.text, original_node)
        return super().on_leave(original_node, updated_node)

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        if not self._has_mark(original_node):
            return updated_node
        return updated_node.with_changes(
            trailing_whitespace=self._marked(updated_node.trailing_whitespace)
        )

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        return self._headed(original_node, updated_node, original_node.iter)

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.With:
        return self._headed(original_node, updated_node, original_node.items[-1])

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        return self._headed(original_node, updated_node, original_node.params)

    def _headed(self, original: cst.CSTNode, updated: H, head: cst.CSTNode) -> H:
        """Marked behind its first line if an expression there was replaced."""
        if not self._has_mark(original, head) or not isinstance(
            updated.body, cst.IndentedBlock
        ):
            return updated
        header = self._marked(updated.body.header)
        return updated.with_changes(body=updated.body.with_changes(header=header))

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return updated_node.with_changes(
            body=self._rebuilt(original_node.body, updated_node.body)
        )

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        return updated_node.with_changes(
            body=self._rebuilt(original_node.body, updated_node.body)
        )

    def _rebuilt(
        self, originals: Sequence[cst.CSTNode], updated: Sequence[cst.CSTNode]
    ) -> list[cst.CSTNode]:
        spans = [self.get_metadata(PositionProvider, node) for node in originals]
        body: list[cst.CSTNode] = []
        index = 0
        while index < len(originals):
            line = spans[index].start.line
            above = getattr(originals[index], "decorators", ())
            lines = {line, *(self.get_metadata(PositionProvider, d).start.line for d in above)}
            for insert in self.inserts:
                if insert.line in lines and insert in self.waiting:
                    self.waiting.discard(insert)
                    body.extend(self._parsed(insert.text))
            stop, nodes = index + 1, [updated[index]]
            for edit in self.spans:
                if edit.first in lines and edit in self.waiting:
                    ends = [i for i, span in enumerate(spans) if span.end.line == edit.last]
                    if ends and ends[-1] >= index:
                        self.waiting.discard(edit)
                        stop = ends[-1] + 1
                        nodes = self._edited(edit, updated[index:stop])
                        break
            body.extend(nodes)
            last = spans[stop - 1].end.line
            for after in self.afters:
                starts = after.start in (None, line)
                if after.line == last and starts and after in self.waiting:
                    self.waiting.discard(after)
                    body.extend(self._parsed(after.text))
            index = stop
        return body

    def _edited(self, edit: Wrap | Swap, inner: Sequence[Any]) -> list[cst.CSTNode]:
        if isinstance(edit, Wrap):
            return [self._wrapped(edit.header, inner)]
        nodes: list[Any] = self._parsed(edit.text)
        if nodes:  # the comments above what goes stay above what comes
            above = (*getattr(inner[0], "leading_lines", ()), *nodes[0].leading_lines)
            nodes[0] = nodes[0].with_changes(leading_lines=above)
        return nodes

    def _parsed(self, text: str) -> list[cst.CSTNode]:
        return [self._mark_head(cst.parse_statement(part)) for part in _statements(text)]

    def _wrapped(self, header: str, inner: Sequence[Any]) -> Any:
        with_ = cst.ensure_type(cst.parse_statement(f"{header}\n    pass\n"), cst.With)
        first = inner[0]
        # Comments above the first statement stay above the whole.
        leading = getattr(first, "leading_lines", ())
        body = [first.with_changes(leading_lines=()), *inner[1:]]
        block = with_.body.with_changes(body=body)
        return self._mark_head(with_.with_changes(body=block, leading_lines=leading))

    def _mark_head(self, node: Any) -> Any:
        if isinstance(node, cst.SimpleStatementLine):
            return node.with_changes(trailing_whitespace=self._marked(node.trailing_whitespace))
        body = node.body
        return node.with_changes(body=body.with_changes(header=self._marked(body.header)))

    def _marked(self, space: cst.TrailingWhitespace) -> cst.TrailingWhitespace:
        said = f"{space.comment.value}  " if space.comment else ""
        return space.with_changes(
            whitespace=cst.SimpleWhitespace("  "), comment=cst.Comment(f"{said}{self.mark}")
        )

    def _has_mark(self, node: cst.CSTNode, head: cst.CSTNode | None = None) -> bool:
        span = self.get_metadata(PositionProvider, node)
        last = self.get_metadata(PositionProvider, head).end if head else span.end
        here = {n for n in self.marked_lines if span.start.line <= n <= last.line}
        self.marked_lines -= here
        return bool(here)


def _expression(text: str, old: Any) -> cst.BaseExpression:
    """An expression, in the parentheses of the one whose place it takes."""
    try:
        new: Any = cst.parse_expression(text)
    except cst.ParserSyntaxError:  # its lines hang together by parentheses around it
        new = cst.parse_expression(f"({text})")
        if old.lpar:
            new = new.with_changes(lpar=new.lpar[1:], rpar=new.rpar[:-1])
    expression: cst.BaseExpression = new.with_changes(
        lpar=(*old.lpar, *new.lpar), rpar=(*new.rpar, *old.rpar)
    )
    return expression


def _statements(text: str) -> list[str]:
    """Each statement with the comments above it."""
    rows, found, start = text.split("\n"), [], 0
    for node in parse(text).body:
        end = node.end_lineno or node.lineno
        found.append("\n".join(rows[start:end]))
        start = end
    return found


def _pair(position: CodePosition) -> tuple[int, int]:
    return (position.line, position.column)
