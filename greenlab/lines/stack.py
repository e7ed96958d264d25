"""Reads the stack of a thread: which line of the user's runs, and what it called.

A frame is looked at and let go; what is kept are names and line numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from types import CodeType, FrameType
from typing import Final, NamedTuple

from greenlab.lines.calls import Calls, Entry, Place
from greenlab.lines.gil_switch_points import BetweenChecks
from greenlab.lines.window_code import BY_PRUN, WindowCode, is_body

LANDMARKS: Final = 10
"""Library modules that are named below one line of the user's, the first ones."""
AROUND: Final = 10
"""The same of those between the cell's line and that line."""
THROUGH: Final = 6
"""Different lines of the user's that are kept between the two, the outermost ones."""
_RUNS_A_CELL: Final = "run_cell_async"
_RUNS_CODE: Final = "run_code"
_SHELL: Final = "interactiveshell.py"
_WRAPPERS: Final = "run_cell_magic"
_PROFILERS: Final = ("cProfile.py", "profile.py")
_MOST_NAMES: Final = 10_000


class Seen(NamedTuple):
    """What one look at a stack saw; it is what samples are added up by.

    `outer`: the line of the cell, or of the block, itself; `inner`: the innermost one of the
    user's code. Both are `None` where neither was on the stack. `through`: the user's other
    lines between the two, outermost first.
    """

    outer: Place | None
    inner: Place | None
    landmarks: tuple[str, ...] = ()
    called_by: tuple[str, ...] = ()
    through: tuple[Place, ...] = ()


NOTHING: Final = Seen(None, None)


class Block(NamedTuple):
    """The call in which a block is: how many calls from the outermost one inwards, and of which
    function in which file, `None` where that is not known.
    """

    depth: int
    file: str | None = None
    function: str | None = None

    @classmethod
    def of(cls, call: FrameType) -> Block:
        """That of a call which runs."""
        code = call.f_code
        return cls(len(Calls(call)), code.co_filename, code.co_qualname)

    def is_in(self, code: CodeType) -> bool:
        """Whether a call at that depth is one of this function."""
        return self.file is None or (code.co_filename, code.co_qualname) == self[1:]


Parts = Sequence[tuple[Seen, float]]
"""Lines, and the part that each has: 1 in all."""


class Known(NamedTuple):
    """What was made of a stack. It keeps the code of calls, and none of their variables."""

    codes: list[CodeType]
    at: list[int]
    long: bool
    seen: Seen
    parts: Parts


