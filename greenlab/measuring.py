"""The Python face: weigh a block or a function, and look back."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, overload

from greenlab import session
from greenlab.lines import Block
from greenlab.record import CellRecord, Figure

if TYPE_CHECKING:
    from greenlab.record.cell import Scope, Status
    from greenlab.session import OpenWindow, UsedSoFar

    Parent: TypeAlias = "CellRecord | str | Measure"
    """What a record may belong to."""

F = TypeVar("F", bound=Callable[..., Any])


def records() -> list[CellRecord]:
    """Every record of this process, oldest first: cells, and the spans inside them."""
    return session.current().records()


def status_of(error: BaseException | None) -> Status:
    """The status a record gets when this error, or none, ended its window."""
    if error is None:
        return "ok"
    stopped = isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError"
    return "interrupted" if stopped else "error"


@overload
def measure(function: F, /) -> F: ...


@overload
def measure(
    name: str | None = None,
    *,
    scope: Scope = "process",
    precise: bool = False,
    parent: Parent | None = None,
    lines: bool = False,
) -> Measure: ...


def measure(
    name: Any = None,
    *,
    scope: Scope = "process",
    precise: bool = False,
    parent: Parent | None = None,
    lines: bool = False,
) -> Any:
    """Weigh a block or every call of a function.

        with greenlab.measure("fit") as m:
            model.fit(X, y)
        m.record.energy_j.value     # joules

        @greenlab.measure
        def train(): ...
        train.measure.record        # the latest call

    `name`: what the records are called; a function's own name without it. `scope` is
    `process` (this process and its children, with their part of the idle power), `active`
    (without the idle part) or `host` (the whole machine). `precise` waits at both ends for
    the counters' next update, about 1 ms each, for short blocks. `parent` says what the records
    belong to, by a record, its id or an open `measure` (its `record_id`, for other processes);
    without it that is the window around. It only groups them: which record counts their energy
    is found out by what holds it. `lines` says what each source line used (`m.record.lines`),
    of the block and of your functions that it calls. Errors pass through; the record then has
    the status `error`. Where greenlab itself fails, the block runs all the same, `record` is
    `None`, and a warning says why.

    Raises:
        TypeError: what is decorated is neither a function nor a coroutine function, or the
            parent is nothing of the kind.
        ValueError: there is no such scope.
    """
    if name is None or isinstance(name, str):
        return Measure(name, scope=scope, precise=precise, parent=parent, lines=lines)
    return Measure(scope=scope, precise=precise, parent=parent, lines=lines)(name)


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
        self._open: list[_Entry] = []

    @property
    def record(self) -> CellRecord | None:
        """The latest record, in its settled form where a slow counter moved later."""
        record = self._record
        try:
            return None if record is None else session.current().latest(record)
        except Exception as error:  # noqa: BLE001
            _note(error)
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

    def so_far(self) -> UsedSoFar:
        """What the open block has used until now, and what was counted in it.

            used = m.so_far()
            used.energy_j.value, used.energy_per("token").value

        Of several that are open, that of this thread or task; of none, the latest record.
        From one call to the next no figure falls. A missing figure says why in its `reason`.
        """
        try:
            task = _task()
            entries = sorted(self._open, key=lambda one: one.task == task)
            used = entries[-1].window.so_far() if entries else None
            if used is None and (record := self.record) is not None:
                used = session.used_by(record)
        except Exception as error:  # noqa: BLE001
            _note(error)
            return _nothing_known("greenlab itself failed")
        return used or _nothing_known("no `with` block of this measure() has begun")

    def __enter__(self) -> Self:
        try:
            entry = _Entry(_Window(self), _entered_by(sys._getframe(1)), _task())
        except RecursionError:  # so deep that nothing can be weighed, nor said
            return self
        self._open.append(entry)
        try:
            entry.window.open(_block(sys._getframe(1)))
        except BaseException:  # the user's: nobody leaves what was not entered
            self._open.remove(entry)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            window = self._window_of(_entered_by(sys._getframe(1)), _task())
        except RecursionError:
            return
        if window is not None:
            window.__exit__(kind, error, trace)

    def _window_of(self, caller: object, task: object) -> _Window | None:
        """The window that is left: the latest that the same call entered. Where enter and exit
        are called by hand, each elsewhere: the latest of the same task, else of all.
        """
        entries = tuple(reversed(self._open))
        same_call = [one for one in entries if one.caller is caller]
        same_task = [one for one in entries if one.task == task]
        for entry in (*same_call, *same_task, *entries):
            with contextlib.suppress(ValueError):  # another thread was quicker
                self._open.remove(entry)
                return entry.window
        return None

    def __call__(self, function: F) -> F:
        """Decorate a function or a coroutine function.

        Raises:
            TypeError: it is neither.
        """
        _refuse(function)
        latest = Measure(
            self.name or getattr(function, "__qualname__", None),
            scope=self.scope,
            precise=self.precise,
            parent=self.parent,
            lines=self.lines,
        )
        wrapper: Any
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with _Window(latest):
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with _Window(latest):
                    return function(*args, **kwargs)

        wrapper.measure = latest
        return wrapper  # type: ignore[no-any-return]


class _Window:
    """One window of a `Measure`. Nothing of greenlab's own is raised into the code in it."""

    __slots__ = ("_leave", "_of", "_so_far", "_weighing")

    def __init__(self, of: Measure) -> None:
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
            lines = _lines(block, in_call=in_call) if of.lines else None
            self._weighing = session.current().begin(
                "span",
                name=of.name,
                scope=of.scope,
                precise=of.precise,
                parent_id=_id_of(of.parent),
                lines=lines,
            )
            self._leave = session.enclose(self._weighing)
        except Exception as error:  # noqa: BLE001
            try:
                _note(error)
            except RecursionError:  # so deep that nothing can be said
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._end(error)
        except KeyboardInterrupt:
            self._end(error)
            raise
        except Exception as fault:  # noqa: BLE001
            try:
                _note(fault)
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


