"""A proof's verdict as a row."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any, Final

from greenlab.record import Proven, from_dict, to_dict

COLUMNS: Final = (
    "at TEXT NOT NULL",  # UTC, ISO 8601
    "rule TEXT",
    "hardware TEXT NOT NULL",
    "source_hash TEXT",
    "status TEXT NOT NULL",
    "ratio REAL",
    "low REAL",
    "high REAL",
    "pairs INTEGER NOT NULL",
    "tier TEXT NOT NULL",
    "proven TEXT NOT NULL",  # all of it as JSON; what precedes is there to be asked for
)
INSERT: Final = f"INSERT INTO main.verdict VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
SELECT: Final = "SELECT proven FROM main.verdict WHERE ? IS NULL OR rule = ? ORDER BY at, rowid"


def row(one: Proven) -> tuple[Any, ...]:
    """The columns of one verdict."""
    said = one.verdict
    return (
        one.at,
        one.rule,
        one.hardware,
        one.source_hash,
        said.status,
        said.ratio,
        said.low,
        said.high,
        said.pairs,
        said.tier,
        json.dumps(to_dict(one), separators=(",", ":"), allow_nan=False),
    )


def read(found: Iterable[tuple[str]]) -> list[Proven]:
    """The verdicts of some rows, without those that another version wrote unreadably."""
    verdicts = []
    for (text,) in found:
        with contextlib.suppress(ValueError):
            verdicts.append(from_dict(Proven, json.loads(text)))
    return verdicts
