"""Short work that nobody waits for, each on a thread of its own that ends with it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class BackgroundThreads:
    """The threads of one meter; `len` says how many there are now."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()

    def __len__(self) -> int:
        return len(self._threads)

    def do(self, work: Callable[[], None]) -> None:
        """Begin it; not at all if there can be no more threads."""

        def run() -> None:
            try:
                work()
            except Exception:  # noqa: BLE001, S110 a trace would land in the user's cell
                pass
            finally:
                self._threads.discard(thread)

        thread = threading.Thread(target=run, name="greenlab settles", daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._threads.discard(thread)

    def wait(self, timeout_s: float) -> None:
        """Wait for each that was begun, so long at most."""
        for thread in list(self._threads):
            thread.join(timeout_s)

    def forget(self) -> None:
        """In a forked child, where no thread of the parent's is."""
        self._threads.clear()
