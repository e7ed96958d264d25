"""What a run came to, as bytes: plain data, so that reading it runs no code of anyone's.

A frame is the length of a JSON text, the text, and the bytes of the arrays that it names.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from greenlab.proof.protocol import Outcome
from greenlab.proof.result_values import ResultForm
from greenlab.record import Figure, from_dict, to_dict

MOST_BYTES: Final = 1 << 30
_HEAD: Final = 8
_KINDS: Final = frozenset("iufcbmM")
_MOST_DIGITS: Final = 4_000
_PLAIN: Final = tuple(
    one.name for one in fields(Outcome) if one.name not in ("energy_j", "results")
)


def written(outcome: Outcome) -> bytes:
    """The bytes of an outcome; results that have no plain form are left out."""
    blobs: list[bytes] = []
    results = {}
    for name, form in outcome.results.items():
        before = len(blobs)
        try:
            results[name] = [
                _plain(form.shape, blobs),
                [_plain(n, blobs) for n in form.numbers],
            ]
        except (TypeError, ValueError):
            del blobs[before:]
    said = {
        **{name: getattr(outcome, name) for name in _PLAIN},
        "energy_j": to_dict(outcome.energy_j),
        "results": results,
    }
    text = json.dumps(said).encode()
    return b"".join([len(text).to_bytes(_HEAD, "little"), text, *blobs])


def read(data: bytes) -> Outcome:
    """The outcome again; one that failed, where these are not the bytes of one."""
    try:
        length = int.from_bytes(data[:_HEAD], "little")
        said = json.loads(data[_HEAD : _HEAD + length])
        blobs = _Blobs(memoryview(data)[_HEAD + length :])
        results = {
            str(name): ResultForm(blobs.value(shape), [blobs.value(one) for one in numbers])
            for name, (shape, numbers) in said["results"].items()
        }
        plain = {name: said[name] for name in _PLAIN}
        energy = from_dict(Figure, said["energy_j"])
        plain["modules"] = tuple(map(str, plain["modules"]))
        return checked(Outcome(energy_j=energy, results=results, **plain))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return Outcome.failed("what the copy answered cannot be read")


def checked(outcome: Outcome) -> Outcome:
    """The same outcome.

    Raises:
        TypeError, ValueError: a field is not of its type, or not finite.
    """
    numbers = (
        outcome.duration_s,
        outcome.foreign,
        outcome.quality,
        outcome.counted_j,
        outcome.modelled_j,
        outcome.cpu_s,
    )
    texts = (outcome.error, outcome.hardware)
    flags = (outcome.throttled, outcome.outside, outcome.in_metric, outcome.unfit)
    if not all(one is None or type(one) in (int, float) for one in numbers):
        raise TypeError("a number is none")
    if not all(one is None or math.isfinite(one) for one in numbers):
        raise ValueError("a number is not finite")
    if not all(one is None or type(one) is str for one in texts):
        raise TypeError("a text is none")
    if not all(type(one) is bool for one in flags):
        raise TypeError("a flag is none")
    return outcome


def _plain(value: Any, blobs: list[bytes]) -> Any:
    """A value as JSON: what JSON has stands for itself, the rest in an object.

    Raises:
        TypeError, ValueError: it is of no plain type, or too large.
    """
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is int:
        if value.bit_length() > 3 * _MOST_DIGITS:
            raise ValueError("too many digits")
        return value
    if kind is complex:
        return {"complex": [_plain(value.real, blobs), _plain(value.imag, blobs)]}
    if kind is bytes:
        blobs.append(value)
        return {"bytes": len(value)}
    if kind in (tuple, list):
        return [_plain(one, blobs) for one in value]
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray":
        if value.dtype.kind not in _KINDS or value.dtype.hasobject:
            raise TypeError("an array of objects")
        blobs.append(value.tobytes())
        return {"array": [value.dtype.str, list(value.shape), value.nbytes]}
    raise TypeError(f"not plain: {kind.__name__}")


class _Blobs:
    """The bytes after the text, taken in the order in which the text names them."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def value(self, plain: Any) -> Any:
        """What `_plain` wrote; a list comes back as a tuple."""
        if isinstance(plain, list):
            return tuple(map(self.value, plain))
        if not isinstance(plain, dict):
            return plain
        ((kind, held),) = plain.items()
        if kind == "float":
            return float(held)
        if kind == "complex":
            return complex(*map(self.value, held))
        if kind == "bytes":
            return self._take(held)
        if kind == "array":
            return self._array(*held)
        raise ValueError(f"no such kind: {kind}")

    def _take(self, length: int) -> bytes:
        if type(length) is not int or not 0 <= length <= len(self._data):
            raise ValueError("fewer bytes than the text names")
        found, self._data = bytes(self._data[:length]), self._data[length:]
        return found

    def _array(self, dtype: str, shape: Sequence[int], length: int) -> Any:
        import numpy as np

        kind = np.dtype(str(dtype))
        if kind.kind not in _KINDS or kind.hasobject:
            raise ValueError("an array of objects")
        return np.frombuffer(self._take(length), kind).reshape(tuple(shape))
