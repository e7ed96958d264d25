"""A stack as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Final, NamedTuple


class Place(NamedTuple):
    """A line of code. `function`: the qualified name of the function that it is in."""

    file: str
    line: int
    function: str


class Entry(NamedTuple):
    """The call that a cell, or a block, runs in, as far as it can be found again without being
    kept: its number in memory, which another call may get later, and its code.
    """

    number: int
    code: CodeType

    @classmethod
    def of(cls, call: FrameType) -> Entry:
        """That of a call which runs."""
        return cls(id(call), call.f_code)


class Calls:
    """The calls of a thread, innermost first, and where each was when this was made.

    What is asked of it later may let the thread go on meanwhile, as a look at the disk does:
    its lines stay those of that moment. It is dropped with the sample that it was made for.

    `entry`: the last call that is wanted, where it is known; `to_entry`: whether it was met.
    """

    __slots__ = ("at", "codes", "frames", "to_entry")

    def __init__(self, frame: FrameType | None = None, entry: Entry | None = None) -> None:
        frames: list[FrameType] = []
        codes: list[CodeType] = []
        at: list[int] = []
        number, last = entry or (0, None)
        self.to_entry = False
        while frame is not None:
            code = frame.f_code
            frames.append(frame)
            codes.append(code)
            at.append(frame.f_lasti)
            if code is last and id(frame) == number:
                self.to_entry = True
                break
            frame = frame.f_back
        self.frames: Final = frames
        self.codes: Final = codes
        self.at: Final = at

    @classmethod
    def of(cls, frames: Iterable[FrameType]) -> Calls:
        """Of calls that are given, innermost first."""
        calls = cls()
        calls.frames.extend(frames)
        calls.codes.extend(one.f_code for one in calls.frames)
        calls.at.extend(one.f_lasti for one in calls.frames)
        return calls

    def __len__(self) -> int:
        return len(self.frames)

    def code(self, index: int) -> CodeType:
        """The code of a call."""
        return self.codes[index]

    def file(self, index: int) -> str:
        """The file in which it is."""
        return self.codes[index].co_filename

    def place(self, index: int) -> Place:
        """Where it was."""
        frame = self.frames[index]
        code, at = self.codes[index], self.at[index]
        line = frame.f_lineno if frame.f_lasti == at else _line(code, at)
        return Place(code.co_filename, line or code.co_firstlineno, code.co_qualname)


def _line(code: CodeType, offset: int) -> int | None:
    for begin, end, line in code.co_lines():
        if begin <= offset < end:
            return line
    return None
