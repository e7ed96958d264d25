"""Full load on every CPU, for as long as a `with` block lasts."""

from __future__ import annotations

import hashlib
import threading
from typing import Self

_ROUNDS = 100_000
"""About 50 ms a turn: long enough that hundreds of threads do not wait for one another,
short enough to stop at once."""


class FullLoad:
    """So many threads that hash without holding Python's lock, so that all of them run."""

    def __init__(self, threads: int) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._hash, daemon=True) for _ in range(threads)
        ]

    def _hash(self) -> None:
        while not self._over.is_set():
            hashlib.pbkdf2_hmac("sha512", b"full", b"load", _ROUNDS)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
