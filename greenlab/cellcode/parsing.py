"""Python parsed without a word: what Python warns of in a cell it has told the user already."""

from __future__ import annotations

import ast
import warnings
from typing import Final

_IGNORE: Final = ("ignore", None, Warning, None, 0)


def parse(text: str) -> ast.Module:
    """`ast.parse`, which from Python 3.12 on warns of each unknown escape anew.

    Not `catch_warnings`: at its end, warnings that are shown once would be shown again.

    Raises:
        SyntaxError, ValueError: as `ast.parse`.
    """
    filters = warnings.filters
    try:
        filters.insert(0, _IGNORE)  # type: ignore[attr-defined]
        return ast.parse(text)
    finally:
        if _IGNORE in filters:
            filters.remove(_IGNORE)  # type: ignore[attr-defined]
