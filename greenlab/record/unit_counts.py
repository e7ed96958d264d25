"""Units of work that were done in a record's window, and the energy of one of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.figure import Figure
from greenlab.record.figure_sum import FigureSum

_LEAST: Final = 1e-12
"""Of so little, the joules of one would be no number."""
_MOST: Final = 1e30
"""Of one count: sums of such numbers stay finite, which a record's have to be."""
LONGEST_UNIT: Final = 60
_ENDS_IN_IE: Final = frozenset({"calories", "cookies", "movies"})
_NO_PLURAL: Final = frozenset({"series", "species"})


@dataclass(frozen=True, slots=True)
class UnitCount:
    """So many units of work (tokens, images, epochs) of one record.

    `unit`: its name in the singular. `energy_j`: joules of the parts of the window in which
    they were done, where these were measured for themselves, as the decoding of a text; `None`:
    all that the record used. `counted_elsewhere`: how many of `count` are also in a record
    around this one: where that has a part of this one's time, sums count the rest.
    `counted_beside`: how many more were counted by windows of other threads whose energy this
    record holds: sums count these here.
    """

    unit: str
    count: float
    energy_j: Figure | None = None
    counted_elsewhere: float = 0.0
    counted_beside: float = 0.0


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """Units of one name over many records, and the joules of those records that counted any."""

    unit: str
    count: float
    energy_j: Figure


def energy_per(energy_j: Figure, count: float, unit: str) -> Figure:
    """Joules of one unit; missing where none was done."""
    if count > _LEAST:
        return energy_j.scaled(1.0 / count)
    return Figure.missing(f"no {unit} was counted")


def energy_per_unit(work: Iterable[UnitCount], unit: str, energy_j: Figure) -> Figure:
    """The same by name, in the singular or the plural, of a record's work and energy.

    Raises:
        TypeError: the name is no text.
    """
    if not isinstance(unit, str):
        raise TypeError(f"the name of a unit is needed, such as 'token', not {unit!r}")
    known = {one.unit: one for one in work}
    found = known.get(singular(unit))
    if found is None:
        others = f"; counted: {', '.join(known)}" if known else ""
        return Figure.missing(f"no {singular(unit)} was counted{others}")
    return energy_per(found.energy_j or energy_j, found.count, found.unit)


class UnitSum:
    """The sum of one unit, whose parts can be removed again."""

    __slots__ = ("count", "energy")

    def __init__(self, unit: str) -> None:
        self.count = 0.0
        self.energy = FigureSum(f"no {unit} was counted")

    def merge(self, other: UnitSum) -> None:
        """Add all that another one holds."""
        self.count += other.count
        self.energy.merge(other.energy)


def add_up(parts: Iterable[UnitTotal]) -> tuple[UnitTotal, ...]:
    """Totals by unit, in the order of their names."""
    sums: dict[str, UnitSum] = {}
    for one in parts:
        found = sums.setdefault(one.unit, UnitSum(one.unit))
        found.count += one.count
        found.energy.add(one.energy_j)
    return tuple(
        UnitTotal(unit, one.count, one.energy.figure) for unit, one in sorted(sums.items())
    )


class NoAmountError(ValueError):
    """A number that does not say how many: it is negative, not finite, or beyond counting."""


def amount(number: Any) -> float:
    """How many units the user's number says were done.

    Raises:
        NoAmountError: it says nothing of the kind.
        Exception: it is no number. What the user's object raises passes through.
    """
    if isinstance(number, str | bytes | bytearray):  # which `float` would read
        raise TypeError(f"a number is needed, not {type(number).__name__}")
    found = float(number)
    if not 0 <= found <= _MOST:
        raise NoAmountError(f"{found} is no amount")
    return found


@lru_cache(maxsize=256)
def is_unit(name: str) -> bool:
    """Whether a unit can be called that: a short name that can be shown on one line."""
    shown = singular(name)
    return 0 < len(shown) <= LONGEST_UNIT and shown.isprintable()


@lru_cache(maxsize=256)
def singular(unit: str) -> str:
    """The name of one unit: `tokens` and `token` are the same, `test_rows` and `test row` too.

    English plurals alone are known; any other name stays as it is.
    """
    name = " ".join(unit.replace("_", " ").split())
    if len(name) < 4 or name.rpartition(" ")[2] in _NO_PLURAL:
        return name
    if name.endswith("ies"):
        in_ie = name.rpartition(" ")[2] in _ENDS_IN_IE
        return name[:-1] if in_ie else f"{name[:-3]}y"
    if name.endswith(("sses", "ches", "shes", "xes")):
        return name[:-2]
    return (
        name[:-1]
        if name.endswith("s") and not name.endswith(("ss", "us", "is", "'s"))
        else name
    )
