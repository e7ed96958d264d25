"""Which lines ran before a thread gave the interpreter's lock away.

Python does so at few places only: after a call of C code, where a function begins, and where a
loop jumps back. A thread that computes is always seen at one of these, whichever line took the
time. After a call that is the line of the call. At the other two nothing is done: what is seen
there was done since the place before, so its lines share it by their number of instructions;
where it was long, by those that may run C code (`a + b` of large objects).

What is between two places is read from the bytecode (Python 3.11 and later). Calls of Python
functions do not give the lock away when they return: the end of the function is part of what
its caller has done since, as far as a sample has shown which function it is.
"""

from __future__ import annotations

import opcode
import sys
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Final, NamedTuple

from greenlab.lines.calls import Calls, Place

Parts = tuple[tuple[Place, float], ...]
"""Lines, and the part of the time that each has: 1 in all."""

_Site = tuple[str, int, str, int]
"""A place in a function: file, first line, qualified name, offset in the bytecode."""

_MOST_SITES: Final = 1000
_HEAD: Final = 4
"""Instructions before the one at which a function begins: those that copy its free variables.
"""


def _ops(*names: str) -> frozenset[int]:
    return frozenset(opcode.opmap[name] for name in names if name in opcode.opmap)


_CACHE: Final = 0
_EXTENDED: Final = _ops("EXTENDED_ARG")
_RESUME: Final = _ops("RESUME")
_CALLS: Final = _ops("CALL", "PRECALL", "CALL_FUNCTION_EX", "CALL_KW")
_ENTERS: Final = _CALLS | _ops("BEFORE_WITH", "WITH_EXCEPT_START", "LOAD_ATTR", "BINARY_OP")
"""Where a function of Python's may begin: the last two by the user's own classes."""
_BACK: Final = _ops(
    "JUMP_BACKWARD",
    "POP_JUMP_BACKWARD_IF_TRUE",
    "POP_JUMP_BACKWARD_IF_FALSE",
    "POP_JUMP_BACKWARD_IF_NONE",
    "POP_JUMP_BACKWARD_IF_NOT_NONE",
)
_PREPARES: Final = _ops("PRECALL")
_RETURNS: Final = _ops("RETURN_VALUE", "RETURN_CONST")
_RUNS_C: Final = _ops(
    "BINARY_OP",
    "BINARY_SUBSCR",
    "BINARY_SLICE",
    "STORE_SLICE",
    "STORE_SUBSCR",
    "DELETE_SUBSCR",
    "COMPARE_OP",
    "CONTAINS_OP",
    "UNARY_NEGATIVE",
    "UNARY_INVERT",
    "UNARY_NOT",
    "LIST_EXTEND",
    "SET_UPDATE",
    "DICT_UPDATE",
    "DICT_MERGE",
    "BUILD_STRING",
    "FORMAT_VALUE",
    "FORMAT_SIMPLE",
    "UNPACK_SEQUENCE",
    "CALL_INTRINSIC_1",
    "IMPORT_NAME",
)
"""Instructions that may run long in C without giving the lock away."""
_NAMES: Final = _ops("LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "LOAD_METHOD")
_MARKED: Final = _ops("LOAD_GLOBAL", *(["LOAD_ATTR"] if sys.version_info >= (3, 12) else []))
"""Of instructions whose lowest bit says that a call follows."""
_QUICK: Final = frozenset({"len", "append", "range", "isinstance", "id", "type", "iter", "abs"})
"""Calls that never take long: what is seen after them was done before."""


class _Step(NamedTuple):
    """One instruction. `target`: where it jumps back to."""

    offset: int
    op: int
    arg: int
    line: int
    target: int


class BetweenChecks:
    """What was done before the places at which a window's code was seen. Keeps names and
    numbers.
    """

    def __init__(self, holds: Callable[[CodeType], bool]) -> None:
        self._holds = holds
        self._known: dict[tuple[tuple[_Site, ...], bool], Parts] = {}
        self._ends: dict[_Site, dict[Place, float]] = {}

    def parts(self, calls: Calls, *, long: bool) -> Parts:
        """What the innermost call of a stack that is the user's has done of late; none where it
        is the line that is seen. `long`: whether that took longer than Python's own
        instructions do.
        """
        sites = tuple(_site(calls, index) for index in range(min(2, len(calls))))
        known = self._known.get((sites, long))
        if known is None:
            if len(self._known) >= _MOST_SITES:
                self._known.clear()
            weights = self._look(calls, long=long)
            whole = sum(weights.values())
            known = tuple((place, weight / whole) for place, weight in weights.items())
            self._known[sites, long] = known
        return known

    def _look(self, calls: Calls, *, long: bool) -> dict[Place, float]:
        """Weights of lines; none where the line that is seen is the one."""
        code = calls.code(0)
        steps = _steps(code)
        at = _index(steps, calls.at[0])
        if at is None:
            return {}
        if steps[at].op in _RESUME:
            return self._before_call(calls, steps, at, long=long)
        if not self._holds(code):
            return {}
        if steps[at].op in _BACK or (steps[at].op in _CALLS and _is_quick(code, steps, at)):
            return self._run(code, steps, at, long=long)
        return {}

    def _before_call(
        self, calls: Calls, steps: Sequence[_Step], at: int, *, long: bool
    ) -> dict[Place, float]:
        """A function begins: its caller was at work. Learn which one of the user's it is."""
        code, end = calls.code(0), {}
        if self._holds(code):
            returns = [n for n, one in enumerate(steps) if one.op in _RETURNS]
            end = self._run(code, steps, returns[-1], long=False) if returns else {}
        if at > _HEAD or len(calls) < 2 or not self._holds(calls.code(1)):
            return end  # called by a library, most likely over and over
        caller = calls.code(1)
        above = _steps(caller)
        index = _index(above, calls.at[1])
        if index is None or above[index].op not in _ENTERS:
            return end
        site = (*_key(caller), above[index].offset)
        if end and len(self._ends) < _MOST_SITES and site not in self._ends:
            self._ends[site] = end
            self._known.clear()  # what was found without it
        return self._run(caller, above, index, long=long)

    def _run(
        self, code: CodeType, steps: Sequence[_Step], at: int, *, long: bool
    ) -> dict[Place, float]:
        """Instructions by line between the place before and this one."""
        file, function = code.co_filename, code.co_qualname
        every: dict[Place, float] = {}
        in_c: dict[Place, float] = {}
        before = at - 1
        if before >= 0 and steps[before].op in _PREPARES:
            before -= 1
        for step in reversed(steps[: before + 1]):
            if step.offset < steps[at].target or step.op in _RESUME or step.op in _BACK:
                break
            if step.op in _CALLS:
                for place, weight in self._ends.get((*_key(code), step.offset), {}).items():
                    every[place] = every.get(place, 0.0) + weight
                break
            place = Place(file, step.line, function)
            every[place] = every.get(place, 0.0) + 1.0
            if step.op in _RUNS_C:
                in_c[place] = in_c.get(place, 0.0) + 1.0
        return in_c if long and in_c else every


def _key(code: CodeType) -> tuple[str, int, str]:
    return code.co_filename, code.co_firstlineno, code.co_qualname


def _site(calls: Calls, index: int) -> _Site:
    return (*_key(calls.code(index)), calls.at[index])


def _index(steps: Sequence[_Step], offset: int) -> int | None:
    """The instruction at an offset, or in whose space it lies: a call that waits for a function
    of Python's stands at its end.
    """
    return next((n for n in reversed(range(len(steps))) if steps[n].offset <= offset), None)


def _steps(code: CodeType) -> list[_Step]:
    """The instructions of a function, without the space that Python keeps between them."""
    raw = code.co_code
    lines: list[int] = []
    for begin, end, line in code.co_lines():
        lines += [line or code.co_firstlineno] * ((end - begin) // 2)
    steps: list[_Step] = []
    high, offset, size = 0, 0, len(raw)
    while offset < size:
        op, arg = raw[offset], raw[offset + 1] | high
        after = offset + 2
        while after < size and raw[after] == _CACHE:
            after += 2
        if op in _EXTENDED:
            high = arg << 8
        else:
            high = 0
            target = after - 2 * arg if op in _BACK else 0
            steps.append(_Step(offset, op, arg, lines[offset // 2], target))
        offset = after
    return steps


def _is_quick(code: CodeType, steps: Sequence[_Step], at: int) -> bool:
    """Whether the call there is one that never takes long, as far as its names tell."""
    names: list[str] = []
    for step in reversed(steps[:at]):
        if step.line != steps[at].line or (step.op in _CALLS and step.op not in _PREPARES):
            break
        if step.op in _NAMES:
            index = step.arg >> (step.op in _MARKED)
            names.append(code.co_names[index] if index < len(code.co_names) else "")
    return not _QUICK.isdisjoint(names)
