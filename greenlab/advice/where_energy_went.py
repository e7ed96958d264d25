"""How much of a cell's energy went to the work that a change makes lighter.

The stacks that were sampled while the cell ran say where it worked; a rule says which work its
change concerns (`Work`). Without stacks nothing is known, and the text has to do.
"""

from __future__ import annotations

import ast
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from greenlab import units
from greenlab.advice.work import Work
from greenlab.cellcode.abstract_values import FUNCTIONS
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.parsed_source import SourceText
from greenlab.interval import wilson
from greenlab.record import Place
from greenlab.record.hot_stack import HotStack, UserLine

LEAST_SHARE: Final = 0.1
"""Work below it is not worth a word: to save the 5 % of a cell that a proof can tell, a change
would have to save half of it."""
COVERED: Final = 0.5
"""Of a cell's CPU time stacks must stand for so much: the first second is not sampled."""
_MOST_OF_IT: Final = 0.9
_LONGEST: Final = 60
_OWN: Final = ""
_TOP: Final = "<module>"
# What runs below these runs in workers, in which no stacks are seen.
_HIDES: Final = ("concurrent.futures.", "joblib.", "multiprocessing.", "threading.")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a cell's active energy, 0 to 1.

    `high`: its upper bound at 95 %, with what cannot be told apart from it. `cpu`, `time`: the
    same part of the CPU time and of the elapsed time; `None` where there was none. `hottest`:
    where most of it was used, in words, and `hottest_value` how much.
    """

    value: float
    high: float
    cpu: float | None = None
    time: float | None = None
    hottest: str = ""
    hottest_value: float = 0.0

    @property
    def is_small(self) -> bool:
        """Whether hardly any of the cell's energy was used there."""
        return self.value < LEAST_SHARE and self.high < 2 * LEAST_SHARE

    @property
    def fact(self) -> str:
        """As in ``Line 12, `loss.backward()`: 83 % of what this cell's code used.``."""
        whole = f"{units.percent(self.value, 2)} of what this cell's code used"
        if self.value <= 0 or not self.hottest:
            return "Next to none of what this cell's code used went there."
        if self.hottest_value >= _MOST_OF_IT * self.value:
            return f"{self.hottest}: {whole}."
        most = units.percent(self.hottest_value, 2)
        return f"{whole} went there, most of it in {self.hottest_in_text} ({most})."

    @property
    def hottest_in_text(self) -> str:
        """Where most of it was used, within a sentence."""
        return f"{self.hottest[:1].lower()}{self.hottest[1:]}"


