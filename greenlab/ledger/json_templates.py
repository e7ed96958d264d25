"""A record's JSON as a template, which thousands of records share, and its values.

What differs from run to run (numbers, ids, times, reasons) is cut out of the text and kept as a
list; the rest is stored once. A record so takes a fifth of its JSON, comes back byte for byte,
and can be written in other formats without being parsed.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring_ascii
from math import isfinite
from struct import Struct
from typing import Any, Final, NamedTuple

from greenlab.lazy_dataclasses import dataclass

_HOLE: Final = '{"#":0}'
"""Where a value was cut out. No record has such an object, and strings hold `"` escaped."""

OWN: Final = frozenset(
    {
        "id",
        "kernel_id",
        "notebook",
        "cell_id",
        "execution_count",
        "source_hash",
        "name",
        "started_at",
        "cpu_s",
        "gpu_busy",
        "parent_id",
        "counted_in",
        "repeats",
        "background",
    }
)
"""Fields of a record that are cut out whole."""

encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_USUAL_BYTES: Final = 2048
"""As much as the values of most records take; zlib would begin with eight times as much."""
_FLOAT_BYTES: Final = 8
SHARED_NUMBERS: Final = frozenset({"level", "year", "pue"})


@dataclass(frozen=True)
class Template:
    """A record's text with holes. `text`: in one piece, as it is stored."""

    text: str

    @cached_property
    def pieces(self) -> list[str]:
        """The text between the holes."""
        return self.text.split(_HOLE)

    @cached_property
    def holes(self) -> int:
        """How many there are."""
        return len(self.pieces) - 1

    @cached_property
    def id(self) -> int:
        """The same for the same text, in every ledger."""
        return text_id(self.text)

    def check(self, values: Sequence[str]) -> None:
        """See that the values are as many as the holes.

        Raises:
            ValueError: they are not.
        """
        if len(values) != self.holes:
            raise ValueError("a record does not fit its template")

    def fill(self, values: Sequence[str]) -> str:
        """The record's JSON.

        Raises:
            ValueError: the values are not as many as the holes.
        """
        self.check(values)
        parts = [""] * (2 * len(values) + 1)
        parts[::2] = self.pieces
        parts[1::2] = values
        return "".join(parts)

    @cached_property
    def data(self) -> Any:
        """The record with a `Hole` for each value."""
        count = iter(range(len(self.pieces)))
        return json.loads(
            self.text, object_hook=lambda one: Hole(next(count)) if "#" in one else one
        )


@dataclass(frozen=True, slots=True)
class Hole:
    """Where the value of this number belongs."""

    number: int


def cut(data: Mapping[str, Any]) -> tuple[Template, list[str]]:
    """The template of a record and its values, each as JSON.

    Raises:
        ValueError: a number is not finite.
    """
    values: list[str] = []

    def shared(data: dict[str, Any]) -> dict[str, Any]:
        rest: dict[str, Any] = {}
        for key, value in data.items():
            kind = type(value)
            if (kind is float or kind is int) and key not in SHARED_NUMBERS:
                if not isfinite(value):
                    raise ValueError(f"{key} is not finite: {value}")
                values.append(repr(value))
                rest[key] = _MARK
            elif kind is dict:
                rest[key] = shared(value)
            elif kind is list:
                rest[key] = [shared(one) if type(one) is dict else one for one in value]
            elif key == "reason" and value is not None:
                values.append(_json(value))
                rest[key] = _MARK
            else:
                rest[key] = value
        return rest

    rest: dict[str, Any] = {}
    for key, value in data.items():
        if key in OWN:
            values.append(_json(value))
            rest[key] = _MARK
        else:
            rest |= shared({key: value})
    return _template(encode(rest)), values


def _json(value: Any) -> str:
    """What `encode` gives, which takes ten times as long for what most values are."""
    if value is None:
        return "null"
    return encode_basestring_ascii(value) if type(value) is str else encode(value)


_MARK: Final = {"#": 0}


@lru_cache(maxsize=256)
def _template(text: str) -> Template:
    return Template(text)


class Values(NamedTuple):
    """What a template lacks, for now: `lines` of JSON, which are empty where one of `numbers`
    belongs. To write these as texts takes longer than all the rest.
    """

    lines: str
    numbers: bytes = b""

    @classmethod
    def of(cls, values: Sequence[Any], numbers: Sequence[float]) -> Values:
        """Values, each JSON or one of the `numbers`, in their order."""
        lines = ["" if one.__class__ is float else one for one in values]
        return cls("\n".join(lines), _floats(len(numbers)).pack(*numbers))

    @property
    def json(self) -> list[str]:
        """Each as JSON.

        Raises:
            ValueError: they are damaged.
        """
        count, rest = divmod(len(self.numbers), _FLOAT_BYTES)
        lines = self.lines.split("\n")
        if rest or lines.count("") != count:
            raise ValueError("a record's numbers are damaged")
        numbers = iter(_floats(count).unpack(self.numbers))
        return [one or repr(next(numbers)) for one in lines]


@lru_cache(maxsize=64)
def _floats(count: int) -> Struct:
    return Struct(f"<{count}d")


def packed(values: Sequence[str]) -> bytes:
    """Values as they are stored: JSON holds no line break."""
    return zlib.compress("\n".join(values).encode("ascii"), 6)


def unpacked(stored: Any) -> list[str]:
    """The values again.

    Raises:
        ValueError: they are damaged.
    """
    try:
        return zlib.decompress(stored, bufsize=_USUAL_BYTES).decode("ascii").split("\n")
    except (zlib.error, TypeError) as error:
        raise ValueError(f"a record is damaged ({error})") from None


def text_id(text: str) -> int:
    """A number for a text that is the same in every process: 64 bits of its hash."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
