"""Count the tokens that an LLM's answer names as its `usage`.

That is OpenAI's form, which local servers and llama.cpp have too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from greenlab.units_of_work import add, say_once

T = TypeVar("T")

_NAMES: Final = (
    ("completion_tokens", "prompt_tokens"),  # chat completions
    ("output_tokens", "input_tokens"),  # responses
)


_NO_USAGE: Final = (
    "greenlab.work_counters.count_response: not counted, as the response has no `usage`. For a "
    'stream ask for it with stream_options={"include_usage": True}.'
)


def count_response(response: T) -> T:
    """Count the tokens that an answer's `usage` names, and give the answer back.

        answer = count_response(client.chat.completions.create(...))

    `token`: those that were generated; `prompt token`: those that were read. An answer is an
    object or a dict; a stream comes back as a stream, whose last piece has the usage if you ask
    for it (`stream_options={"include_usage": True}`). The joules are those of this machine: for
    a model that runs here, in this process or (with `scope="host"`) in a server's. What a
    remote server uses is not seen.
    """
    usage = _usage(response)
    if usage is None and isinstance(response, Iterator):
        return _stream(response)  # type: ignore[return-value]
    if usage is None:
        say_once(_NO_USAGE)
    else:
        _count(usage, {})
    return response


def _stream(pieces: Iterator[T]) -> Iterator[T]:
    known: dict[str, float] = {}
    try:
        for piece in pieces:
            usage = _usage(piece)
            if usage is not None:
                _count(usage, known)
            yield piece
        if not known:
            say_once(_NO_USAGE)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _count(usage: Any, known: dict[str, float]) -> None:
    """Count what is new: some servers tell the sums so far with each piece of a stream."""
    for names in _NAMES:
        if _of(usage, names[0]) is None:
            continue
        for unit, name in zip(("token", "prompt token"), names, strict=True):
            number = _of(usage, name)
            if isinstance(number, int):
                add(unit, max(0, number - known.get(unit, 0)))
                known[unit] = number
        return


def _usage(response: Any) -> Any:
    """The usage; of an event of the responses API, that of the response in it."""
    found = _of(response, "usage")
    return found if found is not None else _of(_of(response, "response"), "usage")


def _of(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
