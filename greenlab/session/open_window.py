"""An open window of a session, and which of them encloses the code that runs."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from weakref import ref

from greenlab.record import BackgroundUse, CellRecord, Repeat
from greenlab.record.cell import RecordKind, Scope

if TYPE_CHECKING:
    from greenlab.lines import Watched
    from greenlab.meter import Window
    from greenlab.record.hot_stack import HotStack
    from greenlab.session.weighed_time import Look
    from greenlab.session.work_counts import Counts


class Begun(NamedTuple):
    """The state when a window began: what this process had measured. `around`: the window of
    this process that contains it; `first`: whether it counts by itself, whatever else is open.
    """

    look: Look
    around: ref[OpenWindow] | None
    first: bool


@dataclass(slots=True, weakref_slot=True, repr=False, eq=False)
class OpenWindow:
    """A window that is open: what becomes a record when it closes.

    `source_hash` is called for the record, after the reply has been sent. `forks`: how many lie
    between this process and the one in which the session began. `record`: the finished record;
    `published`: whether all listeners have received it. `publisher`: the thread that is passing
    it to them right now. `begun`, `ended`: see `Nesting`. `watched`: the samples of its
    lines; `hot`: the stacks in which its work was done. `counts`: what the user counted in it.
    """

    id: str
    window: Window
    kind: RecordKind
    scope: Scope = "process"
    name: str | None = None
    cell_id: str | None = None
    execution_count: int | None = None
    source_hash: Callable[[], str] | None = None
    parent_id: str | None = None
    counted_in: str | None = None
    counted_elsewhere: float = 0.0
    forks: int = 0
    repeats: list[Repeat] = field(default_factory=list)
    background: tuple[BackgroundUse, ...] | None = None
    async_tail: bool | None = None
    record: CellRecord | None = None
    published: bool = False
    publisher: int | None = None
    begun: Begun | None = None
    ended: bool = False
    watched: Watched | None = None
    hot: tuple[HotStack, ...] = ()
    counts: Counts | None = None

    @property
    def started_at(self) -> str:
        """UTC, ISO 8601."""
        return utc(self.window.started_at)


def utc(epoch_s: float) -> str:
    """Seconds since the epoch as UTC, ISO 8601."""
    text = datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


class _Enclosing(NamedTuple):
    """A window around the running code, and the next one outwards. Windows may end in any order
    and in any context: closed ones enclose nothing.
    """

    weighing: ref[OpenWindow]
    id: str
    outer: _Enclosing | None

    @property
    def open(self) -> bool:
        weighing = self.weighing()
        return weighing is not None and weighing.window.end is None


_enclosing: ContextVar[_Enclosing | None] = ContextVar("greenlab_enclosing", default=None)


def _innermost() -> _Enclosing | None:
    around = _enclosing.get()
    while around is not None and not around.open:
        around = around.outer
    return around


def enclosing() -> OpenWindow | None:
    """The window in whose context this runs."""
    around = _enclosing.get()
    while around is not None:
        weighing = around.weighing()
        if weighing is not None and weighing.window.end is None:
            return weighing
        around = around.outer
    return None


def enclose(weighing: OpenWindow) -> Callable[[], None]:
    """Make `weighing` the parent of what this context measures; call the result at its end."""
    mine = _Enclosing(ref(weighing), weighing.id, _innermost())
    _enclosing.set(mine)

    def leave() -> None:
        if _enclosing.get() is mine:
            _enclosing.set(mine.outer)

    return leave
