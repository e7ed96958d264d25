"""Joules, watt-hours and grams: conversion and display."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

J_PER_WH: Final = 3600.0
J_PER_KWH: Final = 3.6e6

PREFIXES: Final[tuple[tuple[float, str], ...]] = (
    (1e-6, "µ"),
    (1e-3, "m"),
    (1.0, ""),
    (1e3, "k"),
    (1e6, "M"),
    (1e9, "G"),
)


def wh(energy_j: float) -> float:
    """Watt-hours of joules."""
    return energy_j / J_PER_WH


def kwh(energy_j: float) -> float:
    """Kilowatt-hours of joules."""
    return energy_j / J_PER_KWH


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """A value with an SI prefix and so many significant digits: `6.41 kJ`, `0.1 µg`.

    Rounding comes first, so that 999.6 J is shown as `1 kJ` and never as `1e+03 J`.
    """
    return alike([value], unit, digits)[0]


def alike(values: Sequence[float], unit: str, digits: int = 3) -> list[str]:
    """Values for people to compare, all with the prefix of the largest: `1.2 J`, `0.34 J`."""
    most = _significant(max(values, key=abs), digits)
    scale, prefix = PREFIXES[0] if most else (1.0, "")
    for step, letter in PREFIXES:
        if abs(most) >= step:
            scale, prefix = step, letter
    none = most and abs(most) < 1e-4 * scale  # less than anything can tell
    rounded = [0.0 if none else _significant(value, digits) for value in values]
    return [f"{_plain(value / scale, digits)} {prefix}{unit}" for value in rounded]


WIDE: Final = 3.0
"""Upper over lower bound from which on one digit is all that is known of a value."""


def is_wide(low: float | None, high: float | None) -> bool:
    """Whether bounds lie so far apart that a value between them has one digit."""
    return low is not None and high is not None and high >= WIDE * low and high > 0


def rough(values: Sequence[float], unit: str) -> list[str]:
    """Values with one digit, and one more after a leading 1, as 1.4 is far from 1 and from 2.

    All with the prefix of the first: `3 kJ`, `0.3 kJ`, `12 kJ`.
    """
    first = quantity(values[0], unit, _rough_digits(values[0]))
    shown = first.split()[1]
    scale = {f"{letter}{unit}": step for step, letter in PREFIXES}.get(shown, 1.0)
    rest = []
    for value in values[1:]:
        digits = _rough_digits(value)
        rest.append(f"{_plain(_significant(value, digits) / scale, digits)} {shown}")
    return [first, *rest]


def at_most(value: float, unit: str) -> str:
    """An upper bound with two digits, as bounds are no surer, and never below it: `1.2 kJ`."""
    from decimal import ROUND_CEILING, Context

    # Digits that conversions of floats leave behind do not count as above a number.
    bound = Context(prec=9).create_decimal(value)
    up = Context(prec=2, rounding=ROUND_CEILING).create_decimal(bound)
    return quantity(float(up), unit, 2)


def unbroken(text: str) -> str:
    """The same, so that no `≈` is left alone at the end of a line where it is wrapped."""
    return text.replace("≈ ", "≈\N{NO-BREAK SPACE}")


def _rough_digits(value: float) -> int:
    return 2 if f"{_significant(value, 2):e}".lstrip("-").startswith("1") else 1


def _significant(value: float, digits: int) -> float:
    """Rounded as JavaScript rounds, so that the panel shows the same: a half goes up."""
    from decimal import ROUND_HALF_UP, Context

    return float(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(value))


def energy(energy_j: float, unit: str = "J") -> str:
    """Joules for people, in `J` or `Wh`."""
    if unit == "Wh":
        return quantity(wh(energy_j), "Wh")
    return quantity(energy_j, "J")


def energy_span(low_j: float, high_j: float, joint: str) -> str:
    """Two bounds for people, the unit said once where it is the same: `5.5 to 7.4 kJ`."""
    low, high = energy(low_j), energy(high_j)
    if low.split()[-1] == high.split()[-1]:
        low = low.split()[0]
    return f"{low} {joint} {high}"


def energies(*energy_j: float) -> list[str]:
    """Joules that are read beside each other, in one unit."""
    return alike(energy_j, "J")


def emissions(emissions_g: float) -> str:
    """Grams of CO2e for people: `0.1 g`, `1.2 kg`, and milligrams below a tenth of a gram."""
    return f"{quantity(emissions_g, 'g', 2)} CO2e"


def duration(duration_s: float) -> str:
    """Seconds for people: `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 2 min`."""
    if duration_s < 60:
        return quantity(duration_s, "s")
    seconds = round(duration_s)
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def durations(*duration_s: float) -> list[str]:
    """Seconds that are read beside each other, in one unit below a minute."""
    if max(duration_s) < 60:
        return alike(duration_s, "s")
    return [duration(one) for one in duration_s]


def count(number: int, what: str) -> str:
    """`1 cell run`, `6 cell runs`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def percent(fraction: float, digits: int = 3) -> str:
    """A fraction for people: `38.2 %`."""
    return f"{_plain(100 * fraction, digits)} %"


def number(value: float, digits: int = 3) -> str:
    """A number without a unit: `3.5`."""
    return _plain(_significant(value, digits), digits)


def _plain(number: float, digits: int) -> str:
    text = f"{number:.{digits}g}"
    _, _, exponent = text.partition("e")
    return f"{number:.{max(0, digits - 1 - int(exponent))}f}" if exponent else text
