"""Arrays, tables and tensors: their size and their kind of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from greenlab.cellcode.introspect import Live, path
from greenlab.lines.readers import candidates
from greenlab.record.hot_stack import Plain


def read(live: Live) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    """`type`, `rows`, `values` (how many in all), `width` (in the last dimension), `dtype`."""
    for name, thing in candidates(live):
        shape = live.read(thing, "shape")
        if not isinstance(shape, tuple) or not shape:
            continue
        facts: dict[str, Plain] = {
            "type": path(type(thing)),
            "rows": int(shape[0]),
            "values": math.prod(int(length) for length in shape),
            "width": int(shape[-1]),
        }
        if (dtype := live.read(thing, "dtype")) is not None:
            facts["dtype"] = str(dtype).removeprefix("torch.")
        yield name, facts
