"""One `greenlab.record/1` per line: everything there is, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, TextIO

from greenlab.ledger.raw_json_export import Stored
from greenlab.record import CellRecord

NAME: Final = "jsonl"
ADDED_UP: Final = False


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write one JSON object per line, in ASCII: no terminal or file refuses that."""
    lines = (json.dumps(record.to_dict(), separators=(",", ":")) for record in records)
    return _write(lines, out)


def write_stored(stored: Iterable[Stored], out: TextIO) -> int:
    """The same for records as stored in the ledger."""
    return _write((one.json for one in stored), out)


def _write(lines: Iterable[str], out: TextIO) -> int:
    count = 0
    for line in lines:
        out.write(line + "\n")
        count += 1
    return count
