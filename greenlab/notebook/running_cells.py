"""Which cells run now, thread by thread, one inside the other.

IPython tells when a cell begins and when it ends, but not of every ending, nor always of the
same cell: an interrupt may come before it tells, `run_cell_async` tells nothing, and where an
exception escapes it makes up another `ExecutionInfo`. So a cell counts as running as long as
Python runs it, whatever was told.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from greenlab.meter import Window
    from greenlab.notebook.options import Options
    from greenlab.session import OpenWindow

_RUNS_A_CELL: Final = "run_cell_async"
"""The function of IPython's that runs a cell, from before `pre_run_cell` to its end."""
_NEAR: Final = 10
_WITHOUT_A_TASK: Final = "_pseudo_sync_runner"
"""The caller of that function for cells that do not `await`."""


@dataclass(slots=True, repr=False, eq=False)
class Frame:
    """A cell between its begin and its end; `weighing` is `None` for one that is not weighed.

    `python`: the call that runs it. `waits`: whether it may be suspended while other code of
    this thread runs. `run`: the run of a repeated cell that goes on now. `unsync`: ends
    `--sync`. `followed`: whether its thread's loop looks after it. `waited`, `counted`,
    `noted`, `shown`: how far its end has come.
    """

    info: Any
    python: FrameType | None
    waits: bool
    options: Options | None = None
    weighing: OpenWindow | None = None
    leave: Callable[[], None] | None = None
    unsync: Callable[[], None] | None = None
    notes: list[str] = field(default_factory=list)
    """What could not be counted, for below the figures."""
    added: list[Any] = field(default_factory=list)
    """Transformers that are there for this cell alone."""
    run: Window | None = None
    followed: bool = False
    waited: bool = False
    counted: bool = False
    noted: bool = False
    shown: bool = False

    @property
    def suspended(self) -> bool:
        """Whether it waits for something, in a task that goes on later."""
        return self.waits and any(
            call is self.python for task in _tasks() for call in _awaiting(task.get_coro())
        )

    def owns_this_call(self) -> bool:
        """Whether IPython runs this cell itself now, not another one inside it."""
        return (
            self.python is not None and _running(sys._getframe(1), sys.maxsize) is self.python
        )


class Frames:
    """The cells of one shell. Each thread asks about its own."""

    def __init__(self) -> None:
        self._of: dict[int, list[Frame]] = {}

    def begin(self, info: Any, told_by: FrameType) -> tuple[Frame, bool]:
        """The frame of a cell that begins, and whether it does so inside another one.

        Asked again about the same cell, it gives the same frame. `told_by`: the call that
        says so, near the one that runs the cell: each call in between takes its time.
        """
        frames = self._of.setdefault(threading.get_ident(), [])
        if not (frames and frames[-1].info is info):
            python = _running(told_by, _NEAR)
            caller = python.f_back if python is not None else None
            waits = caller is None or caller.f_code.co_name != _WITHOUT_A_TASK
            frames.append(Frame(info, python, waits))
        return frames[-1], len(frames) > 1

    def here(self) -> tuple[Frame, ...]:
        """Those of this thread, outermost first."""
        return tuple(self._of.get(threading.get_ident(), ()))

    def inside(self) -> bool:
        """Whether a cell runs in this thread."""
        return len(self.over()) < len(self.here())

    def over(self) -> list[Frame]:
        """The cells of this thread that Python does not run any more, outermost first."""
        frames = self.here()
        if not frames:
            return []
        here = _calls()
        return [one for one in frames if id(one.python) not in here and not one.suspended]

    def ended(self, result: Any) -> Frame | None:
        """The cell whose end IPython reports; `None` for one whose start was not reported."""
        frames = self.here()
        if not frames:
            return None
        info = getattr(result, "info", None)
        if info is not None and frames[-1].info is info:
            return frames[-1]
        over = self.over()
        told = [one for one in over if info is not None and one.info is info]
        return next(iter(told or over), None)

    def forget(self, frame: Frame) -> None:
        """It has ended."""
        mine = threading.get_ident()
        if self._of.get(mine) == [frame]:  # nearly always
            del self._of[mine]
            return
        for thread_id, frames in [(mine, self._of.get(mine, [])), *list(self._of.items())]:
            if frame in frames:
                frames.remove(frame)
                if not frames:
                    self._of.pop(thread_id, None)
                return

    def all(self) -> list[Frame]:
        """Those of all threads, inner ones first."""
        return [one for frames in list(self._of.values()) for one in reversed(frames)]


def _running(call: FrameType | None, within: int) -> FrameType | None:
    """The innermost call that runs a cell, from this one outwards."""
    while call is not None and within:
        if call.f_code.co_name == _RUNS_A_CELL:
            return call
        call, within = call.f_back, within - 1
    return None


def _tasks() -> set[asyncio.Task[Any]]:
    """The tasks of this thread that are not done."""
    try:
        return asyncio.all_tasks()
    except RuntimeError:  # no loop runs here
        return set()


def _awaiting(coroutine: Any) -> Iterator[FrameType | None]:
    """The calls of a coroutine and of what it awaits, innermost last."""
    while (call := getattr(coroutine, "cr_frame", None)) is not None:
        yield call
        coroutine = coroutine.cr_await


def _calls() -> set[int]:
    """The calls that go on in this thread, by their identity."""
    calls: set[int] = set()
    call: FrameType | None = sys._getframe(1)
    while call is not None:
        calls.add(id(call))
        call = call.f_back
    return calls
