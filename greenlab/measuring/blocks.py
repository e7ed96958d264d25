"""Blocks that are weighed: threads and tasks may enter and leave them in any order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

from greenlab import session
from greenlab.measuring.entries import Entry, block_of, entered_by, task_here, window_left
from greenlab.measuring.measured_functions import measured, refuse
from greenlab.measuring.span_window import SpanWindow, note
from greenlab.record import CellRecord, Figure

if TYPE_CHECKING:
    from greenlab.record.cell import Scope
    from greenlab.session import UsedSoFar

    Parent: TypeAlias = "CellRecord | str | Measure"
    """What a record may belong to."""

F = TypeVar("F", bound=Callable[..., Any])


class Measure:
    """What `measure` gives: enter it, or decorate functions with it.

    It may be entered by several threads, tasks and generators at once, and inside itself: each
    has a window of its own. `record` is that of the window that ended last, `None` before the
    first has ended, and where greenlab failed to weigh it.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        scope: Scope = "process",
        precise: bool = False,
        parent: Parent | None = None,
        lines: bool = False,
    ) -> None:
        if scope not in ("process", "active", "host"):
            raise ValueError(f"scope is 'process', 'active' or 'host', not {scope!r}")
        if not isinstance(parent, Measure | CellRecord | str | None):
            raise TypeError(
                "parent is a record, its id or an open greenlab.measure, not "
                f"{type(parent).__name__}"
            )
        self.name = name
        self.scope: Scope = scope
        self.precise = precise
        self.parent = parent
        self.lines = lines
        self._record: CellRecord | None = None
        self._open: list[Entry] = []

    @property
    def record(self) -> CellRecord | None:
        """The latest record, in its settled form where a slow counter moved later."""
        record = self._record
        try:
            return None if record is None else session.current().latest(record)
        except Exception as error:  # noqa: BLE001
            note(error)
            return record

    @property
    def record_id(self) -> str | None:
        """The id of the record that the open window will become, the one entered last; of
        `record` where none is open.
        """
        for entry in reversed(tuple(self._open)):
            if entry.window.record_id is not None:
                return entry.window.record_id
        return None if self._record is None else self._record.id

    @property
    def _parent_id(self) -> str | None:
        """The id of what the next window belongs to."""
        if isinstance(self.parent, Measure):
            return self.parent.record_id
        return self.parent.id if isinstance(self.parent, CellRecord) else self.parent

    def so_far(self) -> UsedSoFar:
        """What the open block has used until now, and what was counted in it.

            used = m.so_far()
            used.energy_j.value, used.energy_per("token").value

        Of several that are open, that of this thread or task; of none, the latest record.
        From one call to the next no figure falls. A missing figure says why in its `reason`.
        """
        try:
            task = task_here()
            entries = sorted(self._open, key=lambda one: one.task == task)
            used = entries[-1].window.so_far() if entries else None
            if used is None and (record := self.record) is not None:
                used = session.used_by(record)
        except Exception as error:  # noqa: BLE001
            note(error)
            return _nothing_known("greenlab itself failed")
        return used or _nothing_known("no `with` block of this measure() has begun")

    def __enter__(self) -> Self:
        try:
            entry = Entry(SpanWindow(self), entered_by(sys._getframe(1)), task_here())
        except RecursionError:  # so deep that nothing can be weighed, nor said
            return self
        self._open.append(entry)
        try:
            entry.window.open(block_of(sys._getframe(1)))
        except BaseException:  # the user's: nobody leaves what was not entered
            self._open.remove(entry)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            window = window_left(self._open, entered_by(sys._getframe(1)), task_here())
        except RecursionError:
            return
        if window is not None:
            window.close(error)

    def __call__(self, function: F) -> F:
        """Decorate a function or a coroutine function.

        Raises:
            TypeError: it is neither.
        """
        refuse(function)
        latest = Measure(
            self.name or getattr(function, "__qualname__", None),
            scope=self.scope,
            precise=self.precise,
            parent=self.parent,
            lines=self.lines,
        )
        return measured(function, latest)


def _nothing_known(why: str) -> UsedSoFar:
    return session.UsedSoFar(Figure.missing(why), 0.0)
