"""An open window of a session, and which of them encloses the code that runs."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from greenlab.record import Background, Repeat
from greenlab.record.cell import RecordKind, Scope

if TYPE_CHECKING:
    from greenlab.meter import Window

_enclosing: ContextVar[str | None] = ContextVar("greenlab_enclosing", default=None)


@dataclass(slots=True, weakref_slot=True, eq=False)
class Weighing:
    """A window that is open: what becomes a record when it closes.

    `source_hash` is called for the record, once the reply is out. `forks`: how many lie between
    this process and the one in which the session began.
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
    forks: int = 0
    repeats: list[Repeat] = field(default_factory=list)
    background: tuple[Background, ...] | None = None
    async_tail: bool | None = None

    @property
    def started_at(self) -> str:
        """UTC, ISO 8601."""
        return utc(self.window.started_at)


def utc(epoch_s: float) -> str:
    """Seconds since the epoch as UTC, ISO 8601."""
    text = datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def enclosing_id() -> str | None:
    """The id of the window in whose context this runs."""
    return _enclosing.get()


def enclose(weighing: Weighing) -> Callable[[], None]:
    """Make `weighing` the parent of what this context weighs; call the result to end."""
    token = _enclosing.set(weighing.id)

    def leave() -> None:
        try:
            _enclosing.reset(token)
        except ValueError:  # left in another context, as generators may
            _enclosing.set(None)

    return leave
