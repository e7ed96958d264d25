"""A proof's verdict as a row."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any, Final

from greenlab.ledger.record_rows import text
from greenlab.record import Proven, from_dict, to_dict

INSERT: Final = """
    INSERT INTO main.verdict (
        at, rule, hardware, source_hash, status, ratio, low, high, pairs, tier, proven
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
"""`proven` is all of it as JSON; what precedes is there to be asked for."""
SELECT: Final = "SELECT proven FROM main.verdict WHERE ? IS NULL OR rule = ? ORDER BY at, rowid"


def row(one: Proven) -> tuple[Any, ...]:
    """The columns of one verdict."""
    said = one.verdict
    return (
        one.at,
        text(one.rule),
        text(one.hardware),
        text(one.source_hash),
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
    for (stored,) in found:
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            verdicts.append(from_dict(Proven, json.loads(stored)))
    return verdicts
