"""States of the USA: eGRID's total output emission rate, direct emissions.

Read from CodeCarbon's `usa_emissions.json`, which is in pounds per megawatt-hour.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Final

from greenlab.carbon import codecarbon_files, iso_3166
from greenlab.carbon.slots import Slot, Span, Zone, throughout, zone_of
from greenlab.record import Intensity

G_PER_KWH_OF_LB_PER_MWH: Final = 0.45359237  # the international pound, in kilograms


def find(zone: str) -> Zone | None:
    """A state, by "US-CA" or by name."""
    return zone_of(_table().get(iso_3166.key(zone)))


def zones() -> Collection[str]:
    """`US-AL` to `US-WY`."""
    return sorted({intensity.zone for intensity in _table().values()})


def at(zone: str, span: Span) -> tuple[Slot, ...]:
    """The year's average, at any time."""
    return throughout(span, _table().get(iso_3166.key(zone)))


@functools.cache
def _table() -> dict[str, Intensity]:
    content = codecarbon_files.read(codecarbon_files.US_STATES)
    unit = content["_unit"]["emissions"]
    if unit != "lbs/MWh":
        raise codecarbon_files.DataMoved(
            f"the figures of US states are in {unit}, expected lbs/MWh"
        )
    table = {}
    for name, row in content.items():
        code = row.get("regionCode", "")
        if name.startswith("_") or len(code) != 2:
            continue
        intensity = Intensity(
            round(row["emissions"] * G_PER_KWH_OF_LB_PER_MWH, 1),
            f"US-{code}",
            f"{name.title().replace(' Of ', ' of ')}, USA",
            content["_source"]["name"],
            content["_source"]["year"],
            "modelled",
            basis="direct",
        )
        table[iso_3166.key(intensity.zone)] = table[iso_3166.key(name)] = intensity
    return table
