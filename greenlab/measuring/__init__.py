"""The Python interface: measure a block or a function, and look back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from greenlab import session
from greenlab.measuring.blocks import Measure
from greenlab.measuring.span_window import status_of

if TYPE_CHECKING:
    from greenlab.measuring.blocks import Parent
    from greenlab.record import CellRecord
    from greenlab.record.cell import Scope

__all__ = ["Measure", "measure", "records", "status_of"]

F = TypeVar("F", bound=Callable[..., Any])


def records() -> list[CellRecord]:
    """Every record of this process, oldest first: cells, and the spans inside them."""
    return session.current().records()


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
    """Measure a block or every call of a function.

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
