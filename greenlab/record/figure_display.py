"""Figures in words, with no more digits than are known: energy, its bounds, joules per unit of
work, emissions. The panel's are in `src/model/amounts.ts`.
"""

from __future__ import annotations

from collections.abc import Iterator

from greenlab import units
from greenlab.record.cell import CellRecord, Intensity
from greenlab.record.figure import Figure
from greenlab.record.unit_counts import UnitTotal, energy_per


def figure_text(figure: Figure) -> str:
    """`6.41 kJ (1.78 Wh)`, `≈ 3 kJ (0.9 Wh)`, or a bound where no more is known."""
    if figure.value is None or figure.bound_only:
        return amount(figure)
    least = "at least " if figure.is_least else ""
    watt_hours = units.wh(figure.value)
    if figure.is_wide:
        shown = units.rough([watt_hours], "Wh")[0]
    else:
        shown = units.quantity(watt_hours, "Wh")
    return f"{least}{amount(figure)} ({shown})"


def amount(figure: Figure, unit: str = "J") -> str:
    """`6.41 kJ`, `≈ 3 kJ` where the bounds are far apart, or an upper bound where the figure
    is mostly noise. `unit`: of the figure.
    """
    digits = 2 if unit == "g" else 3  # grid figures carry no more
    if figure.value is None:
        return "energy not known"
    if figure.bound_only and figure.high is not None:
        return f"≤ {units.at_most(figure.high, unit)}"
    if figure.is_wide:
        return f"≈ {units.rough([figure.value], unit)[0]}"
    return units.quantity(figure.value, unit, digits)


def interval_text(figure: Figure) -> str:
    """`between 5.5 and 7.4 kJ`, with no more digits than the figure has."""
    if figure.value is None or figure.low is None or figure.bound_only:
        return ""
    if figure.high is None:
        both = [figure.value, figure.low]
        least = units.rough(both, "J")[1] if figure.is_wide else units.energy(figure.low)
        return f"from {least} up"
    if figure.is_wide:
        _, low, high = units.rough([figure.value, figure.low, figure.high], "J")
        return f"between {low.split()[0]} and {high}"
    return f"between {units.energy_span(figure.low, figure.high, 'and')}"


def summary(energy_j: Figure, emissions_g: Figure) -> str:
    """`24.4 J, between 1.79 and 92.7 J (assumed), 3.3 mg CO2e`."""
    if energy_j.value is None:
        return f"energy not known ({energy_j.reason})"
    least = "at least " if energy_j.is_least else ""
    parts = [f"{least}{amount(energy_j)}", interval_text(energy_j)]
    text = f"{', '.join(filter(None, parts))} ({energy_j.tier})"
    return f"{text}, {emissions_text(emissions_g)}"


def by_your_code(active_j: Figure) -> str:
    """What a total is made of: `1.9 J by your code, the rest is idle power`."""
    return f"{amount(active_j)} by your code, the rest is idle power"


def emissions_text(figure: Figure) -> str:
    """`0.1 g CO2e`."""
    if figure.value is None:
        return f"emissions not known ({figure.reason})"
    return f"{amount(figure, 'g')} CO2e"


def intensity_text(intensity: Intensity) -> str:
    """`France 2023, 56 g/kWh`, and whether that zone was guessed."""
    if intensity.value is None:
        return ""
    year = f" {intensity.year}" if intensity.year else ""
    guess = " (guessed zone)" if intensity.guess else ""
    return f"{intensity.zone_name}{year}, {intensity.value:.0f} g/kWh{guess}"


def units_of(record: CellRecord) -> Iterator[UnitTotal]:
    """What was counted in a record, with its joules."""
    for one in record.work:
        if one.count > 0:
            yield UnitTotal(one.unit, one.count, one.energy_j or record.energy_j)


def unit_text(total: UnitTotal) -> list[str]:
    """`0.31 J per token`, `between 0.28 and 0.34 J`, `1,200 counted`."""
    each = energy_per(total.energy_j, total.count, total.unit)
    if each.value is None:
        return [f"energy per {total.unit} not known", counted_text(total)]
    power, many = _so_many(each.value)
    each = each.scaled(10.0**power)
    return [f"{amount(each)} per {many}{total.unit}", interval_text(each), counted_text(total)]


def unit_line(total: UnitTotal) -> str:
    """`0.31 J per token, between 0.28 and 0.34 J, 1,200 counted`."""
    return ", ".join(filter(None, unit_text(total)))


def counted_text(total: UnitTotal) -> str:
    """`1,200 counted`."""
    number = total.count
    if number >= 1e15:
        return f"{number:.3g} counted"
    whole = f"{number:,.0f}" if number == int(number) else units.number(number)
    return f"{whole} counted"


def _so_many(each_j: float) -> tuple[int, str]:
    """Of how many units, as a power of ten and in words, the joules can be read: a FLOP takes
    picojoules, which would be shown as 0 µJ.
    """
    power = 0
    while 0.0 < each_j * 10.0**power < 1e-6 and power < 42:
        power += 3
    words = {0: "", 3: "thousand ", 6: "million ", 9: "billion ", 12: "trillion "}
    return power, words.get(power, f"1e{power} ")
