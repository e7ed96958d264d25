"""A fault of greenlab's own, in words for the user."""

from __future__ import annotations

import traceback
from pathlib import Path


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
    """The same for faults of one type in one place, whatever figures are in their texts."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return type(error), trace and (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
