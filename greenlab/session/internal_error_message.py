"""The message for the user when greenlab itself has failed."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

_OWN: Final = str(Path(__file__).parents[1])


def describe(error: BaseException) -> str:
    """Where it failed and how, and what that means."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" in {Path(one.filename).name}, line {one.lineno}" for one in place)
    return (
        f"greenlab itself failed{where}: {type(error).__name__}: {text_of(error)}. "
        "The figures of some cells may be missing; please report this."
    )


def text_of(error: BaseException) -> str:
    """What an error says; of one that fails to say it, that it does."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return "(it has no text)"


def kind(error: BaseException) -> object:
    """The same for faults of one type in one place, regardless of the figures in their texts.

    The place is the last line of greenlab's own: what it calls may fail for many callers.
    """
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    ours = [place for place in places if place[0].startswith(_OWN)]
    return type(error), tuple((ours or places)[-1:])
