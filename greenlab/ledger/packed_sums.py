"""The sums of a bucket as one value: what a record adds to is read and written at once.

So a record costs one row of the file for its sums, and a report of a million records some
thousand rows. A term's id (64 bits) says what was added up; see `record/addends.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import add
from struct import Struct
from typing import Any, Final, Generic, TypeVar

_NUMBERS: Final = 4
"""Of each term: how often it was added, and the sums of value, lower and upper bound."""
NOTHING: Final = (0.0,) * _NUMBERS
_TERM_BYTES: Final = 8 * (1 + _NUMBERS)

K = TypeVar("K", bound=Hashable)


def pack(sums: Mapping[int, Sequence[float]]) -> bytes:
    """Sums by the ids of their terms, in one order, regardless of which came first."""
    terms = sorted(sums)
    numbers = [number for term in terms for number in sums[term]]
    return _ids(len(terms)).pack(*terms) + _floats(len(terms)).pack(*numbers)


def unpack(packed: Any) -> dict[int, tuple[float, ...]]:
    """What was packed.

    Raises:
        ValueError: it is damaged.
    """
    count = _count(packed)
    terms, numbers = (
        _ids(count).unpack_from(packed),
        _floats(count).unpack_from(packed, 8 * count),
    )
    return {
        term: numbers[_NUMBERS * place : _NUMBERS * (place + 1)]
        for place, term in enumerate(terms)
    }


class GroupSums(Generic[K]):
    """The sums of many buckets, by groups."""

    def __init__(self) -> None:
        self._sums: dict[tuple[K, bytes], tuple[float, ...]] = {}

    def add(self, groups: Iterable[K], packed: Any) -> None:
        """A bucket, to each of some groups.

        Raises:
            ValueError: it is damaged.
        """
        count = _count(packed)
        # Most buckets have the same terms: their numbers are added up place by place.
        terms, numbers = packed[: 8 * count], _floats(count).unpack_from(packed, 8 * count)
        sums = self._sums
        for group in groups:
            key = group, terms
            known = sums.get(key)
            sums[key] = numbers if known is None else tuple(map(add, known, numbers))

    def __iter__(self) -> Iterator[tuple[K, int, tuple[float, ...]]]:
        """A group, a term's id, and its numbers; a term may come several times."""
        for (group, terms), numbers in self._sums.items():
            for place, (term,) in enumerate(_ids(1).iter_unpack(terms)):
                yield group, term, numbers[_NUMBERS * place : _NUMBERS * (place + 1)]


def _count(packed: Any) -> int:
    count, rest = divmod(len(packed), _TERM_BYTES) if isinstance(packed, bytes) else (0, 1)
    if rest or not count:
        raise ValueError("sums are damaged")
    return count


@lru_cache(maxsize=64)
def _ids(count: int) -> Struct:
    return Struct(f"<{count}q")


@lru_cache(maxsize=64)
def _floats(count: int) -> Struct:
    return Struct(f"<{_NUMBERS * count}d")
