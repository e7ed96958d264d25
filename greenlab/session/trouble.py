"""A fault of greenlab's own, in words for the user."""

from __future__ import annotations

import traceback
from pathlib import Path


def describe(error: Exception) -> str:
    """Where it failed and how, and what that means."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" in {Path(one.filename).name}, line {one.lineno}" for one in place)
    return (
        f"greenlab itself failed{where}: {type(error).__name__}: {error}. "
        "The figures of some cells may be missing; please report this."
    )
