"""Functions and coroutine functions of which every call is weighed."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from greenlab.measuring.span_window import SpanWindow

if TYPE_CHECKING:
    from greenlab.measuring.span_window import Described

F = TypeVar("F", bound=Callable[..., Any])


def measured(function: F, of: Described) -> F:
    """The function, each call of it in a window; `of` is its `measure`."""
    wrapper: Any
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            with SpanWindow(of):
                return await function(*args, **kwargs)

    else:

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with SpanWindow(of):
                return function(*args, **kwargs)

    wrapper.measure = of
    return wrapper  # type: ignore[no-any-return]


def refuse(function: object) -> None:
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
