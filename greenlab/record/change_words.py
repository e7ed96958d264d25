"""How much more or less something uses than before, in words.

`src/model/changeWords.ts` follows the same rules.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greenlab import units

if TYPE_CHECKING:
    from greenlab.record.documents import Edited


def less_or_more(ratio: float, digits: int = 3) -> str:
    """`38 % less`, for an energy that is 0.62 of the one before; from 2 on, `3.5× as much`."""
    if ratio >= 2:
        return f"{units.number(ratio, min(digits, 2))}× as much"
    word = "less" if ratio <= 1 else "more"
    change = abs(1 - ratio)
    if 0 < ratio <= 0.005:
        change = math.floor(1000 * change) / 1000  # not all of it
        digits = 3
    return f"{units.percent(change, digits)} {word}"


def edited_text(edited: Edited) -> str:
    """`this edit: -38 % (-45 % to -30 %), 3 runs each, likely`.

    Where the bounds of the two are far apart: `[7] used 84 % less than [6] (…), 3 runs each,
    likely; the ratio is more certain than either value`, as a model's error is in both.
    """
    before, after = edited.before_runs, edited.after_runs
    several = before + after > 2
    span = f" ({_change(edited.low)} to {_change(edited.high)})" if several else ""
    runs = f"{before} runs before, {after} after"
    if before == after:
        runs = f"{units.count(after, 'run')} each"
    sure = "likely" if edited.likely else "not certain yet"
    if not edited.wide or edited.before_count is None or edited.after_count is None:
        much = " as much" if edited.ratio >= 2 else ""
        return f"this edit: {_change(edited.ratio)}{much}{span}, {runs}, {sure}"
    than = "as" if edited.ratio >= 2 else "than"
    used = f"[{edited.after_count}] used {less_or_more(edited.ratio, 2)} {than}"
    compared = f"{used} [{edited.before_count}]{span}, {runs}, {sure}"
    if not edited.likely:
        return compared
    return f"{compared}; the ratio is more certain than either value"


def _change(ratio: float) -> str:
    """`-38 %`, `+20 %`, and from twice as much on `3.5×`."""
    if ratio >= 2:
        return f"{units.number(ratio, 2)}×"
    if 0 < ratio <= 0.005:
        return f"-{math.floor(1000 * (1 - ratio)) / 10} %"  # not all of it
    return f"{ratio - 1:+.0%}".replace("%", " %")
