"""Reads counters during long windows, so that no two wraps hide between two readings."""

from __future__ import annotations

import _thread
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock


class Watch:
    """A thread that wakes every so many seconds, reads, and goes back to sleep.

    It starts with a window and ends at its first waking at which none is open: a cell that
    comes soon after another pays nothing for it, and a kernel at rest has no thread. Then it
    has read once more after the window, and calls `ended` (without the lock).
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
        while not stop.acquire(timeout=every_s):
            with self._lock:
                if self._stop is not stop:
                    return
                wanted = self._wanted
                try:
                    self._read()
                except Exception:  # noqa: BLE001 a trace would land in the user's cell
                    wanted = False
                if not wanted:
                    self._stop = None
            if not wanted:
                with suppress(Exception):
                    self._ended()
                return
