"""A record for people: what `%%energy` leaves under its cell, and what Python shows of one.

The HTML keeps to what notebooks allow from strangers: lines and a disclosure, no scripts,
no styles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any, Final

from greenlab import units
from greenlab.record.cell import KIND_NAMES, CellRecord, Component
from greenlab.record.figure import NOISE
from greenlab.record.figure_display import (
    amount,
    emissions_text,
    figure_text,
    intensity_text,
    interval_text,
    summary,
    unit_text,
    units_of,
)
from greenlab.record.messages import RECORD_MIME

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


def part_text(part: Component) -> str:
    """`CPU 6.1 kJ`."""
    name = KIND_NAMES[part.kind]
    if part.energy_j.value is None:
        return f"{name} not known ({part.energy_j.reason})"
    return f"{name} {amount(part.energy_j)}"


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
