"""Count units of work as they are done: joules per token, per image, per epoch."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from greenlab.record.unit_counts import LONGEST_UNIT, NoAmountError, amount, is_unit
from greenlab.session import note_trouble, opened

if TYPE_CHECKING:
    from greenlab.record import Figure

log = logging.getLogger(__name__)

_said: set[str] = set()


def count(*unnamed: object, **units: Any) -> None:
    """Say that so many units of work were done, of any names.

        with greenlab.measure("embed") as m:
            for batch in batches:
                embed(batch)
                greenlab.count(texts=len(batch), tokens=batch.n_tokens)
        m.record.energy_per("token").value     # joules

    They are counted in the innermost cell or `greenlab.measure()` block that is open where it
    is called, also by a function or a thread, and in those around it, once in each. Numbers
    add up; a name may be in the plural. Takes a microsecond or two, and never raises: what
    cannot be counted is said once in the log. A tensor on a GPU is waited for. What another
    process counts is not seen here: let it give the number back, and count it in the process
    that measures.
    """
    try:
        if unnamed:
            say_once(
                "greenlab.count() needs the name of a unit, as in greenlab.count(tokens=5)."
            )
        for unit, number in units.items():
            add(unit, number)
    except RecursionError:  # so deep that nothing can be said
        return


def add(unit: str, number: Any, energy_j: Figure | None = None) -> str | None:
    """Count one unit, with the joules that it took if these are known; what is wrong, if
    something is, which the log says too.
    """
    if not is_unit(unit):
        return say_once(
            f"greenlab.count({unit[:LONGEST_UNIT]!r}): not counted, as a unit needs a name of "
            f"at most {LONGEST_UNIT} printable characters, as in greenlab.count(tokens=5)."
        )
    try:
        number = amount(number)
    except (NoAmountError, OverflowError):
        return say_once(
            f"greenlab.count({unit}=...): not counted, as a number was negative, not finite or "
            "too large."
        )
    except Exception as error:  # noqa: BLE001  the user's number may fail in any way
        return say_once(
            f"greenlab.count({unit}=...): not counted, as it is no number "
            f"({type(error).__name__}). Give a number, as in greenlab.count({unit}=len(batch))."
        )
    try:
        session = opened()
        if session is None:
            why: str | None = "nothing is measured in this process"
        else:
            why = session.count_units(unit, number, energy_j)
    except Exception as error:  # noqa: BLE001  never into the user's code
        note_trouble(error)
        return "greenlab itself failed"
    return None if why is None else say_once(_NOT_COUNTED.format(unit=unit, why=why))


_NOT_COUNTED = (
    "greenlab.count({unit}=...): not counted, as {why}. Count in a cell while it runs, after "
    "%load_ext greenlab, or in a `with greenlab.measure():` block of this process. "
    "This is said once."
)


def say_once(text: str) -> str:
    """Into the log, once: what is wrong with one call is wrong with thousands."""
    if text not in _said and len(_said) < 100:
        _said.add(text)
        with contextlib.suppress(Exception):
            log.warning(text)
    return text
