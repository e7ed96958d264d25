"""The columns of CodeCarbon 3.3's emissions.csv, one row per record.

Units are CodeCarbon's: kilograms, kilowatt-hours, watts, kilograms per second. As there,
powers and energies include the PUE. What a record does not know is an empty cell, never 0.
Columns as in `codecarbon.output_methods.emissions_data.EmissionsData`, held to it by a test.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final, TextIO

from greenlab.ledger.json_templates import Hole
from greenlab.ledger.stored_json import Cell, Stored, kind_cells, plain
from greenlab.record import CellRecord, Intensity, total
from greenlab.reports.exports.spreadsheet_text import harmless
from greenlab.reports.exports.stored_lines import (
    Line,
    LineTemplate,
    picker,
    text,
    texts,
    write_lines,
)
from greenlab.units import J_PER_KWH

NAME: Final = "codecarbon"
_KINDS: Final = ("cpu", "gpu", "ram")
_ZONE: Final = re.compile(
    r"(?P<country>[A-Z]{2})(?P<region>-[A-Z0-9]+|[0-9]|)"
)  # US-CA, SE3, FR
COLUMNS: Final = (
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "water_consumed",
    "country_name",
    "country_iso_code",
    "region",
    "cloud_provider",
    "cloud_region",
    "os",
    "python_version",
    "codecarbon_version",
    "cpu_count",
    "cpu_model",
    "gpu_count",
    "gpu_model",
    "longitude",
    "latitude",
    "ram_total_size",
    "tracking_mode",
    "cpu_utilization_percent",
    "gpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
    "on_cloud",
    "pue",
    "wue",
)


_TEXTS: Final = ("timestamp", "project_name", "run_id", "experiment_id")
_NUMBERS: Final = (
    "duration",
    "emissions",
    "emissions_rate",
    *(f"{kind}_power" for kind in _KINDS),
    *(f"{kind}_energy" for kind in _KINDS),
    "energy_consumed",
    "gpu_utilization_percent",
)
_PLACES: Final = tuple(COLUMNS.index(name) for name in (*_TEXTS, *_NUMBERS))
"""Of the columns that differ from row to row, in their order."""


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write a header and one row per record."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for record in records:
        row = _fixed(record)
        for place, cell in zip(_PLACES, _measured(record), strict=True):
            row[place] = cell
        writer.writerow(row)
        count += 1
    return count


def write_stored(stored: Iterable[Stored], out: TextIO) -> int:
    """The same of records as they lie in the ledger."""
    return write_lines(COLUMNS, stored, _plan, out)


def _measured(record: CellRecord) -> list[Any]:
    """The cells at `_PLACES`."""
    energies = {
        kind: [(c.device, c.energy_j) for c in record.components if c.kind == kind]
        for kind in _KINDS
    }
    parts_j = [total(one).value if one else None for one in energies.values()]
    return [
        _ended(record.started_at, record.duration_s),
        _project(record.notebook),
        harmless(record.id),
        harmless(record.kernel_id),
        *_numbers(
            record.duration_s,
            [record.emissions_g.value, *parts_j, record.energy_j.value],
            record.gpu_busy,
            record.pue,
        ),
    ]


def _plan(first: Stored) -> Line:
    """How records of one template become lines."""
    data = first.record.to_dict() | first.template.data
    fill = LineTemplate(_fixed(first.record), _PLACES).fill
    amounts = _amounts(
        [
            data["emissions_g"]["value"],
            *(kind_cells(first.template, kind)[0] for kind in _KINDS),
            data["energy_j"]["value"],
        ]
    )
    own = ("id", "kernel_id", "notebook", "started_at", "duration_s", "gpu_busy")
    own_of, pue = picker([data[name].number for name in own]), data["pue"]

    def line(one: Stored) -> str:
        id_, kernel_id, notebook, started, duration, busy = own_of(one.values)
        duration_s = float(duration)
        gpu_busy = None if busy == "null" else float(busy)
        numbers = _numbers(duration_s, amounts(one.values), gpu_busy, pue)
        cells = ["" if number is None else repr(number) for number in numbers]
        cells[:0] = _ended(plain(started), duration_s), _project_text(notebook)
        cells[2:2] = texts((id_, kernel_id))
        return fill(cells)

    return line


def _amounts(cells: Sequence[Cell]) -> Callable[[Sequence[str]], list[float | None]]:
    """What gives the numbers of cells: a hole's, the sum of some, or always the same."""
    fixed = [None if isinstance(one, (Hole, tuple)) else one for one in cells]
    single = [(i, one.number) for i, one in enumerate(cells) if isinstance(one, Hole)]
    sums = [
        (i, [hole.number for hole in one])
        for i, one in enumerate(cells)
        if isinstance(one, tuple)
    ]

    def amounts(values: Sequence[str]) -> list[float | None]:
        found: list[Any] = fixed.copy()
        for place, number in single:
            found[place] = float(values[number])
        for place, numbers in sums:
            found[place] = sum(float(values[number]) for number in numbers)
        return found

    return amounts


