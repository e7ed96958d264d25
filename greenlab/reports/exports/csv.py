"""A flat table for spreadsheets: SI units, each figure with its bounds and tier.

A missing number is an empty cell. Every record has a row: to add them up, skip those whose
`counted_in` is the id of another row, and take the part `1 - counted_elsewhere` of the
others. A text that a spreadsheet would run as a formula has a `'` before it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TextIO

from greenlab.ledger.json_templates import Hole
from greenlab.ledger.raw_json_export import Cell, Stored, figure_cells, kind_cells
from greenlab.record import BackgroundUse, CellRecord, Figure, from_dict, total
from greenlab.reports.exports.spreadsheet_text import harmless
from greenlab.reports.exports.stored_table_rows import (
    Line,
    line_format,
    picker,
    text,
    texts,
    write_lines,
)

NAME: Final = "csv"
ADDED_UP: Final = False

_PLAIN: Final = (
    "id",
    "started_at",
    "duration_s",
    "status",
    "kind",
    "parent_id",
    "counted_in",
    "counted_elsewhere",
    "name",
    "notebook",
    "cell_id",
    "execution_count",
    "source_hash",
    "kernel_id",
    "host",
    "scope",
    "cpu_s",
    "gpu_busy",
    "pue",
)
_KINDS: Final = ("cpu", "ram", "gpu")
_FIGURES: Final = ("energy_j", "host_energy_j", "cpu_j", "ram_j", "gpu_j", "emissions_g")
_BACKGROUND: Final = ("background_s_low", "background_s_high", "background_of")
_INTENSITY: Final = ("value", "zone", "zone_name", "kind", "basis", "year", "source", "tier")

COLUMNS: Final = (
    *_PLAIN,
    *(f"{name}{part}" for name in _FIGURES for part in ("", "_low", "_high", "_tier")),
    *(f"intensity_{name}" for name in _INTENSITY),
    *_BACKGROUND,
    "async_tail",
    "work",
)


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write a header and one row per record."""
    return _write((_row(record) for record in records), out)


def write_stored(stored: Iterable[Stored], out: TextIO) -> int:
    """The same for records as stored in the ledger."""
    return write_lines(COLUMNS, stored, _plan, out)


def _write(rows: Iterable[list[Any]], out: TextIO) -> int:
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    return count


def _row(record: CellRecord) -> list[Any]:
    figures = {
        "energy_j": record.energy_j,
        "host_energy_j": record.host_energy_j,
        "emissions_g": record.emissions_g,
    } | {f"{kind}_j": _part(record, kind) for kind in _KINDS}
    row = [getattr(record, name) for name in _PLAIN]
    for name in _FIGURES:
        figure = figures[name]
        row += (
            [None] * 4
            if figure is None
            else [figure.value, figure.low, figure.high, figure.tier]
        )
    row += [getattr(record.intensity, name) for name in _INTENSITY]
    row += [*_background(record.background), record.async_tail]
    row.append(_work((one.unit, one.count) for one in record.work))
    return [harmless(cell) for cell in row]


def _work(counts: Iterable[tuple[str, float]]) -> str | None:
    """`token=512 image=3`; the names of units without spaces."""
    return " ".join(f"{unit.replace(' ', '_')}={count:.15g}" for unit, count in counts) or None


def _background(parts: tuple[BackgroundUse, ...] | None) -> list[Any]:
    """CPU seconds, and the ids of the records whose threads used them, as far as seen."""
    if parts is None:
        return [None] * len(_BACKGROUND)
    of = " ".join(part.record_id for part in parts if part.record_id)
    return [sum(part.low_s for part in parts), sum(part.high_s for part in parts), of]


@lru_cache(maxsize=16)
def _background_texts(value: str) -> list[str]:
    """The cells of what a record holds as JSON."""
    parts = json.loads(value)
    found = _background(parts and tuple(from_dict(BackgroundUse, one) for one in parts))
    return [text(harmless(one)) for one in found]


def _part(record: CellRecord, kind: str) -> Figure | None:
    parts = [(c.device, c.energy_j) for c in record.components if c.kind == kind]
    return total(parts) if parts else None


def _plan(first: Stored) -> Line:
    """How records of one template become lines: most cells are a number's own text."""
    template = first.template
    data = first.record.to_dict() | template.data  # an earlier version has fewer fields
    kinds = {f"{kind}_j": kind_cells(template, kind) for kind in _KINDS}
    cells: list[Cell] = [data[name] for name in _PLAIN]
    for name in _FIGURES:
        cells += kinds[name] if name in kinds else figure_cells(data[name])
    cells += [data["intensity"][name] for name in _INTENSITY]
    cells += [data["background"]] * len(_BACKGROUND)
    cells.append(data["async_tail"])
    places = [place for place, one in enumerate(cells) if isinstance(one, (Hole, tuple))]
    work = [(one["unit"], one["count"].number) for one in data.get("work", ())]
    if work:
        places.append(len(cells))
    cells.append(None)
    form = line_format([_fixed(one) for one in cells], dict.fromkeys(places, "%s"))
    own = [one.number for one in cells[: len(_PLAIN)] if isinstance(one, Hole)]
    known = [one for one in cells[len(_PLAIN) :] if isinstance(one, (Hole, tuple))]
    known = known[: -len(_BACKGROUND)]
    sums = [(place, one) for place, one in enumerate(known) if isinstance(one, tuple)]
    own_of = picker(own)
    known_of = picker([_first(one).number for one in known])
    threads: int = data["background"].number

    def line(stored: Stored) -> str:
        values = stored.values
        numbers = [*known_of(values)]
        for place, holes in sums:
            numbers[place] = repr(stored.number(holes))
        counted = [text(harmless(_work((unit, float(values[at])) for unit, at in work)))]
        return form % (
            *texts(own_of(values)),
            *numbers,
            *_background_texts(values[threads]),
            *(counted if work else ()),
        )

    return line


def _fixed(one: Cell) -> Any:
    return None if isinstance(one, (Hole, tuple)) else harmless(one)


def _first(one: Hole | tuple[Hole, ...]) -> Hole:
    return one[0] if isinstance(one, tuple) else one
