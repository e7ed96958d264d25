"""A record for people: what `%%energy` leaves under its cell, and what Python shows of one.

The HTML keeps to what notebooks allow from strangers: lines and a disclosure, no scripts,
no styles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Any, Final

from greenlab import units
from greenlab.record.cell import KIND_NAMES, CellRecord, Component, Intensity
from greenlab.record.figure import NOISE, Figure
from greenlab.record.messages import RECORD_MIME
from greenlab.record.unit_counts import UnitTotal, energy_per

HTML_CLASS: Final = "greenlab-record"
"""The panel's style sheet looks for it; elsewhere it has no effect."""


def bundle(
    record: CellRecord, notes: Iterable[str] = (), source: str | None = None
) -> dict[str, Any]:
    """The MIME bundle of a record, with notes (such as advice titles) below it. `source`: the
    cell's code, shown with a bar per line where lines were asked for.
    """
    from greenlab.record import line_display

    lines = [*lines_of(record), *([note] for note in notes)]
    texts = [" · ".join(parts) for parts in lines]
    return {
        "text/plain": "\n".join([*texts, *line_display.text(record, source)]),
        "text/html": _html(lines, sources_of(record), line_display.html(record, source)),
        RECORD_MIME: record.to_dict(),
    }


def html(record: CellRecord) -> str:
    """The same as HTML alone."""
    from greenlab.record import line_display

    return _html(lines_of(record), sources_of(record), line_display.html(record))


def line(record: CellRecord) -> str:
    """One line: `cell [3], 13 ms: 24.4 J, between 1.79 and 92.7 J (assumed), 3.3 mg CO2e`."""
    what: str = "between cells" if record.kind == "between" else record.kind
    if record.name is not None:
        what += f" {record.name!r}"
    if record.execution_count is not None:
        what += f" [{record.execution_count}]"
    if record.status != "ok":
        what += f" ({STATUS[record.status]})"
    weight = summary(record.energy_j, record.emissions_g)
    return f"{what}, {units.duration(record.duration_s)}: {weight}"


def summary(energy_j: Figure, emissions_g: Figure) -> str:
    """`24.4 J, between 1.79 and 92.7 J (assumed), 3.3 mg CO2e`."""
    if energy_j.value is None:
        return f"energy not known ({energy_j.reason})"
    least = "at least " if energy_j.lacks else ""
    parts = [f"{least}{amount(energy_j)}", interval_text(energy_j)]
    text = f"{', '.join(filter(None, parts))} ({energy_j.tier})"
    return f"{text}, {emissions_text(emissions_g)}"


def lines_of(record: CellRecord) -> list[list[str]]:
    """The lines people read: the figure, its time and parts, its emissions, its repeats."""
    energy = record.energy_j
    lines = [
        [figure_text(energy), interval_text(energy), energy.tier],
        [units.duration(record.duration_s), *map(part_text, record.components)],
        [emissions_text(record.emissions_g), intensity_text(record.intensity)],
    ]
    lines += map(unit_text, units_of(record))
    if energy.lacks:
        lines.append([f"not counted: {', '.join(energy.lacks)}"])
    if energy.reason:
        lines.append([energy.reason])
    if record.repeats:
        lines.append([repeats_text(record)])
    lines.append([background_text(record)])
    if record.async_tail:
        lines.append(["its GPU work continued after the end, which counts in what follows"])
    if record.scope != "process":
        lines.append([SCOPE_NAMES[record.scope]])
    if record.status != "ok":
        lines.append([f"{ENDED[record.status]}: this is what it used until then"])
    kept = ([part for part in line if part] for line in lines)
    return [line for line in kept if line]


def sources_of(record: CellRecord) -> list[str]:
    """Where each figure comes from, for those who ask."""
    lines = [
        f"{KIND_NAMES[part.kind]}: {part.device}, {part.source} ({part.energy_j.tier})"
        for part in record.components
    ]
    grid = record.intensity
    if grid.value is not None:
        lines.append(f"grid: {grid.source}; {grid.kind}, {grid.basis}")
    if grid.guess:
        lines.append(f"zone: {grid.guess}")
    return lines


ENDED = {"error": "the cell failed", "interrupted": "the cell was interrupted"}
STATUS = {"error": "failed", "interrupted": "interrupted"}
"""How a run ended, in a word."""
SCOPE_NAMES = {
    "host": "scope: the whole machine, with everything else that runs on it",
    "active": "scope: what the work added, without the machine's idle power",
}


def figure_text(figure: Figure) -> str:
    """`6.41 kJ (1.78 Wh)`, `≈ 3 kJ (0.9 Wh)`, or a bound where no more is known."""
    if figure.value is None or figure.bound_only:
        return amount(figure)
    least = "at least " if figure.lacks else ""
    watt_hours = units.wh(figure.value)
    if units.is_wide(figure.low, figure.high):
        shown = units.rough([watt_hours], "Wh")[0]
    else:
        shown = units.quantity(watt_hours, "Wh")
    return f"{least}{amount(figure)} ({shown})"