def _ended(started_at: str, duration_s: float) -> str:
    """CodeCarbon writes the local time of the end, without an offset."""
    ended = datetime.fromisoformat(started_at) + timedelta(seconds=duration_s)
    local = _local_zone(started_at[:13], ended.tzinfo) if duration_s < 3600 else None
    return ended.astimezone(local).isoformat()[:19]


@lru_cache(maxsize=64)
def _local_zone(hour: str, zone: tzinfo | None) -> tzinfo | None:
    """The local zone from `2026-11-29T17` of a zone for two hours; `None` where it changes.

    To ask the system for each record would take a third of all the time.
    """
    try:
        begin = datetime.fromisoformat(f"{hour}:00").replace(tzinfo=zone)
    except ValueError:  # another form of ISO 8601
        return None
    offsets = [begin + timedelta(minutes=minute) for minute in range(0, 121, 15)]
    first, *others = (one.astimezone().tzinfo for one in offsets)
    return first if all(one == first for one in others) else None


def _numbers(
    duration_s: float, amounts: Sequence[float | None], gpu_busy: float | None, pue: float
) -> list[float | None]:
    """The cells of `_NUMBERS`. `amounts`: grams, and joules of the kinds and in all."""
    grams, *parts_j, energy_j = amounts
    kg = None if grams is None else grams / 1000
    rates = [None if one is None or duration_s <= 0 else one / duration_s for one in parts_j]
    return [
        duration_s,
        kg,
        None if kg is None or duration_s <= 0 else kg / duration_s,
        *[None if watts is None else watts * pue for watts in rates],
        *[None if joules is None else joules / J_PER_KWH * pue for joules in parts_j],
        None if energy_j is None else energy_j / J_PER_KWH * pue,
        None if gpu_busy is None else 100 * gpu_busy,
    ]


@lru_cache(maxsize=256)
def _project(notebook: str | None) -> str:
    return str(harmless(PurePath(notebook).stem)) if notebook else "greenlab"


@lru_cache(maxsize=256)
def _project_text(notebook: str) -> str:
    return text(_project(plain(notebook)))


def _fixed(record: CellRecord) -> list[Any]:
    devices = {
        kind: [c.device for c in record.components if c.kind == kind] for kind in ("cpu", "gpu")
    }
    known = {
        **_place(record.intensity),
        "cpu_model": " | ".join(devices["cpu"]),
        "gpu_count": len(devices["gpu"]) or None,
        "gpu_model": " | ".join(devices["gpu"]),
        "pue": record.pue,
        "tracking_mode": "machine" if record.scope == "host" else "process",
    }
    return [harmless(known.get(name, "")) for name in COLUMNS]


@lru_cache(maxsize=64)
def _place(intensity: Intensity) -> dict[str, str]:
    """CodeCarbon names the country by three letters and the region by its lower-case name."""
    code = _ZONE.fullmatch(intensity.zone)
    country = _country(code["country"]) if code else None
    if code is None or country is None:
        return {"country_name": intensity.zone_name}
    bidding_zone = intensity.zone if code["region"].isdigit() else None
    name = intensity.zone_name.partition(",")[0].lower()
    return {
        "country_name": country.name,
        "country_iso_code": country.alpha_3,
        "region": (bidding_zone or name) if code["region"] else "",
    }


def _country(alpha_2: str) -> Any:
    try:
        import pycountry
    except ModuleNotFoundError:  # the zone's own name has to do
        return None
    return pycountry.countries.get(alpha_2=alpha_2)
