"""What the records of ancestor processes already contain of what this process measures.

A process also measures its descendants. A record whose time lies inside the windows of an
ancestor is counted in the ancestor's record; one that overlaps them adds only the rest. The
descendant decides this: without an ancestor that measures there is nothing to do, and the
ancestor need not know.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from greenlab.host.ancestors import ancestors, keeps_account
from greenlab.host.clocks import Clocks
from greenlab.host.host import Host
from greenlab.host.shared_page import pages_of
from greenlab.session.weighed_time import NOT_HELD, Held, Look, held, read

if TYPE_CHECKING:
    import mmap

_SAME_FAMILY_S: Final = 0.2


class OuterWindows:
    """The windows of ancestor processes around those of this one.

    The ancestors are looked up once: one that starts to measure later is not noticed.
    """

    def __init__(self) -> None:
        self._host = Host()
        self._pages: list[tuple[int, mmap.mmap]] = []
        self._begins: WeakKeyDictionary[Any, dict[int, Look]] = WeakKeyDictionary()
        self._ends: WeakKeyDictionary[Any, dict[int, Look]] = WeakKeyDictionary()
        self._at_fork: dict[int, Look] = {}
        self._family: set[int] = set()
        self._parent = 0
        self._looked_at = 0.0
        for pid in ancestors(self._host):
            self._pages += [(pid, page) for page in pages_of(pid, self._host)]

    def __len__(self) -> int:
        """How many ancestors measure."""
        return len(self._pages)

    def renew(self, parent: mmap.mmap | None, parent_id: int) -> None:
        """In a forked child: the parent's page is known, and so are those of its ancestors."""
        if parent is not None:
            self._pages.insert(0, (parent_id, parent))
        self._parent = 0
        self._begins, self._ends = WeakKeyDictionary(), WeakKeyDictionary()
        self._at_fork = self._look()

    def begin(self, window: object) -> None:
        """A window opens now."""
        self._begins[window] = self._look()

    def end(self, window: object) -> None:
        """A window closes now. A process that is no longer an ancestor, or is not told what
        this process used when it ends, does not contain it in what it still measures.
        """
        family = self._accountable()
        self._ends[window] = {
            pid: look if pid in family else Look(look.at, look.weighed.without_open)
            for pid, look in self._look().items()
        }

    def around(self, window: object) -> Held:
        """In which other records the window's record is contained."""
        return self._best(self._begins.get(window, self._at_fork), self._ends.get(window))

    def between(self, before: object, after: object) -> Held:
        """In which other records the time between two windows is contained."""
        return self._best(self._ends.get(before), self._begins.get(after) or self._look())

    def _accountable(self) -> set[int]:
        """The ancestors, up to the first that is not told what its children used. Looked up at
        most a few times a second while the parent stays the same.
        """
        now, parent = Clocks.monotonic(), os.getppid()
        if parent == self._parent and now - self._looked_at < _SAME_FAMILY_S:
            return self._family
        wanted, found = {pid for pid, _ in self._pages}, set[int]()
        for pid in ancestors(self._host):
            if wanted <= found or not keeps_account(self._host, pid):
                break
            found.add(pid)
        self._family, self._parent, self._looked_at = found, parent, now
        return found

    def _look(self) -> dict[int, Look]:
        now = Clocks.monotonic()
        shown = [(pid, read(page)) for pid, page in self._pages]
        return {pid: Look(now, weighed) for pid, weighed in shown if weighed is not None}

    @staticmethod
    def _best(begin: dict[int, Look] | None, end: dict[int, Look] | None) -> Held:
        """The ancestor that contains most; if several do, the nearest one, whose own record
        lies in those of the others.
        """
        best = NOT_HELD
        for pid, at_end in (end or {}).items():
            at_begin = (begin or {}).get(pid)
            if at_begin is not None:
                found = held(at_begin, at_end)
                best = found if found.share > best.share else best
        return best
