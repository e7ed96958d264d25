"""The columns of CodeCarbon 3.3's emissions.csv, one row per record.

Units are CodeCarbon's: kilograms, kilowatt-hours, watts, kilograms per second. As there,
powers and energies include the PUE. What a record does not know is an empty cell, never 0.
Columns as in `codecarbon.output_methods.emissions_data.EmissionsData`, held to it by a test.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TextIO

from greenlab.ledger.stored_json import Stored, kind_cells
from greenlab.record import CellRecord, Intensity, total
from greenlab.reports.exports.spreadsheet_text import harmless
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


_MEASURED: Final = (
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "energy_consumed",
    "gpu_utilization_percent",
    "pue",
    *(f"{kind}_{what}" for kind in _KINDS for what in ("energy", "power")),
)
"""The columns that differ from row to row."""
_PLACES: Final = tuple(COLUMNS.index(name) for name in _MEASURED)


class _Facts(NamedTuple):
    """What a row is made from. `fixed`: the columns that only machine and place decide."""

    fixed: list[Any]
    started_at: str
    duration_s: float
    id: str
    kernel_id: str
    notebook: str | None
    pue: float
    gpu_busy: float | None
    energy_j: float | None
    emissions_g: float | None
    parts_j: tuple[float | None, ...]


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write a header and one row per record."""
    return _write(map(_facts, records), out)


def write_stored(stored: Iterable[Stored], out: TextIO) -> int:
    """The same of records as they lie in the ledger."""
    plans: dict[int, Callable[[Stored], _Facts]] = {}

    def facts(one: Stored) -> _Facts:
        key = id(one.template)
        if key not in plans:
            plans[key] = _plan(one)
        return plans[key](one)

    return _write(map(facts, stored), out)


def _write(facts: Iterable[_Facts], out: TextIO) -> int:
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for one in facts:
        row = one.fixed.copy()
        for place, cell in zip(_PLACES, _measured(one), strict=True):
            row[place] = cell
        writer.writerow(row)
        count += 1
    return count


def _facts(record: CellRecord) -> _Facts:
    parts = {
        kind: [(c.device, c.energy_j) for c in record.components if c.kind == kind]
        for kind in _KINDS
    }
    return _Facts(
        _fixed(record),
        record.started_at,
        record.duration_s,
        record.id,
        record.kernel_id,
        record.notebook,
        record.pue,
        record.gpu_busy,
        record.energy_j.value,
        record.emissions_g.value,
        tuple(total(one).value if one else None for one in parts.values()),
    )


def _plan(first: Stored) -> Callable[[Stored], _Facts]:
    """How records of one template become rows."""
    data, fixed = first.template.data, _fixed(first.record)
    parts = [kind_cells(first.template, kind)[0] for kind in _KINDS]
    energy, emissions = data["energy_j"]["value"], data["emissions_g"]["value"]

    def facts(one: Stored) -> _Facts:
        return _Facts(
            fixed,
            one.text(data["started_at"]) or "",
            one.number(data["duration_s"]) or 0.0,
            one.text(data["id"]) or "",
            one.text(data["kernel_id"]) or "",
            one.text(data["notebook"]),
            data["pue"],
            one.number(data["gpu_busy"]),
            one.number(energy),
            one.number(emissions),
            tuple(map(one.number, parts)),
        )

    return facts


def _measured(facts: _Facts) -> list[Any]:
    duration_s, pue = facts.duration_s, facts.pue
    kg = None if facts.emissions_g is None else facts.emissions_g / 1000
    ended = datetime.fromisoformat(facts.started_at) + timedelta(seconds=duration_s)
    row = [
        # CodeCarbon writes the local time of the end, without an offset.
        ended.astimezone().isoformat(timespec="seconds")[:19],
        _project(facts.notebook),
        harmless(facts.id),
        harmless(facts.kernel_id),
        duration_s,
        kg,
        _rate(kg, duration_s),
        _kwh(facts.energy_j, pue),
        None if facts.gpu_busy is None else 100 * facts.gpu_busy,
        pue,
    ]
    for joules in facts.parts_j:
        watts = _rate(joules, duration_s)
        row += [_kwh(joules, pue), None if watts is None else watts * pue]
    return row


@lru_cache(maxsize=256)
def _project(notebook: str | None) -> str:
    return str(harmless(PurePath(notebook).stem)) if notebook else "greenlab"


def _fixed(record: CellRecord) -> list[Any]:
    devices = {
        kind: [c.device for c in record.components if c.kind == kind] for kind in ("cpu", "gpu")
    }
    known = {
        **_place(record.intensity),
        "cpu_model": " | ".join(devices["cpu"]),
        "gpu_count": len(devices["gpu"]) or None,
        "gpu_model": " | ".join(devices["gpu"]),
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


def _kwh(energy_j: float | None, pue: float) -> float | None:
    return None if energy_j is None else kwh(energy_j) * pue


def _rate(amount: float | None, duration_s: float) -> float | None:
    return None if amount is None or duration_s <= 0 else amount / duration_s
