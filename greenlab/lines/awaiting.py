"""Where a cell waits whose task is suspended: its thread runs the event loop meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from greenlab.lines.calls import Calls
from greenlab.lines.stack import Seen, StackReader

if TYPE_CHECKING:
    import asyncio

    from greenlab.lines.sampler import Watched

_MOST: Final = 200
_RUNS_THE_LOOP: Final = "run_forever"


def awaited(one: Watched, reader: StackReader, calls: Calls) -> tuple[Seen, Calls]:
    """The cell waits in a task: its line is that of the `await`. What runs meanwhile in its
    thread, as a task of the user's, is the innermost line; else what waits is.
    """
    if one.task is None:
        one.task = _suspended_task(calls, reader.is_waiting)
    waiting = _calls_of_task(one.task() if one.task is not None else None)
    seen = reader.read_waiting(waiting)
    if seen.outer is None:
        return seen, calls
    running = reader.read_from(calls, _in_loop(calls), seen.outer)
    if running.inner is not None and running.inner is not seen.outer:
        return running, calls
    return seen, waiting


def _suspended_task(
    calls: Calls, is_wanted: Callable[[Calls], bool]
) -> ref[asyncio.Task[Any]] | None:
    """The first task, of the event loop that a thread runs, whose calls are those wanted."""
    asyncio = sys.modules.get("asyncio")
    frames = (one for one in calls.frames if one.f_code.co_name == _RUNS_THE_LOOP)
    frame = next(frames, None)
    if asyncio is None or frame is None:
        return None
    try:
        tasks = asyncio.all_tasks(frame.f_locals.get("self"))
    except Exception:  # noqa: BLE001  another kind of loop, or one that changes meanwhile
        return None
    return next((ref(one) for one in tasks if is_wanted(_calls_of_task(one))), None)


def _calls_of_task(task: asyncio.Task[Any] | None) -> Calls:
    """The calls that a suspended task goes on with, innermost first."""
    coroutine: Any = None if task is None else task.get_coro()
    calls: list[FrameType] = []
    while coroutine is not None and len(calls) < _MOST:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is None:  # a future, or a generator of another library
            break
        calls.append(frame)
        coroutine = coroutine.cr_await
    return Calls.of(reversed(calls))


def _in_loop(calls: Calls) -> int:
    """The index of the outermost call that the event loop makes."""
    for index in range(len(calls)):
        if calls.code(index).co_name == "_run_once":
            return index
    return len(calls) - 1
