"""When a process measured, and in which record, as its descendants need to know.

What a process measures contains what its descendants use. A descendant that also measures must
know which part of its own time lies inside such a window, even while that is still open. So the
process publishes it in memory that only its descendants can find.
"""

from __future__ import annotations

import math
import struct
import threading
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import ref

from greenlab.host.shared_page import SharedPage
from greenlab.session.between_cells import SHORTEST_GAP_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

_FORM: Final = struct.Struct("<Qdd32sQ")
_TRIES: Final = 10
_ALL: Final = 0.999
"""As part of a record's time: two processes never read a clock at the same moment."""


class Weighed(NamedTuple):
    """What a process has measured so far. Times in monotonic seconds.

    `closed_s`: in closed windows, each moment counted once. `since`: the time since which at
    least one has been open, infinite if none is. `record_id`: the record of the oldest open
    window, or of the last closed one.
    """

    closed_s: float = 0.0
    since: float = math.inf
    record_id: str = ""

    def until(self, at: float) -> float:
        """Seconds in its windows so far, including those that are open."""
        return self.closed_s + max(0.0, at - self.since)

    @property
    def open(self) -> bool:
        """Whether a window is open."""
        return self.since < math.inf

    @property
    def without_open(self) -> Weighed:
        """The same without the open window."""
        return self._replace(since=math.inf)


class Look(NamedTuple):
    """What a process had measured at a moment, in monotonic seconds."""

    at: float
    weighed: Weighed


class Held(NamedTuple):
    """Where else a record is counted: `share` of its time, 0 to 1; all of it if `counted_in`
    names the record that contains most of it.
    """

    counted_in: str | None
    share: float


NOT_HELD: Final = Held(None, 0.0)


def held(begin: Look, end: Look) -> Held:
    """What the windows of a process contain of the time between two looks at it."""
    length_s = end.at - begin.at
    inside_s = end.weighed.until(end.at) - begin.weighed.until(begin.at)
    share = inside_s / length_s if length_s > 0 else 0.0
    if share < 1 - _ALL:
        return NOT_HELD
    if share < _ALL:
        return Held(None, share)
    first, last = begin.weighed, end.weighed
    # A time between cells that has just begun may not have a record yet.
    latest_s = end.at - last.since
    of_last = not first.open or latest_s >= max(length_s / 2, SHORTEST_GAP_S)
    return Held(last.record_id if of_last else first.record_id, 1.0)


class WeighedTime:
    """What this process has measured. Windows inside another of its windows are not reported.

    Takes a microsecond and no system call. Windows whose owner no longer exists were never
    closed, because opening them was interrupted, and have no record.
    """

    def __init__(self) -> None:
        self._open: list[tuple[Callable[[], object | None], str]] = []
        self._closed_s, self._since, self._record_id = Weighed()
        self._number = 0
        self._page: SharedPage | None = SharedPage()
        self._lock = threading.RLock()
        self._show()

    @property
    def now(self) -> Weighed:
        """What has been measured so far."""
        return Weighed(self._closed_s, self._since, self._record_id)

    def opened(self, owner: object, record_id: str, at: float) -> None:
        """A window of `owner` opens at `at`."""
        with self._lock:
            if self._open:
                self._open = [one for one in self._open if one[0]() is not None]
            if not self._open:
                self._since, self._record_id = at, record_id
            self._open.append((ref(owner), record_id))
            self._show()

    def closed(
        self, owner: object, at: float, *, recorded: bool = True, show: bool = True
    ) -> None:
        """It closes at `at`, with or without a record. `show`: false if another one opens at
        the same time, so that nobody needs to know.
        """
        with self._lock:
            left = [one for one in self._open if one[0]() not in (None, owner)]
            if len(left) == len(self._open):
                return
            self._open = left
            if left:
                self._record_id = left[0][1]
            else:
                self._closed_s += max(0.0, at - self._since) if recorded else 0.0
                self._since = math.inf
            if show:
                self._show()

    def renew(self) -> mmap | None:
        """In a forked child: nothing has been measured yet. Returns the parent's page."""
        self._lock = threading.RLock()
        page, self._page = self._page, None
        self._open = []
        self._closed_s, self._since, self._record_id = Weighed()
        return None if page is None else page.memory

    def close(self) -> None:
        """Show nothing any more."""
        with self._lock:
            self._open, self._since = [], math.inf
            if self._page is not None:
                self._page.close()

    def _show(self) -> None:
        if self._page is None:
            self._page = SharedPage()
        if (memory := self._page.memory) is not None:
            self._number = number = self._number + 1
            id_ = self._record_id.encode("ascii")
            # The same number at both ends shows that it was not read while being written.
            _FORM.pack_into(memory, 0, number, self._closed_s, self._since, id_, number)


def read(page: mmap) -> Weighed | None:
    """What a process publishes; `None` if it has no greenlab (yet)."""
    for _ in range(_TRIES):
        first, closed_s, since, record_id, last = _FORM.unpack(page[: _FORM.size])
        if first == last > 0:
            return Weighed(closed_s, since, record_id.rstrip(b"\0").decode("ascii", "replace"))
    return None
