"""One `greenlab.record/1` per line: everything there is, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final, TextIO

from greenlab.record import CellRecord

NAME: Final = "jsonl"


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write one JSON object per line."""
    count = 0
    for record in records:
        out.write(json.dumps(record.to_dict(), ensure_ascii=False) + "\n")
        count += 1
    return count
