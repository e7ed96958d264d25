"""Provinces of China: the official provincial factors, CO2 alone and direct emissions.

Ministry of Ecology and Environment and National Bureau of Statistics, Announcement 2025
No. 47, read from CodeCarbon's `china_provincial_emissions.json`.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Final

from greenlab.carbon import codecarbon_files, iso_3166
from greenlab.carbon.slots import Slot, Span, Zone, throughout, zone_of
from greenlab.record import Intensity

SOURCE: Final = "Ministry of Ecology and Environment of China, CO2 alone, through CodeCarbon"


def find(zone: str) -> Zone | None:
    """A province, by "CN-BJ" or by name."""
    return zone_of(_table().get(iso_3166.key(zone)))


def zones() -> Collection[str]:
    """`CN-AH` to `CN-ZJ`."""
    return sorted({intensity.zone for intensity in _table().values()})


def at(zone: str, span: Span) -> tuple[Slot, ...]:
    """The year's average, at any time."""
    return throughout(span, _table().get(iso_3166.key(zone)))


@functools.cache
def _table() -> dict[str, Intensity]:
    table = {}
    for code, row in codecarbon_files.read(codecarbon_files.CHINA)["data"].items():
        if row["unit"] != "gCO2/kWh":
            raise codecarbon_files.DataMoved(
                f"the figure of {code} is in {row['unit']}, expected gCO2/kWh"
            )
        intensity = Intensity(
            row["emission_factor"],
            code,
            f"{row['description']}, China",
            SOURCE,
            row["year"],
            "modelled",
            basis="direct",
        )
        for name in (code, row["description"], *row["names"]):
            table[iso_3166.key(name)] = intensity
    return table
