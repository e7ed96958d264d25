"""What can be said of an object while the user's code uses it: one reader per library.

A reader is a function that is given the variables of a call that runs in another thread, as
`Live` (`greenlab.cellcode.introspect`), and yields what it sees of each as plain data:

    def read(live: Live) -> Iterator[tuple[str, Mapping[str, Plain]]]:
        for name, thing in candidates(live):
            ...
            yield name, {"type": "torch.nn.modules.linear.Linear", "dtypes": ("float32",)}

It goes by `live.own`, `live.read`, `lineage` and their like alone: nothing is called, imported
or changed, and no container of the user's is iterated but as `Live` does. A name may be yielded
more than once, each time with what has been seen by then: the time is short (on a fast
machine 100 µs for all readers together at a line's first sample, up to 4 ms at a later one: see
`LOOKS_S` in `live_facts`), and `Live` raises `OutOfTimeError` when it is over. It never keeps
an object.
`self.model` is a name too: what lies in an object's own dictionary is offered once deep.

To add a library: one file here, and its function in `READERS` with the module that must be
loaded for it to be asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from greenlab.cellcode.introspect import Live, instance_dict, path
from greenlab.record.hot_stack import Plain

Reader = Callable[[Live], Iterable[tuple[str, Mapping[str, Plain]]]]

READERS: Final = (
    ("numpy", "greenlab.lines.readers.arrays"),
    ("torch", "greenlab.lines.readers.torch"),
    ("sklearn", "greenlab.lines.readers.sklearn"),
)
"""The library that must be loaded, and the module whose `read` knows its objects."""

_MOST_ATTRIBUTES: Final = 40
_PLAIN: Final = (str, int, float, bool, type(None), list, tuple, dict, set, bytes)


def readers() -> list[Reader]:
    """The readers of the libraries that the user has loaded."""
    return [_reader(module) for library, module in READERS if library in sys.modules]


@cache
def _reader(module: str) -> Reader:
    read: Reader = import_module(module).read
    return read


def candidates(live: Live) -> Iterator[tuple[str, Any]]:
    """The variables that hold objects, and, of those of the user's own classes and of `self`,
    what lies in them: `model`, `self.model`.
    """
    for name, thing in tuple(live.namespace.items()):
        live.tick()
        if type(thing) in _PLAIN or name.startswith("__"):
            continue
        yield name, thing
        if name == "self" or path(type(thing)).startswith("__main__."):
            for attribute, inner in tuple(instance_dict(thing).items())[:_MOST_ATTRIBUTES]:
                live.tick()
                if type(inner) not in _PLAIN:
                    yield f"{name}.{attribute}", inner
