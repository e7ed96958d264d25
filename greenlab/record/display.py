"""A record for people: what `%%energy` leaves under its cell, and what Python shows of one.

The HTML keeps to what notebooks allow from strangers: lines and a disclosure, no scripts,
no styles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from greenlab import units
from greenlab.record.cell import KIND_NAMES, CellRecord, Component, Intensity
from greenlab.record.documents import Edited
from greenlab.record.figure import NOISE, Figure
from greenlab.record.messages import RECORD_MIME


def bundle(record: CellRecord, notes: Iterable[str] = ()) -> dict[str, Any]:
    """The MIME bundle of a record, with notes (such as advice titles) below it."""
    lines = [*lines_of(record), *([note] for note in notes)]
    return {
        "text/plain": "\n".join(" · ".join(parts) for parts in lines),
        "text/html": _html(lines, sources_of(record)),
        RECORD_MIME: record.to_dict(),
    }


def html(record: CellRecord) -> str:
    """The same as HTML alone."""
    return _html(lines_of(record), sources_of(record))


def line(record: CellRecord) -> str:
    """One line: `cell [3], 13 ms: 24.4 J, between 1.79 and 92.7 J (assumed), 3.3 mg CO2e`."""
    what: str = "between cells" if record.kind == "between" else record.kind
    if record.name is not None:
        what += f" {record.name!r}"
    if record.execution_count is not None:
        what += f" [{record.execution_count}]"
    if record.status != "ok":
        what += f" ({record.status})"
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
    if energy.lacks:
        lines.append([f"not counted: {', '.join(energy.lacks)}"])
    if energy.reason:
        lines.append([energy.reason])
    if record.repeats:
        lines.append([repeats_text(record)])
    lines.append([background_text(record)])
    if record.async_tail:
        lines.append(["its GPU work went on after the end: that part counts in what follows"])
    if record.scope != "process":
        lines.append([SCOPE_NAMES[record.scope]])
    if record.status != "ok":
        lines.append([f"{ENDED[record.status]}: this is what it used until then"])
    kept = ([part for part in line if part] for line in lines)
    return [line for line in kept if line]


def sources_of(record: CellRecord) -> list[str]:
    """Where each figure comes from, for who asks."""
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
SCOPE_NAMES = {
    "host": "scope: the whole machine, with everything else that runs on it",
    "active": "scope: what the work added, without the machine's idle power",
}


def figure_text(figure: Figure) -> str:
    """`6.41 kJ (1.78 Wh)`, or a bound where no more is known."""
    if figure.value is None or figure.bound_only:
        return amount(figure)
    least = "at least " if figure.lacks else ""
    return f"{least}{amount(figure)} ({units.energy(figure.value, 'Wh')})"


def amount(figure: Figure) -> str:
    """`6.41 kJ`, or an upper bound where the figure is mostly noise."""
    if figure.value is None:
        return "energy not known"
    if figure.bound_only and figure.high is not None:
        return f"≤ {units.energy(figure.high)}"
    return units.energy(figure.value)


def interval_text(figure: Figure) -> str:
    """`between 5.5 and 7.4 kJ`, and how sure that is."""
    if figure.low is None or figure.bound_only:
        return ""
    if figure.high is None:
        return f"from {units.energy(figure.low)} up"
    return f"between {units.energy_span(figure.low, figure.high, 'and')}"


def part_text(part: Component) -> str:
    """`CPU 6.1 kJ`."""
    name = KIND_NAMES[part.kind]
    if part.energy_j.value is None:
        return f"{name} not known ({part.energy_j.reason})"
    return f"{name} {amount(part.energy_j)}"


def emissions_text(figure: Figure) -> str:
    """`0.1 g CO2e`."""
    if figure.value is None:
        return f"emissions not known ({figure.reason})"
    return units.emissions(figure.value)


def intensity_text(intensity: Intensity) -> str:
    """`France 2023, 56 g/kWh`, and whether that zone was guessed."""
    if intensity.value is None:
        return ""
    year = f" {intensity.year}" if intensity.year else ""
    guess = " (guessed zone)" if intensity.guess else ""
    return f"{intensity.zone_name}{year}, {intensity.value:.0f} g/kWh{guess}"


def repeats_text(record: CellRecord) -> str:
    """`5 runs: 1.28 kJ ± 0.04 kJ each, 6.2 s ± 0.1 s`; the spread is one standard deviation."""
    runs = record.repeats
    seconds = _mean_and_spread([run.duration_s for run in runs])
    text = f"{len(runs)} runs, each {units.duration(seconds[0])}"
    if not math.isnan(seconds[1]):
        text += f" ± {units.duration(seconds[1])}"
    values = [run.energy_j.value for run in runs]
    known = [value for value in values if value is not None]
    if len(known) == len(runs):
        energy = _mean_and_spread(known)
        text += f", {units.energy(energy[0])}"
        if not math.isnan(energy[1]):
            text += f" ± {units.energy(energy[1])}"
    return text


def edited_text(edited: Edited) -> str:
    """`this edit: -38 % (-45 % to -30 %), 3 runs each, likely`."""
    before, after = edited.before_runs, edited.after_runs
    span = f" ({_percent(edited.low)} to {_percent(edited.high)})" if before + after > 2 else ""
    each = "1 run each" if after == 1 else f"{after} runs each"
    runs = each if before == after else f"{before} runs before, {after} after"
    sure = "likely" if edited.likely else "not sure yet"
    return f"this edit: {_percent(edited.ratio)}{span}, {runs}, {sure}"


def _percent(ratio: float) -> str:
    return f"{ratio - 1:+.0%}".replace("%", " %")


def background_text(record: CellRecord) -> str:
    """`1.3 s of its 2 s of processor time: threads of [3]`; next to nothing is not told."""
    cpu_s = record.cpu_s or 0.0
    parts = [part for part in record.background or () if part.high_s > NOISE * cpu_s]
    if not parts:
        return ""
    low_s, high_s = sum(part.low_s for part in parts), sum(part.high_s for part in parts)
    seconds = units.duration(high_s)
    if low_s <= NOISE * high_s:
        seconds = f"up to {seconds}"
    elif low_s < (1 - NOISE) * high_s:
        seconds = f"{units.duration(low_s)} to {seconds}"
    counts = sorted(
        {part.execution_count for part in parts if part.execution_count is not None}
    )
    of = [f"[{count}]" for count in counts]
    if any(part.execution_count is None for part in parts):
        of.append("other cells" if of else "earlier cells")
    cells = ", ".join(of)
    return f"{seconds} of its {units.duration(cpu_s)} of processor time: threads of {cells}"


def _mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    import statistics

    spread = statistics.stdev(values) if len(values) > 1 else math.nan
    return statistics.fmean(values), spread


def _html(lines: Sequence[Sequence[str]], sources: Sequence[str]) -> str:
    (first, *rest), *others = lines
    head = " · ".join([f"<b>{escape(first)}</b>", *map(escape, rest)])
    rows = [head, *(escape(" · ".join(line)) for line in others)]
    body = "".join(f"<div>{row}</div>" for row in rows)
    more = "".join(f"<div>{escape(source)}</div>" for source in sources)
    return f"{body}<details><summary>where this comes from</summary>{more}</details>"
