"""Bidding zones of Sweden and Norway: their generation times a lifecycle figure per plant.

Read from CodeCarbon's `nordic_emissions.json`. Its entry for all of Finland is passed over:
that country has a figure on the same basis as the others.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Final

from greenlab.carbon import codecarbon_files, iso_3166
from greenlab.carbon.slots import Slot, Span, Zone, throughout, zone_of
from greenlab.record import Intensity

SOURCE: Final = "ENTSO-E generation times a figure per kind of plant, from CodeCarbon's data"


def find(zone: str) -> Zone | None:
    """A bidding zone, by "SE3" or "NO1"."""
    return zone_of(_table().get(iso_3166.key(zone).replace(" ", "")))


def zones() -> Collection[str]:
    """`NO1` to `SE4`."""
    return sorted({intensity.zone for intensity in _table().values()})


def at(zone: str, span: Span) -> tuple[Slot, ...]:
    """The year's average, at any time."""
    return throughout(span, _table().get(iso_3166.key(zone).replace(" ", "")))


@functools.cache
def _table() -> dict[str, Intensity]:
    table = {}
    for code, row in codecarbon_files.read(codecarbon_files.NORDIC)["data"].items():
        if row["unit"] != "gCO2eq/kWh":
            raise codecarbon_files.DataMoved(
                f"the figure of {code} is in {row['unit']}, not gCO2eq/kWh"
            )
        if code[-1].isdigit():
            table[iso_3166.key(code)] = Intensity(
                row["emission_factor"],
                code,
                row["description"],
                SOURCE,
                row["year"],
                "modelled",
            )
    return table
