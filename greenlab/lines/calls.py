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


class Calls:
    """The calls of a thread, innermost first, and where each was when this was made.

    What is asked of it later may let the thread go on meanwhile, as a look at the disk does:
    its lines stay those of that moment. It is dropped with the sample that it was made for.
    """

    __slots__ = ("at", "frames")

    def __init__(self, frame: FrameType | None = None) -> None:
        frames: list[FrameType] = []
        at: list[int] = []
        while frame is not None:
            frames.append(frame)
            at.append(frame.f_lasti)
            frame = frame.f_back
        self.frames: Final = frames
        self.at: Final = at

    @classmethod
    def of(cls, frames: Iterable[FrameType]) -> Calls:
        """Of calls that are given, innermost first."""
        calls = cls()
        calls.frames.extend(frames)
        calls.at.extend(one.f_lasti for one in calls.frames)
        return calls

    def __len__(self) -> int:
        return len(self.frames)

    def code(self, index: int) -> CodeType:
        """The code of a call."""
        return self.frames[index].f_code

    def file(self, index: int) -> str:
        """The file in which it is."""
        return self.frames[index].f_code.co_filename

    def place(self, index: int) -> Place:
        """Where it was."""
        frame = self.frames[index]
        code, at = frame.f_code, self.at[index]
        line = frame.f_lineno if frame.f_lasti == at else _line(code, at)
        return Place(code.co_filename, line or code.co_firstlineno, code.co_qualname)


def _line(code: CodeType, offset: int) -> int | None:
    for begin, end, line in code.co_lines():
        if begin <= offset < end:
            return line
    return None
