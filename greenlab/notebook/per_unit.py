"""`--per EXPR UNIT`: how many units a cell did, by an expression of the user's."""

from __future__ import annotations

import logging
import textwrap
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from greenlab.record.unit_counts import NoAmountError, amount
from greenlab.session import MOST_UNITS, count_in

if TYPE_CHECKING:
    from greenlab.notebook.options import Options
    from greenlab.record.cell import Status
    from greenlab.session import OpenWindow

log = logging.getLogger(__name__)

not_counted: Final[deque[str]] = deque(maxlen=100)
"""What could not be counted in this process, the latest, with the cell; for `greenlab run`."""

_LONGEST_TEXT: Final = 300


def count_units(
    options: Options,
    names: dict[str, Any],
    weighing: OpenWindow,
    status: Status,
    notes: list[str],
) -> None:
    """Count in a window that has just been closed. `names`: those that the expressions know.
    What could not be counted goes to `notes`, and to the log where nothing is shown.

    The energy of a cell that runs several times is that of all runs, and so are its units.
    """
    if not options.per:
        return
    runs = len(weighing.repeats) if options.repeat > 1 else 1
    left = iter(options.per)
    for expression, unit in left:
        what = f"not counted: --per {expression!r} {unit}:"
        try:
            found = _number(expression, names) if status == "ok" else "the cell did not finish"
        except BaseException as error:
            _note(weighing, notes, f"{what} {type(error).__name__}")
            for one, of in left:
                _note(weighing, notes, f"not counted: --per {one!r} {of}: interrupted")
            raise
        if not isinstance(found, str):
            if count_in(weighing, weighing.forks, unit, found * runs):
                continue
            found = f"there are {MOST_UNITS} other units already"
        _note(weighing, notes, f"{what} {found}")
        if options.quiet:
            log.warning(notes[-1])


def _note(weighing: OpenWindow, notes: list[str], text: str) -> None:
    notes.append(text)
    count = weighing.execution_count
    not_counted.append(text if count is None else f"cell [{count}]: {text}")


def _number(expression: str, names: dict[str, Any]) -> float | str:
    """Its value, or why there is none. An interrupt of the user's passes through; `SystemExit`,
    which would end the kernel after the cell, does not.
    """
    try:
        code = compile(expression, "<--per>", "eval", dont_inherit=True)
        return amount(eval(code, names))  # noqa: S307  the user's
    except KeyboardInterrupt:
        raise
    except NoAmountError as error:
        return str(error)
    except BaseException as error:  # noqa: BLE001  whatever the user's code raises
        return f"{type(error).__name__}: {_text(error)}"


def _text(error: BaseException) -> str:
    """On one line, which a table's own text may not fill a page with."""
    try:
        return textwrap.shorten(str(error), _LONGEST_TEXT, placeholder=" ...")
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001
        return "(it has no text)"
