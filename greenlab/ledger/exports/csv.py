"""A flat table for spreadsheets: SI units, each figure with its bounds and tier.

A missing number is an empty cell. Rows with a `parent_id` lie within another row: leave them
out when adding up.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any, Final, TextIO

from greenlab.record import CellRecord, Figure, total

NAME: Final = "csv"

_PLAIN: Final = (
    "id",
    "started_at",
    "duration_s",
    "status",
    "kind",
    "parent_id",
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
_FIGURES: Final = ("energy_j", "host_energy_j", "cpu_j", "ram_j", "gpu_j", "emissions_g")
_BACKGROUND: Final = ("background_s_low", "background_s_high", "background_of")
_INTENSITY: Final = ("value", "zone", "zone_name", "kind", "basis", "year", "source", "tier")

COLUMNS: Final = (
    *_PLAIN,
    *(f"{name}{part}" for name in _FIGURES for part in ("", "_low", "_high", "_tier")),
    *(f"intensity_{name}" for name in _INTENSITY),
    *_BACKGROUND,
)


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write a header and one row per record."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for record in records:
        writer.writerow(_row(record))
        count += 1
    return count


def _row(record: CellRecord) -> list[Any]:
    figures = {
        "energy_j": record.energy_j,
        "host_energy_j": record.host_energy_j,
        "emissions_g": record.emissions_g,
    } | {f"{kind}_j": _part(record, kind) for kind in ("cpu", "ram", "gpu")}
    row = [getattr(record, name) for name in _PLAIN]
    for name in _FIGURES:
        figure = figures[name]
        row += (
            [None] * 4
            if figure is None
            else [figure.value, figure.low, figure.high, figure.tier]
        )
    row += [getattr(record.intensity, name) for name in _INTENSITY]
    return row + _background(record)


def _background(record: CellRecord) -> list[Any]:
    """CPU seconds, and the ids of the records whose threads used them, as far as seen."""
    parts = record.background
    if parts is None:
        return [None] * len(_BACKGROUND)
    of = " ".join(part.record_id for part in parts if part.record_id)
    return [sum(part.low_s for part in parts), sum(part.high_s for part in parts), of]


def _part(record: CellRecord, kind: str) -> Figure | None:
    parts = [(c.device, c.energy_j) for c in record.components if c.kind == kind]
    return total(parts) if parts else None
