"""Another ledger beside the open one, to read from: it is never written to."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from greenlab.ledger import schema


@contextmanager
def attached(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Have another ledger at hand as `theirs`; one of an earlier version as a copy of this one.

    Raises:
        OSError, sqlite3.Error, NotOurs, Newer, NotAFile: it cannot be read, or is no ledger.
    """
    real = Path(os.path.realpath(path))
    with tempfile.TemporaryDirectory(prefix="greenlab-") as folder:
        with closing(schema.connect_reading(real)) as reading:
            (file,) = reading.execute("SELECT file FROM pragma_database_list").fetchone()
            uri = schema.reading_uri(real)
            if not file:  # it was of an earlier version, and is a copy in memory
                copy = Path(folder) / "ledger.sqlite"
                with closing(sqlite3.connect(copy)) as target:
                    reading.backup(target)
                uri = schema.reading_uri(copy)
        connection.execute("ATTACH ? AS theirs", (uri,))
        try:
            yield
        finally:
            connection.execute("DETACH theirs")
