"""Thermal design power by CPU name, from the table that codecarbon ships (MIT).

The package is located and never imported: importing it loads pandas and looks up the
network. The table has 4,918 names with watts per package.

A name hits only when it says the same as the table's, once both are rid of trademarks,
clock speeds, core counts, generations and graphics. Nothing near it counts: a neighbour's
watts are a wrong number, a miss merely widens the interval.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_VENDOR: Final = re.compile(r"\b(intel|amd|apple)\b")
_NOISE: Final = re.compile(
    r"\((r|tm|c)\)|[®™]"
    r"|\b(cpu|apu|soc|processor|genuine|radeon.*)(?!\w)"  # graphics come last
    r"|\b\d+(st|nd|rd|th) gen\b"
    r"|\b(\d+|dual|triple|quad|six|eight|twelve|sixteen)-cores?\b"
    r"|\br\d,? \d+ compute cores.*$|,? \d+ compute cores.*$"
    r"|\b\d+(\.\d+)?\s*[gm]hz\b|@.*$|\bw/.*$|\bwith .*$"
    r"|\bbe\b( \(\d+w\))?|\(\d+w\)"  # black edition; the table's own words
)
_PARTS: Final = re.compile(r"(?<=core)2\b|(?<=\d)v\d\b")  # Core2 Duo, E5-2660V2
_LEAST_MODEL: Final = 3
"""Characters of a model number: "7" of "Ryzen 7" is none, "n50" is."""


def plain(name: str) -> str:
    """What a CPU's name says, in one spelling: "core i7 8550u"."""
    name = name.lower().replace("\xa0", " ").replace("\u200b", "")
    name = " ".join(_NOISE.sub(" ", name).replace("-", " ").split())
    return " ".join(_PARTS.sub(lambda part: f" {part[0]}", name).split())


def model_number(name: str) -> str | None:
    """The word of a plain name that tells one CPU from its family, `None` if it has none.

    Clouds and emulators hide it: "Intel Xeon CPU @ 2.20GHz", "AMD EPYC-Rome Processor".
    """
    if re.match(r"apple m\d", name):
        return name.split()[1]
    words = [
        word
        for word in name.split()
        if len(word) >= _LEAST_MODEL and re.search(r"\d", word) and word.rstrip("+").isalnum()
    ]
    return max(words, key=len, default=None)


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


@cache
def tdp_w(name: str) -> float | None:
    """The design power of one package in watts.

    `None` if the table lacks the CPU, gives it different figures in different rows, or the
    name does not say which CPU it is. Takes about a millisecond, once per name.
    """
    vendor, wanted = _VENDOR.search(name.lower()), plain(name)
    number, path = model_number(wanted), table_path()
    if path is None or vendor is None or number is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
        # Plain names are made for likely rows only: all of them would take 50 ms.
        likely = [line for line in text.splitlines() if number in line.lower()]
        found = {row[1] for row in csv.reader(likely) if _same(row[0], wanted, vendor[0])}
        return float(found.pop()) if len({*map(float, found)}) == 1 else None
    except (OSError, ValueError, IndexError, UnicodeDecodeError):
        return None


def _same(row: str, wanted: str, vendor: str) -> bool:
    """Whether a row is this CPU. Some rows leave out who made it."""
    maker = _VENDOR.search(row.lower())
    if maker is not None and maker[0] != vendor:
        return False
    ours, theirs = (_VENDOR.sub("", text).split() for text in (wanted, plain(row)))
    return ours == theirs
