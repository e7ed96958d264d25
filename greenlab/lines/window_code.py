"""Which code is the user's while one window is sampled, and in which text it is found.

What a cell magic compiles has no file of its own: all that `%%time` ran is `<timed exec>`, in
whichever cell it is. Functions in it are found by name and first line in the text of the cell
that runs, then in those of earlier cells, the latest first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType
from typing import Final, NamedTuple

from greenlab.cellcode.cell_magics import lines_above_body, lines_of_magics
from greenlab.cellcode.parsed_source import (
    Parsed,
    SourceText,
    Texts,
    anonymous,
    function_around,
    parsed,
)
from greenlab.lines.calls import Place
from greenlab.lines.user_code import UserCode

BY_PRUN: Final = "<string>"
"""What `%%prun` runs. Other code has this name, too."""
_BY_TIMEIT: Final = "<magic-timeit>"
BY_MAGICS: Final = frozenset({"<timed exec>", "<timed eval>", "<energy>", _BY_TIMEIT, BY_PRUN})
"""The names under which `%%time`, `%%energy`, `%%timeit` and `%%prun` compile a cell's body,
and the line magics a statement, which is no line of its own."""
TOP: Final = "<module>"
_BODY_OF_TIMEIT: Final = "inner"
"""The function that `%%timeit` puts the body of a cell into."""
_ANONYMOUS: Final = (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
_MOST_SEARCHES: Final = 100


class Origin(NamedTuple):
    """The text in which code stands; `above`: how many of its lines are above the code's first.
    The text's `place` is `None` for the cell that runs.
    """

    text: SourceText
    above: int


class WindowCode:
    """The user's code in one window. `source`: of the cell that runs, `None` for a block."""

    def __init__(self, user: UserCode, source: str | None = None) -> None:
        self.user: Final = user
        self.source: Final = source
        self.texts: Final = user.texts() or Texts()
        self._origins: dict[tuple[str, str], dict[int, Origin | None]] = {}
        self._searches = 0

    def holds(self, code: CodeType) -> bool:
        """Whether code is the user's."""
        file = code.co_filename
        return self._is_found(code) if file in BY_MAGICS else self.user.holds(file)

    def origin(self, seen: Place) -> Origin | None:
        """Where a line stands that a cell magic compiled; `None` where that is not known."""
        if _is_body(seen.file, seen.function):
            for text in self._texts():
                has_magics = lines_of_magics(text.source)
                return Origin(text, lines_above_body(text.source)) if has_magics else None
        known = self._origins.get((seen.file, seen.function), {})
        first = max((one for one in known if one <= seen.line), default=0)
        return known.get(first)

    def _is_found(self, code: CodeType) -> bool:
        if _is_body(code.co_filename, code.co_qualname):
            return False
        key, first = (code.co_filename, code.co_qualname), code.co_firstlineno
        known = self._origins.setdefault(key, {})
        if first not in known:
            known[first] = self._search(code)
        return known[first] is not None

    def _search(self, code: CodeType) -> Origin | None:
        self._searches += 1
        if self._searches > _MOST_SEARCHES:
            return None
        name = function_in_text(code.co_filename, code.co_qualname)
        last = function_around(name).rpartition(".")[2]
        for text in self._texts():
            if last not in text.source or not lines_of_magics(text.source):
                continue
            read, above = parsed(text.source), lines_above_body(text.source)
            line, own = code.co_firstlineno + above, text.place is None
            if read is not None and _defines(read, code, name, line, own=own):
                return Origin(text, above)
        return None

    def _texts(self) -> Iterator[SourceText]:
        if self.source is not None:
            yield SourceText(self.source)
        yield from self.texts.cells()


def is_body(code: CodeType) -> bool:
    """Whether code is the body of a cell as a cell magic compiles it, or a statement after a
    line magic.
    """
    return _is_body(code.co_filename, code.co_qualname)


def _is_body(file: str, function: str) -> bool:
    return file in BY_MAGICS and function_in_text(file, function) == TOP


def function_in_text(file: str, function: str) -> str:
    """The qualified name that a function has in the text in which it stands."""
    if file != _BY_TIMEIT:
        return function
    within = function.removeprefix(f"{_BODY_OF_TIMEIT}.<locals>.")
    return TOP if within == _BODY_OF_TIMEIT else within


def _defines(read: Parsed, code: CodeType, name: str, line: int, *, own: bool) -> bool:
    """Whether a text has this code, beginning on that line."""
    function = function_around(name)
    if function == name:
        return read.defined(name, line) is not None
    if function:
        return read.around(function, line) is not None
    if own:
        nodes = (node for node in ast.walk(read.tree) if isinstance(node, _ANONYMOUS))
        return any(node.lineno == line for node in nodes)
    # Of what has no name, lambdas alone outlive their cell.
    node = anonymous(read, line) if name == "<lambda>" else None
    if node is None:
        return False
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    count = code.co_argcount + code.co_kwonlyargcount
    return tuple(one.arg for one in arguments) == code.co_varnames[:count]
