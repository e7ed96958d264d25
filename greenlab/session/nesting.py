"""Which records hold others, so that sums count each joule once.

A window measures everything its process uses while it is open, including threads and child
processes. A window that lies entirely inside another is counted in the outer one's record;
one that overlaps it adds only the part that lies outside.

- Within a process, each window knows the one around it. It may outlive that one, and threads
  may open windows in parallel: then the time already measured decides.
- Windows of an ancestor process are known only to the ledger, where the records of both
  processes meet. The totals of this process are its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from weakref import ref

from greenlab.host.host import Host
from greenlab.session.open_window import Begun
from greenlab.session.outer_windows import OuterWindows
from greenlab.session.weighed_time import NOT_HELD, Held, Look, WeighedTime, held

if TYPE_CHECKING:
    from greenlab.record import CellRecord
    from greenlab.session.between_cells import Gaps, TimeBetweenCells
    from greenlab.session.open_window import OpenWindow

_KEPT: Final = 2048
"""More than enough for all records that may still settle."""


class Nesting:
    """How the windows of this process nest, in each other and in those of its ancestors."""

    def __init__(self) -> None:
        self.weighed: Final = WeighedTime()
        self._outer = OuterWindows()
        self._held: dict[str, Held] = {}
        self._pid = Host.pid()

    def renew(self) -> None:
        """In a forked child: the former process is now the parent."""
        self._outer.renew(self.weighed.renew(), self._pid)
        self._pid = Host.pid()
        self._held = {}

    def close(self) -> None:
        """Nothing is measured any longer."""
        self.weighed.close()

    def begin(self, weighing: OpenWindow, around: OpenWindow | None, at: float) -> None:
        """A window was opened, inside `around` if that is given. `at`: monotonic seconds."""
        if weighing.kind == "cell":
            self.weighed.opened(weighing, weighing.id, at)
            inside = None
        else:
            inside = around if around is not None and around.forks == weighing.forks else None
            now = self.weighed.now
            first = inside is None and not now.open
            weighing.begun = Begun(Look(at, now), ref(inside) if inside else None, first)
            if first:
                self.weighed.opened(weighing, weighing.id, at)
        if inside is None and self._outer:
            self._outer.begin(weighing.window)

    def end(self, weighing: OpenWindow, gaps: Gaps, at: float) -> None:
        """A window was closed. `gaps`: the times between cells; one begins when a cell ends."""
        if weighing.ended:
            return
        begun, inner = weighing.begun, False
        if begun is None or begun.first:
            self.weighed.closed(weighing, at, show=weighing.kind != "cell")
        else:
            inner = begun.around is not None
            if not _is_open(begun.around):
                self._go_by_time(weighing, begun.look, gaps, at)
                inner = inner or weighing.counted_in is not None
        if not inner and self._outer:
            self._outer.end(weighing.window)
            self._note(weighing.id, self._outer.around(weighing.window))
        weighing.ended = True

    def between(self, weighing: OpenWindow, gap: TimeBetweenCells) -> None:
        """A time between two cells has ended."""
        if self._outer:
            self._note(weighing.id, self._outer.between(gap.before, gap.after))

    def as_stored(self, record: CellRecord) -> CellRecord:
        """A record as the ledger stores it, next to those of other processes."""
        found = self._held.get(record.id)
        if found is None:
            return record
        elsewhere = 0.0 if found.counted_in else max(found.share, record.counted_elsewhere)
        return replace(record, counted_in=found.counted_in, counted_elsewhere=elsewhere)

    def _go_by_time(self, weighing: OpenWindow, begin: Look, gaps: Gaps, at: float) -> None:
        """Whether no other window of this process was open around this one all the time."""
        found = held(begin, Look(at, self.weighed.now))
        if found.counted_in == gaps.record_id and not gaps.long(at):
            found = NOT_HELD
        weighing.counted_in = found.counted_in
        weighing.counted_elsewhere = 0.0 if found.counted_in else found.share

    def _note(self, record_id: str, found: Held) -> None:
        self._held[record_id] = found
        if len(self._held) > _KEPT:
            del self._held[next(iter(self._held))]


def _is_open(around: ref[OpenWindow] | None) -> bool:
    weighing = around() if around is not None else None
    return weighing is not None and not weighing.ended
