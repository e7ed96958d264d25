"""The time between cells: from one cell's end to the next one's begin, while none is open."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from greenlab.meter import Window
    from greenlab.session.weighed_time import WeighedTime

PROOF: Final = "proof"
"""The name of time between cells in which a proof ran."""

SHORTEST_GAP_S: Final = 1.0
"""Time between cells below this is not recorded: Run All would double its records."""


class TimeBetweenCells(NamedTuple):
    """The windows around it. `name`: `PROOF` where one ran in it. `record_id`: of what it
    becomes.
    """

    before: Window
    after: Window
    name: str | None
    record_id: str


class Gaps:
    """The gaps of one process. `ended`: those that are over, to be weighed."""

    def __init__(self, weighed: WeighedTime) -> None:
        self.ended: deque[TimeBetweenCells] = deque()
        self.record_id = ""
        self._weighed = weighed
        self._begun_at = 0.0
        self._before: Window | None = None
        self._name: str | None = None
        self._proofs = 0
        self.renew()

    def renew(self) -> None:
        """After a fork: whoever held the lock is not in the child."""
        self._lock = threading.Lock()

    def begin(self, before: Window, record_id: str, at: float) -> None:
        """One begins at the end of this window, `at` in monotonic seconds."""
        self._before, self.record_id = before, record_id
        self._name = PROOF if self._proofs else None
        self._begun_at = at
        self._weighed.opened(self, record_id, at)

    def end(self, after: Window, at: float) -> None:
        """It ends where this window begins, if there is one."""
        before, self._before = self._before, None
        if before is not None:
            self.ended.append(TimeBetweenCells(before, after, self._name, self.record_id))
            self._weighed.closed(self, at, recorded=self.long(at), show=False)

    def forget(self) -> None:
        """What runs until the next cell is not weighed: it is not time between cells."""
        self._before = None
        self._weighed.closed(self, self._begun_at, recorded=False)

    def long(self, at: float) -> bool:
        """Whether it lasts long enough by then to be recorded."""
        return at - self._begun_at >= SHORTEST_GAP_S

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
