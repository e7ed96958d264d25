"""Lines of a table from records as stored in the ledger, for a million of them.

What all records of a template have in common is written once, and the rest put between. Each
line is what `csv.writer` makes of the row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, TextIO

from greenlab.ledger.raw_json_export import Stored, plain
from greenlab.reports.exports.spreadsheet_text import harmless

_END: Final = "\r\n"

Line = Callable[[Stored], str]


def write_lines(
    columns: Sequence[str],
    stored: Iterable[Stored],
    plan: Callable[[Stored], Line],
    out: TextIO,
) -> int:
    """Write a header and a line per record, and say how many.

    `plan`: from the first record of a template, what makes lines of them.
    """
    out.write(line(columns))
    plans: dict[int, Line] = {}
    count, write = 0, out.write
    for one in stored:
        key = id(one.template)
        if key not in plans:
            plans[key] = plan(one)
        write(plans[key](one))
        count += 1
    return count


def line(cells: Sequence[Any]) -> str:
    """The line of a row."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()


def text(cell: Any) -> str:
    """A cell as written in a line."""
    return line([cell, None])[: -len(f",{_END}")]  # an empty one alone would be written as ""


def texts(values: Sequence[str]) -> list[str]:
    """The cells of values as JSON: texts, numbers, `null`."""
    if _are_plain("".join(values)):
        return [one[1:-1] if one[0] == '"' else "" if one == "null" else one for one in values]
    return [_text(one) for one in values]


def _are_plain(values: str) -> bool:
    """Whether texts are cells as they stand: no quotes, nothing that a spreadsheet would run.

    JSON has a backslash where a text holds quotes, control characters, or others than ASCII.
    """
    return not (
        "\\" in values
        or "," in values
        or '"=' in values
        or '"+' in values
        or '"-' in values
        or '"@' in values
    )


@lru_cache(maxsize=256)
def _text(value: str) -> str:
    return text(harmless(plain(value)))


def picker(numbers: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """What gives the values of these numbers."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return lambda values: [values[number] for number in numbers]


def line_format(cells: Sequence[Any], specs: Mapping[int, str]) -> str:
    """What makes lines that have most cells in common, with `%`.

    `cells`: of a row. `specs`: what stands in place of some of them, by their places, like
    `%s` for a text that is a cell as it stands.
    """
    common = (
        specs[place] if place in specs else text(one).replace("%", "%%")
        for place, one in enumerate(cells)
    )
    return ",".join(common) + _END
