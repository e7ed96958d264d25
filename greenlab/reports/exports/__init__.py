"""Records in the forms that other tools read: one format per file, named in `EXPORTS`.

To add one, write a module with a name and two functions as in `Export` and name it below.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol, TextIO

from greenlab.ledger.stored_json import Stored
from greenlab.record import CellRecord
from greenlab.reports.exports import codecarbon, csv, jsonl


class Export(Protocol):
    """A module that writes records in one format."""

    NAME: str

    def write(self, records: Iterable[CellRecord], out: TextIO) -> int:
        """Write the records, oldest first as they come, and say how many.

        The stream is open for text with newline="" and belongs to the caller.
        """

    def write_stored(self, stored: Iterable[Stored], out: TextIO) -> int:
        """The same of records as they lie in a ledger, byte for byte, without parsing them."""


EXPORTS: Final[tuple[Export, ...]] = (csv, jsonl, codecarbon)
