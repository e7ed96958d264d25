"""How old records of one shape become rows, learned from the first one.

Reading a record and rewriting it takes most of a millisecond, and a ledger may hold a hundred
thousand. Records of one shape differ in numbers and names alone. So the first one goes through
all the code that there is, with marks in their place: what comes out shows where each belongs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from greenlab.lazy_dataclasses import dataclass
from greenlab.ledger import json_templates
from greenlab.record import CellRecord
from greenlab.record.addends import Addend, Key, addends, text_of
from greenlab.record.record_addends import counted

_MOST: Final = 1000
"""Shapes that are remembered: a ledger has some dozen."""

_VALUE: Final = re.compile(
    r'("(?:id|kernel_id|notebook|cell_id|source_hash|name|started_at|parent_id|reason)": ?(?=")'
    r'|": ?(?=[-\d]))("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)'
)
"""The text before a value that differs from record to record, and the value."""

_WORD: Final = "greenlab-mark-"
_NUMBER: Final = 109951162 * 10**5
"""Marks are this and more: no record comes near."""
_MARKED: Final = frozenset({"text", "float", "-float", "integer", "-integer"})

Prepared = tuple[json_templates.Template, list[str], list[Addend]]
"""A record's template and values, and what it adds to sums."""


def prepare(record: CellRecord) -> Prepared:
    """What a record's row needs."""
    template, values = json_templates.cut(record.to_dict())
    inner = record.counted_in is not None
    return template, values, [] if inner else list(addends(counted(record)))


@dataclass(frozen=True, slots=True)
class _Shape:
    """`values`: for each, the number of an old one (and whether it is an integer to be written
    as a float), or what it always is. `added`: keys, and the numbers of the old values that
    are their amounts.
    """

    template: json_templates.Template
    values: list[tuple[int, bool] | str]
    added: list[tuple[Key, list[int | None]]]

    def prepare(self, old: Sequence[str]) -> Prepared:
        values = [
            one if isinstance(one, str) else repr(float(old[one[0]])) if one[1] else old[one[0]]
            for one in self.values
        ]
        added = []
        for key, places in self.added:
            value, low, high = (0.0 if one is None else float(old[one]) for one in places)
            added.append(Addend(key, (value, low, high)))
        return self.template, values, added


class Shapes:
    """Turns the JSON of old records into what their rows need."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], _Shape | None] = {}
        self._in_keys: dict[str, set[int]] = {}

    def prepare(self, stored: str) -> Prepared:
        """The same as of the record.

        Raises:
            ValueError, TypeError, AttributeError, RecursionError: it is no record.
        """
        parts = _VALUE.split(stored)
        values = parts[2::3]
        del parts[2::3]
        text = "\0".join(parts)
        in_keys = self._in_keys.setdefault(text, set())
        key = _key(text, values, in_keys)
        if key not in self._known and len(self._known) < _MOST:
            in_keys |= _in_keys(parts, values, in_keys)
            key = _key(text, values, in_keys)
            self._known[key] = _learn(parts, values, in_keys)
        shape = self._known.get(key)
        if shape is not None:
            return shape.prepare(values)
        return prepare(CellRecord.from_dict(json.loads(stored)))


def _key(text: str, values: Sequence[str], in_keys: AbstractSet[int]) -> tuple[str, ...]:
    kinds = list(map(_kind, values))
    for number in in_keys:
        kinds[number] = values[number]
    return (text, *kinds)


def _kind(value: str) -> str:
    """What a value is, as far as it matters to what becomes of it."""
    first = value[0]
    if first == '"':
        return "text" if len(value) > 2 else value
    if first == "0" and not value.strip("0."):
        return value
    kind = "float" if "." in value or "e" in value or "E" in value else "integer"
    return f"-{kind}" if first == "-" else kind


def _marks(values: Sequence[str], literal: AbstractSet[int]) -> dict[int, str]:
    """A mark for each value that has a place of its own, by their numbers."""
    marks = {}
    for number, value in enumerate(values):
        kind = _kind(value)
        if kind == "text" and number not in literal:
            marks[number] = f'"{_WORD}{number}."'
        elif kind in _MARKED and number not in literal:
            sign = "-" if kind[0] == "-" else ""
            marks[number] = f"{sign}{_NUMBER + number}{'.5' if 'float' in kind else ''}"
    return marks


def _marked(parts: Sequence[str], values: Sequence[str], marks: dict[int, str]) -> Prepared:
    filled = [parts[0]]
    for number, value in enumerate(values):
        filled += [parts[2 * number + 1], marks.get(number, value), parts[2 * number + 2]]
    return prepare(CellRecord.from_dict(json.loads("".join(filled))))


def _in_keys(
    parts: Sequence[str], values: Sequence[str], literal: AbstractSet[int]
) -> set[int]:
    """Values that are part of the template or of a sum's key, as levels and reasons are."""
    marks = _marks(values, literal)
    try:
        template, _, added = _marked(parts, values, marks)
    except (ValueError, TypeError, AttributeError):
        return set()
    fixed = json.dumps([template.text, *(text_of(one.key) for one in added)])
    return {number for number, mark in marks.items() if mark.strip('"') in fixed}


def _learn(
    parts: Sequence[str], values: Sequence[str], literal: AbstractSet[int]
) -> _Shape | None:
    """The shape; `None` where more than the place of values depends on them."""
    marks = _marks(values, literal)
    try:
        template, found, added = _marked(parts, values, marks)
    except (ValueError, TypeError, AttributeError):  # reading it says whether it is a record
        return None
    place_of = {mark: (number, False) for number, mark in marks.items()}
    for number, mark in marks.items():
        if mark[0] != '"':
            place_of.setdefault(repr(float(mark)), (number, True))
    placed = [place_of.get(text, text) for text in found]
    amounts = [
        [place_of.get(repr(one), (-1,))[0] if one else None for one in addend.amount]
        for addend in added
    ]
    fixed = [template.text, *(one for one in placed if isinstance(one, str))]
    if any(-1 in amount for amount in amounts) or any(
        mark in text for text in fixed for mark in (_WORD, str(_NUMBER)[:9])
    ):
        return None
    return _Shape(
        template,
        placed,
        [(one.key, amount) for one, amount in zip(added, amounts, strict=True)],
    )
