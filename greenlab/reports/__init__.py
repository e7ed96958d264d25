"""Records put into a form for others, each form in a file or folder of its own.

A report is one document of the sums over records, an export a file of the records one by one.
To add one, write a module as in `Report` or `Export` and name it in the tuple: it is then a
command of the terminal, or a `--format` of `greenlab export`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol, TextIO

from greenlab.ledger.raw_json_export import Stored
from greenlab.record import CellRecord
from greenlab.record.summary import Summary
from greenlab.reports import card
from greenlab.reports.exports import codecarbon, csv, jsonl


class Document(Protocol):
    """What a report comes to: a dataclass, whose text is for people."""

    def to_markdown(self) -> str:
        """The document for a file."""


class Report(Protocol):
    """A module that puts sums into one form. `HELP`: what the command is for."""

    NAME: str
    HELP: str

    def of_sums(self, sums: Summary) -> Document:
        """The document of sums over at least one record."""


class Export(Protocol):
    """A module that writes records in one format.

    `ADDED_UP`: whether the rows are there to be added up, as other tools do. They then come to
    the sums over the records: only what no other record holds has a row (`held_by_none`), in
    the form in which sums count it (`greenlab.record.record_addends`).
    """

    NAME: str
    ADDED_UP: bool

    def write(self, records: Iterable[CellRecord], out: TextIO) -> int:
        """Write the records, in the order in which they come, and say how many rows.

        The stream is open for text with newline="" and belongs to the caller.
        """

    def write_stored(self, stored: Iterable[Stored], out: TextIO) -> int:
        """The same for records as stored in a ledger, byte for byte, without parsing them.

        If rows are `ADDED_UP`, records that others include are left out already
        (`Ledger.stored`).
        """


REPORTS: Final[tuple[Report, ...]] = (card,)
EXPORTS: Final[tuple[Export, ...]] = (csv, jsonl, codecarbon)