def _nothing_known(why: str) -> UsedSoFar:
    return session.UsedSoFar(Figure.missing(why), 0.0)


def _id_of(parent: Parent | None) -> str | None:
    if isinstance(parent, Measure):
        return parent.record_id
    return parent.id if isinstance(parent, CellRecord) else parent


def _note(error: Exception) -> None:
    with contextlib.suppress(Exception):
        session.note_trouble(error)


class _Entry:
    """A window that was entered through its `Measure`, by whom and in which task."""

    __slots__ = ("caller", "task", "window")

    def __init__(self, window: _Window, caller: object, task: object) -> None:
        self.window, self.caller, self.task = window, caller, task


def _entered_by(call: FrameType) -> object:
    """What enters and leaves: the call whose `with` it is, or an `ExitStack`."""
    if call.f_globals is vars(contextlib):
        return call.f_locals.get("self", call)
    return call


def _block(call: FrameType) -> FrameType:
    """The call whose block is entered, past an `ExitStack`."""
    while call.f_globals is vars(contextlib) and call.f_back is not None:
        call = call.f_back
    return call


def _lines(call: FrameType, *, in_call: bool) -> session.LinesWanted:
    block = Block.of(call)
    return session.LinesWanted(True, block=Block(block.depth + 1) if in_call else block)


def _task() -> tuple[int, object]:
    """The thread, and the task that runs in it."""
    asyncio, task = sys.modules.get("asyncio"), None
    if asyncio is not None:
        with contextlib.suppress(RuntimeError):  # no loop runs here
            task = asyncio.current_task()
    return threading.get_ident(), task


def _refuse(function: object) -> None:
    """Raise a `TypeError` for what has no call to be weighed."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            "a generator function only makes the generator, its work is done later: put "
            "`with greenlab.measure():` around the loop that takes from it"
        )
    if isinstance(function, type) or not callable(function):
        what = "the class" if isinstance(function, type) else "the object"
        raise TypeError(
            "greenlab.measure takes a name (a text), or decorates a function, below "
            f"@classmethod if there is one; not {what} {function!r}"
        )