def amount(figure: Figure, unit: str = "J") -> str:
    """`6.41 kJ`, `≈ 3 kJ` where the bounds lie far apart, or an upper bound where the figure
    is mostly noise. `unit`: of the figure.
    """
    digits = 2 if unit == "g" else 3  # grid figures carry no more
    if figure.value is None:
        return "energy not known"
    if figure.bound_only and figure.high is not None:
        return f"≤ {units.quantity(figure.high, unit, digits)}"
    if units.is_wide(figure.low, figure.high):
        return f"≈ {units.rough([figure.value], unit)[0]}"
    return units.quantity(figure.value, unit, digits)


def by_your_code(active_j: Figure) -> str:
    """What a total is made of: `1.9 J by your code, the rest is idle power`."""
    return f"{amount(active_j)} by your code, the rest is idle power"


def interval_text(figure: Figure) -> str:
    """`between 5.5 and 7.4 kJ`, with no more digits than the figure has."""
    if figure.value is None or figure.low is None or figure.bound_only:
        return ""
    if figure.high is None:
        return f"from {units.energy(figure.low)} up"
    if units.is_wide(figure.low, figure.high):
        _, low, high = units.rough([figure.value, figure.low, figure.high], "J")
        return f"between {low.split()[0]} and {high}"
    return f"between {units.energy_span(figure.low, figure.high, 'and')}"


def part_text(part: Component) -> str:
    """`CPU 6.1 kJ`."""
    name = KIND_NAMES[part.kind]
    if part.energy_j.value is None:
        return f"{name} not known ({part.energy_j.reason})"
    return f"{name} {amount(part.energy_j)}"


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


def _so_many(each_j: float) -> tuple[int, str]:
    """Of how many units, as a power of ten and in words, the joules can be read: a FLOP takes
    picojoules, which would be shown as 0 µJ.
    """
    power = 0
    while 0.0 < each_j * 10.0**power < 1e-6 and power < 42:
        power += 3
    words = {0: "", 3: "thousand ", 6: "million ", 9: "billion ", 12: "trillion "}
    return power, words.get(power, f"1e{power} ")


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


def repeats_text(record: CellRecord) -> str:
    """`5 runs, each 6.2 s ± 0.1 s, 1.28 kJ ± 0.04 kJ`; the spread is one standard deviation."""
    runs = record.repeats
    times = units.duration, [run.duration_s for run in runs]
    values = [run.energy_j.value for run in runs]
    known = [value for value in values if value is not None]
    parts = [_mean_and_spread(*times)]
    if len(known) == len(runs):
        parts.append(_mean_and_spread(units.energy, known))
    if len(runs) == 1:
        return f"1 run: {', '.join(parts)}"
    return f"{len(runs)} runs, each {', '.join(parts)}"


def background_text(record: CellRecord) -> str:
    """`1.3 s of its 2 s of processor time: threads of [3]`; empty for next to nothing."""
    cpu_s = record.cpu_s or 0.0
    parts = [part for part in record.background or () if part.high_s > NOISE * cpu_s]
    if not parts:
        return ""
    low_s, high_s = sum(part.low_s for part in parts), sum(part.high_s for part in parts)
    counts = sorted(
        {part.execution_count for part in parts if part.execution_count is not None}
    )
    of = [f"[{count}]" for count in counts]
    if any(part.execution_count is None for part in parts):
        of.append("other cells" if of else "earlier cells")
    whole, cells = units.duration(cpu_s), ", ".join(of)
    return f"{_seconds(low_s, high_s)} of its {whole} of processor time: threads of {cells}"


def _seconds(low_s: float, high_s: float) -> str:
    """`up to 2 s`, `1.3 s to 2 s`, or `2 s` where both are nearly the same."""
    seconds = units.duration(high_s)
    if low_s <= NOISE * high_s:
        return f"up to {seconds}"
    if low_s < (1 - NOISE) * high_s:
        return f"{units.duration(low_s)} to {seconds}"
    return seconds


def _mean_and_spread(show: Callable[[float], str], values: Sequence[float]) -> str:
    import statistics

    mean = show(statistics.fmean(values))
    return mean if len(values) < 2 else f"{mean} ± {show(statistics.stdev(values))}"


def _html(lines: Sequence[Sequence[str]], sources: Sequence[str], by_line: str = "") -> str:
    (first, *rest), *others = lines
    head = " · ".join([f"<b>{escape(first)}</b>", *map(escape, rest)])
    rows = [head, *(escape(" · ".join(line)) for line in others)]
    body = "".join(f"<div>{row}</div>" for row in rows)
    more = "".join(f"<div>{escape(source)}</div>" for source in sources)
    details = f"<details><summary>where this comes from</summary>{more}</details>"
    before, after = units.unbroken(body), units.unbroken(details)
    return f'<div class="{HTML_CLASS}">{before}{by_line}{after}</div>'
