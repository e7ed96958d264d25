"""The columns of CodeCarbon 3.3's emissions.csv, one row per record.

Units are CodeCarbon's: kilograms, kilowatt-hours, watts, kilograms per second. As there,
powers and energies include the PUE. What a record does not know is an empty cell, never 0.
Columns as in `codecarbon.output_methods.emissions_data.EmissionsData`, held to it by a test.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, Final, TextIO

from greenlab.record import CellRecord, Intensity, total
from greenlab.units import kwh

NAME: Final = "codecarbon"
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


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write a header and one row per record."""
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    count = 0
    for record in records:
        writer.writerow(_row(record))
        count += 1
    return count


def _row(record: CellRecord) -> dict[str, Any]:
    kg = None if record.emissions_g.value is None else record.emissions_g.value / 1000
    ended = datetime.fromisoformat(record.started_at) + timedelta(seconds=record.duration_s)
    devices = {
        kind: [c.device for c in record.components if c.kind == kind] for kind in ("cpu", "gpu")
    }
    return {
        # CodeCarbon writes the local time of the end, without an offset.
        "timestamp": ended.astimezone().strftime("%Y-%m-%dT%H:%M:%S"),
        "project_name": PurePath(record.notebook).stem if record.notebook else "greenlab",
        "run_id": record.id,
        "experiment_id": record.kernel_id,
        "duration": record.duration_s,
        "emissions": kg,
        "emissions_rate": _rate(kg, record.duration_s),
        **_parts(record),
        "energy_consumed": _kwh(record.energy_j.value, record.pue),
        **_place(record.intensity),
        "cpu_model": " | ".join(devices["cpu"]),
        "gpu_count": len(devices["gpu"]) or None,
        "gpu_model": " | ".join(devices["gpu"]),
        "tracking_mode": "machine" if record.scope == "host" else "process",
        "gpu_utilization_percent": None if record.gpu_busy is None else 100 * record.gpu_busy,
        "pue": record.pue,
    }


def _parts(record: CellRecord) -> dict[str, float | None]:
    columns: dict[str, float | None] = {}
    for kind in ("cpu", "gpu", "ram"):
        parts = [(c.device, c.energy_j) for c in record.components if c.kind == kind]
        joules = total(parts).value if parts else None
        columns[f"{kind}_energy"] = _kwh(joules, record.pue)
        watts = _rate(joules, record.duration_s)
        columns[f"{kind}_power"] = None if watts is None else watts * record.pue
    return columns


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
