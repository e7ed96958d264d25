"""Something that is read over and over: kept open, and opened again after it failed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenlab.host.host import Reader


class KeptReader:
    """`open_` opens a file or an event, at the first read and after each failure.

    One thread reads at a time.
    """

    __slots__ = ("_open", "_reader")

    def __init__(self, open_: Callable[[], Reader]) -> None:
        self._open = open_
        self._reader: Reader | None = None

    def read(self) -> bytes:
        """What it says now.

        Raises:
            OSError: it cannot be opened or read.
        """
        try:
            if self._reader is None:
                self._reader = self._open()
            return self._reader.read()
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close it; the next read opens it again."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with suppress(OSError):
                reader.close()
