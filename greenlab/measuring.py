"""The Python face: weigh a block or a function, and look back."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from greenlab import session

if TYPE_CHECKING:
    from greenlab.record import CellRecord
    from greenlab.record.cell import Scope, Status

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
    name: str | None = None, *, scope: Scope = "process", precise: bool = False
) -> Measure: ...


def measure(name: Any = None, *, scope: Scope = "process", precise: bool = False) -> Any:
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
    the counters' next update, about 1 ms each, for short blocks. Errors pass through; the
    record then has the status `error`.

    Raises:
        TypeError: what is decorated is neither a function nor a coroutine function.
        ValueError: there is no such scope.
    """
    if name is None or isinstance(name, str):
        return Measure(name, scope=scope, precise=precise)
    return Measure(scope=scope, precise=precise)(name)


class Measure:
    """What `measure` gives: enter it, or decorate functions with it.

    `record` is the latest record, `None` before the first has ended.
    """

    def __init__(
        self, name: str | None = None, *, scope: Scope = "process", precise: bool = False
    ) -> None:
        if scope not in ("process", "active", "host"):
            raise ValueError(f"scope is 'process', 'active' or 'host', not {scope!r}")
        self.name = name
        self.scope: Scope = scope
        self.precise = precise
        self._record: CellRecord | None = None
        self._open: list[tuple[session.Weighing, Callable[[], None]]] = []

    @property
    def record(self) -> CellRecord | None:
        """The latest record, in its settled form where a slow counter moved later."""
        if self._record is None:
            return None
        return session.current().latest(self._record)

    def __enter__(self) -> Self:
        weighing = session.current().begin(
            "span", name=self.name, scope=self.scope, precise=self.precise
        )
        self._open.append((weighing, session.enclose(weighing)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        weighing, leave = self._open.pop()
        self._record = session.current().end(weighing, status_of(error))
        leave()

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
        )

        @contextmanager
        def call() -> Iterator[None]:
            # One of its own for each call: they may nest and overlap.
            span = Measure(latest.name, scope=latest.scope, precise=latest.precise)
            try:
                with span:
                    yield
            finally:
                latest._record = span._record

        wrapper: Any
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with call():
                    return await function(*args, **kwargs)

        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with call():
                    return function(*args, **kwargs)

        wrapper.measure = latest
        return wrapper  # type: ignore[no-any-return]


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
