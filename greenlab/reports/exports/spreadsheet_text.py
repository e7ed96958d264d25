"""What a cell of a table may hold, wherever the table is opened."""

from __future__ import annotations

from typing import Any, Final

_FORMULA: Final = frozenset("=+-@\t\r")


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet takes for a formula, with a `'` before it; numbers as they are.

    Names of notebooks and spans are anybody's: a formula can send what the table holds to
    others (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell
