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
from weakref import ref

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


class _Known(NamedTuple):
    """Which threads there were. `all`: by identity, which holds while they are `watched`;
    `users`: ident and native number of the user's.
    """

    all: list[int] = []  # noqa: RUF012  never changed
    users: list[tuple[int, int]] = []  # noqa: RUF012  never changed
    watched: list[ref[threading.Thread]] = []  # noqa: RUF012  never changed


class ThreadCpu:
    """CPU seconds of the Python threads that were started since, by their number."""

    def __init__(self, host: Host) -> None:
        self._linux = host.linux
        # The threads themselves: the system gives the number of one that ended to another.
        self._before = {id(thread): ref(thread) for thread in _live()}
        # Replaced as a whole: an interrupt may come between any two steps.
        self._known = self._nobody = _Known()

    def snapshot(self) -> dict[int, float]:
        """Seconds so far of each thread; none where the system does not report."""
        if not self._linux:
            return {}
        live = _live()
        known = self._known
        if [*map(id, live)] != known.all:
            self._known = known = self._look_at(live)
        if not known.users:
            return {}
        me, used = threading.get_ident(), {}
        for ident, native in known.users:
            if ident != me:
                try:
                    used[native] = cpu_s_of(native)
                except OSError:  # it has just ended
                    continue
        return used

    def forget(self, _gone: object = None) -> None:
        """Look at the threads anew: in a forked child, and where one is gone for good."""
        # As the interpreter ends, threads go after the names of modules: none is used here.
        self._known = self._nobody

    def _look_at(self, live: list[threading.Thread]) -> _Known:
        users = [
            (thread.ident, thread.native_id)
            for thread in live
            if not self._was_here(thread)
            and thread.ident is not None
            and thread.native_id is not None
            and not thread.name.startswith(_OURS)
            and not type(thread).__module__.startswith(_KERNELS)
        ]
        return _Known([*map(id, live)], users, [ref(thread, self.forget) for thread in live])

    def _was_here(self, thread: threading.Thread) -> bool:
        known = self._before.get(id(thread))
        return known is not None and known() is thread


def _live() -> list[threading.Thread]:
    # Not `enumerate()`: it takes a lock, which an interrupt might leave locked.
    return list(threading._active.values())  # type: ignore[attr-defined]


def cpu_s_of(native: int) -> float:
    """CPU seconds so far of a thread of this process. Linux only.

    Raises:
        OSError: it has ended.
    """
    # The clock id of a thread's CPU clock, as pthread_getcpuclockid(3) makes it.
    return float(_clock((~native << 3) | 6))


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