@dataclass(frozen=True)
class WhereEnergyWent:
    """The stacks of a cell, and the texts in which their lines stand.

    `cell_id`, `execution_count`: of the cell that ran. `on_gpu`: most of its energy was used
    by GPUs, whose work is charged to the line that waits for it. `unseen`: texts whose lines
    stacks do not show. `cell_cpu_s`: of the cell, `None` if not known: where stacks stand for
    little of it, as of a cell that worked in its first second alone, shares are not known.
    """

    stacks: Sequence[HotStack]
    cell_id: str | None = None
    execution_count: int | None = None
    on_gpu: bool = False
    texts: Sequence[SourceText] = ()
    unseen: frozenset[SourceText] = frozenset()
    cell_cpu_s: float | None = None

    def __bool__(self) -> bool:
        """Whether shares are known."""
        seen_s = math.fsum(stack.cpu_s for stack in self.stacks)
        enough = self.on_gpu or self.cell_cpu_s is None or seen_s >= COVERED * self.cell_cpu_s
        return bool(self.stacks) and enough

    def share(self, work: Work | None, code: Code) -> Share | None:
        """What of the cell's energy some work used; `None` where nothing was seen.

        `code`: where the work's nodes stand, unless the work says.
        """
        if work is None or work.nodes == () or not self:
            return None
        code = work.code or code
        text = code.origin
        if work.nodes is not None and self._hides(code, work.nodes):
            return None
        value = maybe = 0.0
        counted = []
        by_line: dict[tuple[str, int], tuple[float, UserLine]] = {}
        for stack in self.stacks:
            line = self._line_of(stack, work.nodes, text)
            if line is None or not _counts(stack, work):
                if self._may_hide(stack, text.place):
                    maybe += stack.share
                continue
            value += stack.share
            counted.append(stack)
            key = line.file, line.line
            by_line[key] = by_line.get(key, (0.0, line))[0] + stack.share, line
        samples = sum(stack.samples for stack in self.stacks)
        value = min(1.0, value)
        high = wilson(min(1.0, value + maybe), max(1, samples))[1]
        if not by_line:
            return Share(value, high)
        most, line = max(by_line.values(), key=lambda found: found[0])
        return Share(
            value,
            high,
            _part((one.cpu_s for one in counted), (one.cpu_s for one in self.stacks)),
            _part((one.duration_s for one in counted), (one.duration_s for one in self.stacks)),
            self._named(line),
            min(1.0, most),
        )

    def _line_of(
        self, stack: HotStack, nodes: Iterable[ast.AST] | None, text: SourceText
    ) -> UserLine | None:
        """The innermost line of a stack that is one of these nodes'."""
        lines = list(self._lines(stack))
        if nodes is None:
            return lines[0]
        spans = [(node.lineno, node.end_lineno or node.lineno) for node in _placed(nodes)]
        for line in lines:
            if not self.stands_in(line, text):
                continue
            anew = by_magic(line) and not self._is_own(text.place)
            if anew or any(first <= line.line <= last for first, last in spans):
                return line
        return None

    def _may_hide(self, stack: HotStack, place: Place | None) -> bool:
        """Whether a stack may be of work that it does not show: it waits for a GPU, or runs a
        file that is not below the notebook's folder, and so counts as a library.
        """
        if self.on_gpu and not stack.landmarks:
            return True
        if place is None or place.file is None:
            return False
        modules = ("__main__.", f"{Path(place.file).stem}.")
        return any(name.startswith(modules) for name in (*stack.landmarks, *stack.called_by))

    def _hides(self, code: Code, nodes: Iterable[ast.AST]) -> bool:
        """Whether stacks do not show the lines of these nodes: in a cell that `%%time` or its
        like ran, they show none of its functions.
        """
        if not self._is_own(code.origin.place):
            return code.origin in self.unseen
        if not any(by_magic(innermost(stack)) for stack in self.stacks):
            return False
        return any(
            isinstance(above, FUNCTIONS) for node in nodes for above in code.within(node)
        )

    def _lines(self, stack: HotStack) -> Iterator[UserLine]:
        """The user's lines in a stack, innermost first."""
        yield innermost(stack)
        yield from reversed(stack.through)
        if stack.cell_line is not None:
            yield UserLine(_OWN, stack.cell_line, _TOP, self.execution_count, self.cell_id)

    def stands_in(self, line: UserLine, text: SourceText) -> bool:
        """Whether a line is one of this text."""
        place = text.place
        if self._is_own(place):
            return self._of_own(line, text)
        assert place is not None
        if by_magic(line):
            return line.function == place.function
        if place.file is not None:
            return line.execution_count is None and _same_file(line.file, place.file)
        if place.execution_count is None and place.cell_id is None:
            return line.function == place.function  # all that is known of that cell
        return _same_cell(line, place.execution_count, place.cell_id)

    def _is_own(self, place: Place | None) -> bool:
        """Whether a place is in the cell that ran."""
        return place is None or not (
            place.execution_count or place.cell_id or place.file or place.source_hash
        )

    def _of_own(self, line: UserLine, text: SourceText | None = None) -> bool:
        if line.file == _OWN:
            return True
        if by_magic(line) and text is not None and line.function != _TOP:
            # The function may be that of an earlier cell with such a magic.
            return line.function.partition(".")[0] in text.source
        return _same_cell(line, self.execution_count, self.cell_id)

    def _named(self, line: UserLine) -> str:
        """For people, as in ``Line 12 of cell [3], `loss.backward()```."""
        where = ""
        if not self._of_own(line):
            if line.execution_count is not None:
                where = f" of cell [{line.execution_count}]"
            elif line.file:
                where = f" of {Path(line.file).name}"
        text = f", `{said}`" if (said := self._text(line)) else ""
        return f"Line {line.line}{where}{text}"

    def _text(self, line: UserLine) -> str:
        for text in self.texts:
            if self.stands_in(line, text):
                lines = text.source.splitlines()
                said = lines[line.line - 1].strip() if 0 < line.line <= len(lines) else ""
                return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
        return ""


def lines_of(stacks: Iterable[HotStack]) -> Iterator[UserLine]:
    """The lines of the user's, below the cell's own, at which a cell worked."""
    for stack in stacks:
        yield innermost(stack)
        yield from stack.through


def innermost(stack: HotStack) -> UserLine:
    """The line of the user's at which a cell worked."""
    return UserLine(
        stack.file, stack.line, stack.function, stack.execution_count, stack.cell_id
    )


def _counts(stack: HotStack, work: Work) -> bool:
    names = (*stack.landmarks, *stack.called_by)
    if work.but and any(name.startswith(work.but) for name in names):
        return False
    if not work.below or any(name.startswith(work.below) for name in names):
        return True
    if not stack.landmarks or not stack.landmarks[-1].startswith(_HIDES):
        return False
    libraries = tuple(f"{name.partition('.')[0]}." for name in work.below)
    return any(name.startswith(libraries) for name in names)


def _placed(nodes: Iterable[ast.AST]) -> Iterator[ast.expr | ast.stmt]:
    for node in nodes:
        if isinstance(node, (ast.expr, ast.stmt)):
            yield node


def by_magic(line: UserLine) -> bool:
    """Whether its code is the body of a cell that `%%time` or its like compiled: its lines
    count anew, and which of an earlier cell it is cannot be told.
    """
    return line.file.startswith("<")


def _same_cell(line: UserLine, count: int | None, cell_id: str | None) -> bool:
    if line.execution_count is not None and count is not None:
        return line.execution_count == count
    return line.cell_id is not None and line.cell_id == cell_id


def _same_file(one: str, other: str) -> bool:
    if one == other:
        return True
    same_name = Path(one).name == Path(other).name
    return same_name and os.path.realpath(one) == os.path.realpath(other)


def _part(some: Iterable[float], whole: Iterable[float]) -> float | None:
    total = math.fsum(whole)
    return math.fsum(some) / total if total > 0 else None
