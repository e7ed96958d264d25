"""Who entered a window, so that whoever leaves gets the right one of several that are open."""

from __future__ import annotations

import contextlib
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenlab.measuring.span_window import SpanWindow


class Entry:
    """A window that was entered through its `Measure`, by whom and in which task."""

    __slots__ = ("caller", "task", "window")

    def __init__(self, window: SpanWindow, caller: object, task: object) -> None:
        self.window, self.caller, self.task = window, caller, task


def window_left(entered: list[Entry], caller: object, task: object) -> SpanWindow | None:
    """The window that is left: the latest that the same call entered. Where enter and exit
    are called by hand, each elsewhere: the latest of the same task, else of all.
    """
    entries = tuple(reversed(entered))
    same_call = [one for one in entries if one.caller is caller]
    same_task = [one for one in entries if one.task == task]
    for entry in (*same_call, *same_task, *entries):
        with contextlib.suppress(ValueError):  # another thread was quicker
            entered.remove(entry)
            return entry.window
    return None


def entered_by(call: FrameType) -> object:
    """What enters and leaves: the call whose `with` it is, or an `ExitStack`."""
    if call.f_globals is vars(contextlib):
        return call.f_locals.get("self", call)
    return call


def block_of(call: FrameType) -> FrameType:
    """The call whose block is entered, past an `ExitStack`."""
    while call.f_globals is vars(contextlib) and call.f_back is not None:
        call = call.f_back
    return call


def task_here() -> tuple[int, object]:
    """The thread, and the task that runs in it."""
    asyncio, task = sys.modules.get("asyncio"), None
    # Not `current_task()`: where no loop runs, to raise and catch takes longer than all else.
    if asyncio is not None and (loop := asyncio._get_running_loop()) is not None:
        task = asyncio.current_task(loop)
    return threading.get_ident(), task
