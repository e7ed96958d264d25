"""Threads that go on after their cell: what they use in a later one is not that one's work.

What can be known: how much CPU time each Python thread used that lived before a window began.
One that also ran in the gap before the window, when nothing was asked of the kernel, runs in
the background. One that rested may do this cell's work, as the workers of a pool do. What
cannot be known: the threads of native libraries (BLAS, OpenMP), which serve whoever calls.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import Interval

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.meter.window import Moment

_AT_WORK: Final = 0.1
"""Of the gap before: a thread that ran for more of it was not merely waiting."""
_clock: Final = partial(getattr(time, "clock_gettime", lambda _: 0.0))
_OURS: Final = "greenlab"
"""How the names of our own threads begin."""
_KERNELS: Final = "ipykernel."
"""The kernel's own threads; those that serve a page's comms begin when the page asks."""


class ThreadUse(NamedTuple):
    """What Python threads did in a window, by their native number.

    `background_s`: CPU seconds of each that lived before it, surely not for this window and
    at most; `born`: those that were started in it and still live.
    """

    background_s: dict[int, Interval]
    born: frozenset[int]


class ThreadCpu:
    """CPU seconds of the Python threads that were started since, by their number."""

    def __init__(self, host: Host) -> None:
        self._linux = host.linux
        self._ours = set(threading._active)  # type: ignore[attr-defined]

    def snapshot(self) -> dict[int, float]:
        """Seconds so far of each thread; none where the system does not report."""
        # Not `enumerate()`: it takes a lock, which an interrupt might leave locked.
        active = threading._active  # type: ignore[attr-defined]
        if not self._linux or active.keys() <= self._ours:
            return {}
        me, used = threading.get_ident(), {}
        for number, thread in list(active.items()):
            native = thread.native_id
            if number in self._ours or number == me or native is None:
                continue
            if thread.name.startswith(_OURS) or type(thread).__module__.startswith(_KERNELS):
                continue
            try:
                # The clock id of a thread's CPU clock, as pthread_getcpuclockid(3) makes it.
                used[native] = _clock((~native << 3) | 6)
            except OSError:  # it has just ended
                continue
        return used


def thread_use(gap: Moment | None, begin: Moment, end: Moment) -> ThreadUse:
    """What was used in a window by threads that lived before it, and which began in it.

    At least what those used that ran in the gap before. One that ended in the window counts
    with nothing: what it had used is not known any more.
    """
    background_s = {}
    rest_s = begin.at - gap.at if gap is not None else 0.0
    for native, before_s in begin.threads.items():
        used_s = max(0.0, end.threads.get(native, before_s) - before_s)
        sure_s = 0.0
        if gap is not None and rest_s > 0 and native in gap.threads:
            ran_s = before_s - gap.threads[native]
            sure_s = used_s if ran_s > _AT_WORK * rest_s else 0.0
        background_s[native] = Interval(sure_s, sure_s, used_s)
    return ThreadUse(background_s, frozenset(end.threads.keys() - begin.threads.keys()))
