"""The columns of CodeCarbon 3.3's emissions.csv, one row per record.

Units are CodeCarbon's: kilograms, kilowatt-hours, watts, kilograms per second. As there,
powers and energies include the PUE. What a record does not know is an empty cell, never 0.
Columns as in `codecarbon.output_methods.emissions_data.EmissionsData`, held to it by a test.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final, TextIO

from greenlab.ledger.stored_json import Stored, kind_cells, plain
from greenlab.record import CellRecord, Intensity, total
from greenlab.reports.exports.spreadsheet_text import harmless
from greenlab.reports.exports.stored_lines import Line, LineTemplate, text, texts, write_lines
from greenlab.units import kwh

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
            record.emissions_g.value,
            parts_j,
            record.energy_j.value,
            record.gpu_busy,
            record.pue,
        ),
    ]


def _plan(first: Stored) -> Line:
    """How records of one template become lines."""
    data = first.record.to_dict() | first.template.data
    fill = LineTemplate(_fixed(first.record), _PLACES).fill
    parts = [kind_cells(first.template, kind)[0] for kind in _KINDS]
    energy, emissions = data["energy_j"]["value"], data["emissions_g"]["value"]
    id_, kernel_id, notebook = (data[name].number for name in ("id", "kernel_id", "notebook"))
    started, duration, busy, pue = (
        data[name] for name in ("started_at", "duration_s", "gpu_busy", "pue")
    )

    def line(one: Stored) -> str:
        values, number = one.values, one.number
        duration_s = number(duration) or 0.0
        numbers = _numbers(
            duration_s,
            number(emissions),
            [number(part) for part in parts],
            number(energy),
            number(busy),
            pue,
        )
        return fill(
            [
                _ended(one.text(started) or "", duration_s),
                _project_text(values[notebook]),
                *texts((values[id_], values[kernel_id])),
                *["" if cell is None else repr(cell) for cell in numbers],
            ]
        )

    return line


def _ended(started_at: str, duration_s: float) -> str:
    """CodeCarbon writes the local time of the end, without an offset."""
    ended = datetime.fromisoformat(started_at) + timedelta(seconds=duration_s)
    # A tenth of what `ended.astimezone().isoformat(timespec="seconds")` takes.
    return "%04d-%02d-%02dT%02d:%02d:%02d" % time.localtime(ended.timestamp())[:6]


def _numbers(
    duration_s: float,
    emissions_g: float | None,
    parts_j: Sequence[float | None],
    energy_j: float | None,
    gpu_busy: float | None,
    pue: float,
) -> list[float | None]:
    """The cells of `_NUMBERS`."""
    kg = None if emissions_g is None else emissions_g / 1000
    watts = [_rate(joules, duration_s) for joules in parts_j]
    return [
        duration_s,
        kg,
        _rate(kg, duration_s),
        *[None if one is None else one * pue for one in watts],
        *[_kwh(joules, pue) for joules in parts_j],
        _kwh(energy_j, pue),
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
    import pycountry

    code = _ZONE.fullmatch(intensity.zone)
    country = pycountry.countries.get(alpha_2=code["country"]) if code else None
    if code is None or country is None:
        return {"country_name": intensity.zone_name}
    bidding_zone = intensity.zone if code["region"].isdigit() else None
    name = intensity.zone_name.partition(",")[0].lower()
    return {
        "country_name": country.name,
        "country_iso_code": country.alpha_3,
        "region": (bidding_zone or name) if code["region"] else "",
    }


def _kwh(energy_j: float | None, pue: float) -> float | None:
    return None if energy_j is None else kwh(energy_j) * pue


def _rate(amount: float | None, duration_s: float) -> float | None:
    return None if amount is None or duration_s <= 0 else amount / duration_s
