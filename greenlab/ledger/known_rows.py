"""Rows that are surely in the file, so that each record need not write them again."""

from __future__ import annotations

import sqlite3
from typing import Final

from greenlab.ledger.file_lock import FileLock

_MOST_TERMS: Final = 4096
"""A term may contain a reason, and that a number: their number is unlimited."""


class KnownRows:
    """Ids of buckets, templates and terms, as one connection has written them.

    They are valid until another connection changes the file, and may delete them: call `look`
    within each change. `clear` it before this connection deletes any, or takes a change back.
    """

    def __init__(self) -> None:
        self.buckets: set[int] = set()
        self.templates: set[int] = set()
        self.terms: set[int] = set()
        self._version: int | None = None

    def look(self, connection: sqlite3.Connection) -> bool:
        """Whether the file is as this connection left it."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version == self._version and len(self.terms) < _MOST_TERMS:
            return True
        self.clear()
        self._version = version
        return False

    def clear(self) -> None:
        """Nothing is known any more."""
        self.buckets.clear()
        self.templates.clear()
        self.terms.clear()
        self._version = None


class LedgerConnection(sqlite3.Connection):
    """A connection to a ledger, what it knows of the file, and the lock that it needs there."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.known = KnownRows()
        self.lock: FileLock | None = None

    def close(self) -> None:
        """Close the file, and only then let go of the lock."""
        super().close()
        self.lock = None


def known_rows(connection: sqlite3.Connection) -> KnownRows:
    """What a connection knows; nothing, where it is none of a ledger's own."""
    known = getattr(connection, "known", None)
    return known if isinstance(known, KnownRows) else KnownRows()
