"""The time between cells: from one cell's end to the next one's begin, while none is open."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from greenlab.meter import Window

PROOF: Final = "proof"
"""The name of time between cells in which a proof ran."""


class TimeBetweenCells(NamedTuple):
    """The windows around it. `name`: `PROOF` where one ran in it."""

    before: Window
    after: Window
    name: str | None


class Gaps:
    """The gaps of one process. `ended`: those that are over, to be weighed."""

    def __init__(self) -> None:
        self.ended: deque[TimeBetweenCells] = deque()
        self._before: Window | None = None
        self._name: str | None = None
        self._proofs = 0
        self.renew()

    def renew(self) -> None:
        """After a fork: whoever held the lock is not in the child."""
        self._lock = threading.Lock()

    def begin(self, before: Window) -> None:
        """One begins at the end of this window."""
        self._before = before
        self._name = PROOF if self._proofs else None

    def end(self, after: Window) -> None:
        """It ends where this window begins, if there is one."""
        before, self._before = self._before, None
        if before is not None:
            self.ended.append(TimeBetweenCells(before, after, self._name))

    def forget(self) -> None:
        """What runs until the next cell is not weighed: it is not time between cells."""
        self._before = None

    @property
    def before(self) -> Window | None:
        """The window at whose end the open one began."""
        return self._before

    @property
    def name(self) -> str | None:
        """Of the open one."""
        return self._name

    @property
    def open(self) -> bool:
        """Whether one has begun."""
        return self._before is not None

    def proof_began(self) -> None:
        """A proof runs from now on, until `proof_ended`: the gap is named so."""
        with self._lock:
            self._proofs += 1
            self._name = PROOF

    def proof_ended(self) -> None:
        """See `proof_began`."""
        with self._lock:
            self._proofs = max(0, self._proofs - 1)
