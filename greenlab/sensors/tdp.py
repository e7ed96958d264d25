"""Thermal design power by CPU name, from the table that codecarbon ships (MIT).

The package is located and never imported: importing it loads pandas and looks up the
network. The table has 4,918 names with watts per package.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_NOISE = re.compile(
    r"\((r|tm)\)|\b(cpu|processor|\d+(st|nd|rd|th) gen)\b"
    r"|\b\d+-core\b|@.*$|\bw/.*$|\bwith .*$",
    re.IGNORECASE,
)


def _plain(name: str) -> str:
    return " ".join(_NOISE.sub(" ", name).lower().split())


@cache
def table_path() -> Path | None:
    """Where the table lies, `None` if codecarbon is not installed or has moved it."""
    try:
        spec = find_spec("codecarbon")
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0], "data", "hardware", "cpu_power.csv")
    return path if path.is_file() else None


def tdp_w(name: str) -> float | None:
    """The design power of one package in watts, `None` if the table lacks the CPU.

    Names are compared without trademarks, clock speeds and words that say nothing.
    """
    path, wanted = table_path(), _plain(name)
    if path is None or not wanted:
        return None
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                # A cheap look first: plain names are made for likely rows only.
                if row[0][-3:].lower() in wanted and _plain(row[0]) == wanted:
                    return float(row[1])
    except (OSError, ValueError, IndexError, UnicodeDecodeError):
        return None
    return None
