"""Sums in whole billionths (nanojoules), as they stay of records that were compacted.

Whole numbers add up to the same in any order, so that merged ledgers agree. A lower bound is
rounded down and an upper one up: the interval holds what it held. 128 bits hold 3e20 kWh.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import add
from struct import Struct
from typing import Any, Final

from greenlab.record.addends import Addend

Numbers = tuple[int, int, int, int]
"""How often it was added, and the sums of value, lower and upper bound in billionths."""

UNIT: Final = 10**9
_NUMBERS: Final = 4
TERM_BYTES: Final = 8 + 16 * _NUMBERS
_HALF: Final = 64
_LOWER: Final = (1 << _HALF) - 1


def whole(addend: Addend) -> Numbers:
    """An addend in whole billionths."""
    value, low, high = addend.amount
    return (
        addend.count,
        round(value * UNIT),
        math.floor(low * UNIT),
        math.ceil(high * UNIT),
    )


def added(sums: Iterable[Mapping[int, Numbers]]) -> dict[int, Numbers]:
    """The sums of sums, by the ids of their terms."""
    found: dict[int, Numbers] = {}
    for one in sums:
        for term, numbers in one.items():
            known = found.get(term)
            found[term] = numbers if known is None else _plus(known, numbers)
    return found


def _plus(one: Numbers, other: Numbers) -> Numbers:
    count, value, low, high = map(add, one, other)
    return count, value, low, high


def pack(sums: Mapping[int, Numbers]) -> bytes:
    """Sums by the ids of their terms, in one order."""
    terms = sorted(sums)
    halves = [
        half
        for term in terms
        for number in sums[term]
        for half in (number & _LOWER, number >> _HALF)
    ]
    ids, numbers = _structs(len(terms))
    return ids.pack(*terms) + numbers.pack(*halves)


def unpack(packed: Any) -> dict[int, Numbers]:
    """What was packed.

    Raises:
        ValueError: it is damaged.
    """
    count, rest = divmod(len(packed), TERM_BYTES) if isinstance(packed, bytes) else (0, 1)
    if rest:
        raise ValueError("sums are damaged")
    ids, numbers = _structs(count)
    halves = iter(numbers.unpack_from(packed, 8 * count))
    whole_numbers = iter([lower + (upper << _HALF) for lower, upper in zip(halves, halves)])  # noqa: B905
    each = zip(*[whole_numbers] * _NUMBERS, strict=True)
    return dict(zip(ids.unpack_from(packed), each, strict=True))


@lru_cache(maxsize=64)
def _structs(count: int) -> tuple[Struct, Struct]:
    return Struct(f"<{count}q"), Struct("<" + _NUMBERS * count * "Qq")