class StackReader:
    """Reads stacks whose outermost line of interest lies in a cell, or in a block's call."""

    def __init__(self, user: WindowCode, block: Block | None = None) -> None:
        self._user = user
        self._block = block
        self._names: dict[tuple[str, str], tuple[str, str]] = {}
        self._between = BetweenChecks(user.holds)
        self.entry: Entry | None = None
        """The call that was found last to be the cell's own, or the block's."""
        self.last: Known | None = None

    def look(self, calls: Calls, *, long: bool) -> tuple[Seen, Parts]:
        """What the calls of the cell's thread are at, and the lines that share what was done
        since the last look. Most looks see what the last one saw.
        """
        last = self.last
        if (
            last is not None
            and last.at == calls.at
            and last.long == long
            and all(map(is_, last.codes, calls.codes))
        ):
            return last.seen, last.parts
        seen = self.read(calls)
        parts = self.spread(calls, seen, long=long)
        self.last = None
        if calls.to_entry:
            self.last = Known(calls.codes, calls.at, long, seen, parts)
        return seen, parts

    @property
    def depends_on_time(self) -> bool:
        """Whether what the last look saw was shared out by how long it took."""
        last = self.last
        return last is None or last.long or len(last.parts) > 1

    def is_still_at(self, frame: FrameType | None) -> bool:
        """Whether the calls from this one outwards are those of the last look."""
        last, entry = self.last, self.entry
        if last is None or entry is None:
            return False
        call = frame
        for code, at in zip(last.codes, last.at, strict=True):
            if frame is None or frame.f_code is not code or frame.f_lasti != at:
                return False
            call, frame = frame, frame.f_back
        return id(call) == entry.number

    def spread(self, calls: Calls, seen: Seen, *, long: bool) -> Parts:
        """The lines that share what was done since the last look, and the part of each: where
        the innermost call is the user's, more than the line at which it gave the lock away.
        """
        inner, holds = seen.inner, self._user.holds
        near = [holds(calls.code(index)) for index in range(min(2, len(calls)))]
        if inner is None or True not in near:
            return [(seen, 1.0)]
        parts = self._between.parts(calls, long=long)
        if not parts or (len(parts) == 1 and parts[0][0] == inner):
            return [(seen, 1.0)]
        own = seen.outer is not None and (seen.outer.file, seen.outer.function)
        return [
            (
                seen._replace(
                    inner=place,
                    outer=place if (place.file, place.function) == own else seen.outer,
                ),
                part,
            )
            for place, part in parts
        ]

    def read(self, calls: Calls) -> Seen:
        """What the calls of the thread that runs the cell, innermost first, are at."""
        entry = len(calls) - 1 if calls.to_entry else self._entry(calls)
        if entry is None:
            self.entry = None
            return NOTHING
        if not calls.to_entry:
            self.entry = Entry.of(calls.frames[entry])
        if self._block is None:
            entry = self._below_magics(calls, entry)
        return self.read_from(calls, entry, calls.place(entry))

    def is_waiting(self, calls: Calls) -> bool:
        """Whether these calls of a suspended task are those of the cell, or of the block."""
        indices = range(len(calls))
        if (block := self._block) is not None:
            return any(block.is_in(calls.code(index)) for index in indices)
        return any(calls.code(index).co_name == _RUNS_A_CELL for index in indices)

    def read_waiting(self, calls: Calls) -> Seen:
        """What a suspended task goes on with: a cell's own call is the outermost of the user's
        in it.
        """
        holds, block = self._user.holds, self._block
        for entry in range(len(calls) - 1, -1, -1):
            if holds(calls.code(entry)) and (block is None or block.is_in(calls.code(entry))):
                return self.read_from(calls, entry, calls.place(entry))
        return NOTHING

    def read_from(self, calls: Calls, entry: int, outer: Place | None) -> Seen:
        """The same, from the call with the index `entry` inwards; `outer`: the cell's line."""
        holds = self._user.holds
        index = 0
        while index <= entry and not holds(calls.code(index)):
            index += 1
        if index > entry:
            return Seen(outer, outer, self._names_of(calls, entry - 1, -1, LANDMARKS))
        inner = calls.place(index)
        below = self._names_of(calls, index - 1, -1, LANDMARKS)
        around = self._names_of(calls, entry - 1, index, AROUND)
        return Seen(outer, inner, below, around, self._through(calls, entry - 1, index))

    def innermost_of_user(self, calls: Calls) -> int:
        """The index of the call in which the innermost code of the user's runs; -1: none."""
        holds = self._user.holds
        return next((index for index in range(len(calls)) if holds(calls.code(index))), -1)

    def _entry(self, calls: Calls) -> int | None:
        """The index of the cell's own call, or of that in which the block is."""
        if (block := self._block) is not None:
            index = len(calls) - block.depth
            return index if index >= 0 and block.is_in(calls.code(index)) else None
        for index in range(len(calls) - 1, 0, -1):
            code = calls.code(index)
            if code.co_name == _RUNS_CODE and code.co_filename.endswith(_SHELL):
                # A cell that raised is over: IPython writes the traceback.
                over = calls.file(index - 1) == code.co_filename
                return None if over else index - 1
        return None

    def _below_magics(self, calls: Calls, entry: int) -> int:
        """Where a cell is run by `%%time`, `%%capture` or the like: the call of its body."""
        while _WRAPPERS in calls.code(entry).co_names:
            inside = range(entry - 1, -1, -1)
            inner = next((one for one in inside if self._runs_body(calls, one)), None)
            if inner is None:
                break
            entry = inner
        return entry

    def _runs_body(self, calls: Calls, index: int) -> bool:
        """Whether a call is that of the body of a cell, or a user's module."""
        code = calls.code(index)
        if code.co_filename == BY_PRUN:
            return is_body(code) and calls.file(index + 1).endswith(_PROFILERS)
        return is_body(code) or (code.co_name == "<module>" and self._user.holds(code))

    def _through(self, calls: Calls, start: int, stop: int) -> tuple[Place, ...]:
        """The user's lines from one index inwards to another, each once."""
        found: list[Place] = []
        for index in range(start, stop, -1):
            if self._user.holds(calls.code(index)):
                place = calls.place(index)
                if place not in found:
                    found.append(place)
                    if len(found) >= THROUGH:
                        break
        return tuple(found)

    def _names_of(self, calls: Calls, start: int, stop: int, most: int) -> tuple[str, ...]:
        """The library functions from one index inwards to another by which a module is first
        entered.
        """
        found: dict[str, str] = {}
        holds = self._user.holds
        for index in range(start, stop, -1):
            code = calls.code(index)
            if holds(code):
                continue
            key = code.co_filename, code.co_qualname
            module, name = self._names.get(key) or self._name(calls.frames[index], key)
            if module not in found:
                found[module] = name
                if len(found) >= most:
                    break
        return tuple(found.values())

    def _name(self, call: FrameType, key: tuple[str, str]) -> tuple[str, str]:
        if len(self._names) >= _MOST_NAMES:
            self._names.clear()
        module = call.f_globals.get("__name__")
        known = (module, f"{module}.{key[1]}") if type(module) is str else (key[0], key[1])
        self._names[key] = known
        return known
