"""Where a cell waits whose task is suspended: its thread runs the event loop meanwhile."""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from greenlab.lines.calls import Calls

if TYPE_CHECKING:
    import asyncio

_MOST: Final = 200


def running_task() -> ref[asyncio.Task[Any]] | None:
    """The task that runs in this thread now; `None` where no loop does."""
    loaded = sys.modules.get("asyncio")
    try:
        task = None if loaded is None else loaded.current_task()
    except RuntimeError:
        return None
    return None if task is None else ref(task)


def calls_of_task(task: ref[asyncio.Task[Any]] | None) -> Calls:
    """The calls that a suspended task goes on with, innermost first."""
    alive = None if task is None else task()
    coroutine: Any = None if alive is None else alive.get_coro()
    calls: list[FrameType] = []
    while coroutine is not None and len(calls) < _MOST:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is None:  # a future, or a generator of another library
            break
        calls.append(frame)
        coroutine = coroutine.cr_await
    return Calls.of(reversed(calls))
