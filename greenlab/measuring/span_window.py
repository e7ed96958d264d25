"""One window around a block or a call, into which nothing of greenlab's own is raised."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from greenlab import session

if TYPE_CHECKING:
    from greenlab.record import CellRecord
    from greenlab.record.cell import Scope, Status
    from greenlab.session import OpenWindow, UsedSoFar


class Described(Protocol):
    """What a window is to be like, and who gets its record: a `Measure`."""

    name: str | None
    scope: Scope
    precise: bool
    lines: bool
    _record: CellRecord | None

    @property
    def _parent_id(self) -> str | None: ...


class SpanWindow:
    """One window of a `Measure`. Nothing of greenlab's own is raised into the code in it."""

    __slots__ = ("_leave", "_of", "_so_far", "_weighing")

    def __init__(self, of: Described) -> None:
        self._of = of
        self._so_far: UsedSoFar | None = None
        self._weighing: OpenWindow | None = None
        self._leave: Callable[[], None] | None = None

    @property
    def record_id(self) -> str | None:
        """The id of what it becomes."""
        return None if self._weighing is None else self._weighing.id

    def so_far(self) -> UsedSoFar | None:
        """What it has used until now; `None` where it could not be opened."""
        if self._weighing is None:
            return None
        used = session.used_so_far(session.current(), self._weighing, self._so_far)
        self._so_far = used
        return used

    def __enter__(self) -> None:
        self.open(sys._getframe(1), in_call=True)

    def open(self, block: FrameType, *, in_call: bool = False) -> None:
        """Open it. `block`: the call that it is in, or that is about to make that call."""
        of = self._of
        try:
            lines = _lines_of(block, in_call=in_call) if of.lines else None
            self._weighing = session.current().begin(
                "span",
                name=of.name,
                scope=of.scope,
                precise=of.precise,
                parent_id=of._parent_id,
                lines=lines,
            )
            self._leave = session.enclose(self._weighing)
        except Exception as error:  # noqa: BLE001
            try:
                note(error)
            except RecursionError:  # so deep that nothing can be said
                return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close(error)

    def close(self, error: BaseException | None) -> None:
        """Close it. `error`: what ended the block, or none."""
        try:
            self._end(error)
        except KeyboardInterrupt:
            self._end(error)
            raise
        except Exception as fault:  # noqa: BLE001
            try:
                note(fault)
            except RecursionError:
                return

    def _end(self, error: BaseException | None) -> None:
        record = None
        try:
            if self._weighing is not None:
                record = session.current().end(self._weighing, status_of(error))
        finally:
            self._of._record = record
            if self._leave is not None:
                self._leave()


def status_of(error: BaseException | None) -> Status:
    """The status a record gets when this error, or none, ended its window."""
    if error is None:
        return "ok"
    stopped = isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError"
    return "interrupted" if stopped else "error"


def note(error: Exception) -> None:
    """Say a fault of greenlab's own, once."""
    with contextlib.suppress(Exception):
        session.note_trouble(error)


def _lines_of(call: FrameType, *, in_call: bool) -> session.LinesWanted:
    from greenlab.lines.stack import Block

    block = Block.of(call)
    return session.LinesWanted(True, block=Block(block.depth + 1) if in_call else block)
