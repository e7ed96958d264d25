"""Reads counters while a window is open, so that no two wraps hide between two readings; and
samples power where there is no counter.
"""

from __future__ import annotations

import _thread
from contextlib import suppress
from time import thread_time
from typing import TYPE_CHECKING, Final

from greenlab.meter.counter_reader import KEEP_ALIVE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

MOST_OF_A_CORE: Final = 0.01
"""Sampling never takes more: readings that cost much are taken less often."""


class Watch:
    """A thread that wakes every so many seconds, reads, and goes back to sleep.

    It starts with a window and ends about a second after the last one: a cell that comes soon
    after another pays nothing for it, and an idle kernel has no thread. Before it ends it
    reads once more, and calls `ended` (without the lock).
    `_thread` and not `threading`: the latter waits until the new thread runs.
    """

    def __init__(
        self,
        every_s: float | None,
        read: Callable[[], None],
        lock: RLock,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._every_s = every_s
        self._read = read
        self._ended = ended
        self._lock = lock
        self._wanted = False
        self._stop: _thread.LockType | None = None

    @property
    def running(self) -> bool:
        """Whether its thread is there."""
        return self._stop is not None

    def turn_on(self) -> None:
        """Read from now on; does nothing if no counter needs it. The lock must be held."""
        self._wanted = True
        if self._every_s is None or self._stop is not None:
            return
        stop = _thread.allocate_lock()
        stop.acquire()
        try:
            _thread.start_new_thread(self._run, (stop, self._every_s))
        except RuntimeError:  # no more threads: the gap is noticed at the next reading
            return
        self._stop = stop

    def turn_off(self) -> None:
        """No window is open. The lock must be held."""
        self._wanted = False

    def renew(self, lock: RLock) -> None:
        """In a forked child: there is no thread, and nobody gives the old lock back."""
        self._lock, self._stop = lock, None
        if self._wanted:
            self.turn_on()

    def close(self) -> None:
        """End the thread now. The lock must be held."""
        self._wanted = False
        stop, self._stop = self._stop, None
        if stop is not None:
            stop.release()

    def _run(self, stop: _thread.LockType, every_s: float) -> None:
        wait_s, rested = every_s, 0
        while not stop.acquire(timeout=wait_s):
            begun_s = thread_time()
            with self._lock:
                if self._stop is not stop:
                    return
                rested = 0 if self._wanted else rested + 1
                over = rested * every_s >= KEEP_ALIVE_S
                try:
                    if over or not rested:
                        self._read()
                except Exception:  # noqa: BLE001 a trace would land in the user's cell
                    over = True
                if over:
                    self._stop = None
            if over:
                with suppress(Exception):
                    self._ended()
                return
            wait_s = max(every_s, (thread_time() - begun_s) / MOST_OF_A_CORE)
