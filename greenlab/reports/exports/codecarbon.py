"""The columns of CodeCarbon 3.3's emissions.csv, whose rows are there to be added up.

So the rows come to what `greenlab report` does: a record that another one holds has none, and
the others are in the form in which sums count them (`greenlab.record.record_addends`).

Units are CodeCarbon's: kilograms, kilowatt-hours, watts, kilograms per second. As there,
powers and energies include the PUE. What a record does not know is an empty cell, never 0.
Columns as in `codecarbon.output_methods.emissions_data.EmissionsData`, held to it by a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final, TextIO

from greenlab.ledger.json_templates import Hole
from greenlab.ledger.raw_json_export import Cell, Stored, kind_cells, plain
from greenlab.record import CellRecord, Intensity, total
from greenlab.record.record_addends import counted
from greenlab.record.summary import held_by_none, moment
from greenlab.reports.exports.spreadsheet_text import harmless
from greenlab.reports.exports.stored_table_rows import (
    Line,
    line,
    line_format,
    picker,
    text,
    texts,
    write_lines,
)
from greenlab.units import J_PER_KWH

NAME: Final = "codecarbon"
ADDED_UP: Final = True
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


_NUMBER: Final = "%.12g"
"""More digits than any meter has, in half the time that all 17 take."""
_NO_NUMBER: Final = "%.0s"
"""An empty cell, whatever number stands for the missing one."""
_TEXTS: Final = (
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "gpu_utilization_percent",
)
_NUMBERS: Final = (
    "duration",
    "emissions",
    "emissions_rate",
    *(f"{kind}_power" for kind in _KINDS),
    *(f"{kind}_energy" for kind in _KINDS),
    "energy_consumed",
)
_USUAL_LENGTH: Final = len("2026-11-29T17:05:01.123456Z")
_HALF_MICROSECOND: Final = 5e-7


def write(records: Iterable[CellRecord], out: TextIO) -> int:
    """Write a header and one row per record that none of the others holds."""
    out.write(line(COLUMNS))
    lines = [_line(record) for record in held_by_none(records)]
    out.writelines(lines)
    return len(lines)


def write_stored(stored: Iterable[Stored], out: TextIO) -> int:
    """The same for records as stored in the ledger, without those that others include."""
    return write_lines(COLUMNS, stored, _plan, out)


def _line(record: CellRecord) -> str:
    record = counted(record)
    amounts = _amounts(record)
    known = [one or 0.0 for one in amounts]
    return _line_format(record, amounts) % (
        _ended(record.started_at, record.duration_s),
        text(_project(record.notebook)),
        text(harmless(record.id)),
        text(harmless(record.kernel_id)),
        *_numbers(record.duration_s, known, record.pue),
        _percent(record.gpu_busy),
    )


def _amounts(record: CellRecord) -> list[float | None]:
    """Grams, and joules of the kinds and in all."""
    energies = [
        [(c.device, c.energy_j) for c in record.components if c.kind == kind] for kind in _KINDS
    ]
    parts_j = [total(one).value if one else None for one in energies]
    return [record.emissions_g.value, *parts_j, record.energy_j.value]


def _line_format(record: CellRecord, amounts: Sequence[float | None]) -> str:
    """What makes lines of `_TEXTS` and `_NUMBERS` of this record and of those like it."""
    grams, *parts, energy = [_NO_NUMBER if one is None else _NUMBER for one in amounts]
    rates = [one if record.duration_s > 0 else _NO_NUMBER for one in (grams, *parts)]
    numbers = [_NUMBER, grams, *rates, *parts, energy]
    specs = dict.fromkeys(_TEXTS, "%s") | dict(zip(_NUMBERS, numbers, strict=True))
    places = {COLUMNS.index(name): one for name, one in specs.items()}
    return line_format(_fixed(record), places)


def _numbers(duration_s: float, amounts: Sequence[float], pue: float) -> tuple[float, ...]:
    """The cells of `_NUMBERS`; `amounts` as in `_amounts`, with 0 for a missing one."""
    grams, cpu_j, gpu_j, ram_j, energy_j = amounts
    kg, kwh_per_j = grams / 1000, pue / J_PER_KWH
    watts_per_j = pue / duration_s if duration_s > 0 else 0.0
    return (
        duration_s,
        kg,
        kg / duration_s if duration_s > 0 else 0.0,
        cpu_j * watts_per_j,
        gpu_j * watts_per_j,
        ram_j * watts_per_j,
        cpu_j * kwh_per_j,
        gpu_j * kwh_per_j,
        ram_j * kwh_per_j,
        energy_j * kwh_per_j,
    )


def _percent(gpu_busy: float | None) -> str:
    return "" if gpu_busy is None else _NUMBER % (100 * gpu_busy)


def _plan(first: Stored) -> Line:
    """How records of one template become lines."""
    record, template = first.record, first.template
    data = record.to_dict() | template.data  # an earlier version has fewer fields
    if record.scope != "process":
        return lambda one: _line(one.record)
    form = _line_format(replace(record, duration_s=1.0), _amounts(record))
    own = ("id", "kernel_id", "notebook", "started_at", "duration_s", "gpu_busy")
    own_of, pue = picker([data[name].number for name in own]), data["pue"]
    elsewhere = data["counted_elsewhere"]
    amounts = _numbers_of(
        [
            data["emissions_g"]["value"],
            *(kind_cells(template, kind)[0] for kind in _KINDS),
            data["energy_j"]["value"],
        ]
    )

    def line_of(one: Stored) -> str:
        values = one.values
        id_, kernel_id, notebook, started, duration, busy = own_of(values)
        duration_s = float(duration)
        if duration_s <= 0 or one.number(elsewhere):
            return _line(one.record)
        return form % (
            _ended(plain(started), duration_s),
            _project_text(notebook),
            *texts((id_, kernel_id)),
            *_numbers(duration_s, amounts(values), pue),
            "" if busy == "null" else _percent(float(busy)),
        )

    return line_of


def _numbers_of(cells: Sequence[Cell]) -> Callable[[Sequence[str]], list[float]]:
    """What gives the numbers of cells: a hole's, the sum of some, or 0 for a missing one."""
    single = [one.number if isinstance(one, Hole) else None for one in cells]
    sums = [
        (place, [hole.number for hole in one])
        for place, one in enumerate(cells)
        if isinstance(one, tuple)
    ]

    def numbers(values: Sequence[str]) -> list[float]:
        found = [0.0 if number is None else float(values[number]) for number in single]
        for place, parts in sums:
            found[place] = sum(float(values[number]) for number in parts)
        return found

    return numbers


def _ended(started_at: str, duration_s: float) -> str:
    """CodeCarbon writes the local time of the end, without an offset."""
    try:
        if started_at[-1] == "Z" and len(started_at) == _USUAL_LENGTH:
            seconds = int(float(started_at[17:-1]) + duration_s + _HALF_MICROSECOND)
            return f"{_local_minute(started_at[:16], seconds // 60)}:{seconds % 60:02}"
        ended = moment(started_at) + timedelta(seconds=duration_s)
        return ended.astimezone().isoformat()[:19]
    except (OverflowError, ValueError, OSError):  # no calendar has that day
        return ""


@lru_cache(maxsize=4096)
def _local_minute(minute: str, later: int) -> str:
    """The local minute so many minutes after one of UTC, both like `2026-11-29T17:05`.

    To reckon with dates for each record would take a tenth of all the time.
    """
    ended = datetime.fromisoformat(f"{minute}Z") + timedelta(minutes=later)
    return ended.astimezone().isoformat()[:16]


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
        "tracking_mode": "process",  # as sums count it, in whatever scope it was shown
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
