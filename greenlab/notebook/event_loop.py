"""Work that can wait until a cell's reply is out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def soon(function: Callable[..., object], *args: Any) -> bool:
    """Call `function` on the kernel's loop once the running cell has answered.

    False where no loop runs in this thread (a terminal, a worker), and nothing will call it.
    """
    try:
        asyncio.get_running_loop().call_soon(function, *args)
    except RuntimeError:
        return False
    return True


def after_reply(function: Callable[..., object], *args: Any) -> None:
    """The same; where no loop runs in this thread, at once."""
    if not soon(function, *args):
        function(*args)


def in_a_moment(seconds: float, function: Callable[[], object]) -> None:
    """Call `function` on the kernel's loop so many seconds later, or once a cell that runs then
    has ended. Never, where no loop runs in this thread.
    """
    with suppress(RuntimeError):
        asyncio.get_running_loop().call_later(seconds, function)
