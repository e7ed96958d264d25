"""A fork in a cell: the child gets fresh locks, even if a thread held one at that moment."""

from __future__ import annotations

import os
from typing import Any, Final, Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """Something with locks or threads, which a forked child must recreate."""

    def renew(self) -> None:
        """Called in the child, before anything else runs there."""


_alive: Final[WeakSet[Any]] = WeakSet()
_registered: Final[list[bool]] = []


def renew_after_fork(thing: Renewable) -> None:
    """Have `thing.renew()` called in every child that is forked while it lives."""
    _alive.add(thing)
    if not _registered and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_renew_all)
        _registered.append(True)


def _renew_all() -> None:
    for thing in list(_alive):
        thing.renew()
