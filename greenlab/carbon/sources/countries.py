"""Countries and the world: yearly lifecycle averages by Our World in Data and Ember.

Read from CodeCarbon's `global_energy_mix.json`, in gCO2e/kWh, 2021 to 2023 for most. The
world's figure is the mean of the countries weighted by the electricity they made, so that it
has the same basis.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any, Final

from greenlab.carbon import codecarbon_files, iso_3166
from greenlab.carbon.slots import Slot, Span, Zone, throughout, zone_of
from greenlab.record import Intensity

SOURCE: Final = "Our World in Data and Ember, through CodeCarbon's data"
WORLD: Final = "WORLD"
_ALIASES: Final = {"uk": "GB"}  # reserved for the United Kingdom in ISO 3166


def find(zone: str) -> Zone | None:
    """A country (ISO 3166-1 code or name) or the world."""
    return zone_of(_figure(zone))


def at(zone: str, span: Span) -> tuple[Slot, ...]:
    """The year's average, at any time."""
    return throughout(span, _figure(zone))


def zones() -> Collection[str]:
    """The world, then two-letter codes."""
    found = (
        iso_3166.find(alpha3) for alpha3 in codecarbon_files.read(codecarbon_files.COUNTRIES)
    )
    return [WORLD, *(country.alpha2 for country in found if country)]


def world() -> Intensity:
    """The generation-weighted mean of all countries with a figure."""
    rows = [
        r
        for r in codecarbon_files.read(codecarbon_files.COUNTRIES).values()
        if r["carbon_intensity"]
    ]
    weight = sum(row["total_TWh"] for row in rows)
    mean = sum(row["carbon_intensity"] * row["total_TWh"] for row in rows) / weight
    year = max(row["year"] for row in rows)
    return Intensity(round(mean, 1), WORLD, "World", SOURCE, year, "modelled")


def _figure(zone: str) -> Intensity | None:
    rows = codecarbon_files.read(codecarbon_files.COUNTRIES)
    name = iso_3166.key(zone)
    if name in {"world", "the world", "global"}:
        return world()
    country = iso_3166.find(_ALIASES.get(name) or _names().get(name) or zone)
    if country is not None:
        return _intensity(country.alpha2, country.name, rows.get(country.alpha3))
    return None


@functools.cache
def _names() -> dict[str, str]:
    """The data's own country names, for where they differ from ISO's ("Russia")."""
    rows = codecarbon_files.read(codecarbon_files.COUNTRIES)
    return {iso_3166.key(row["country_name"]): alpha3 for alpha3, row in rows.items()}


def _intensity(code: str, name: str, row: dict[str, Any] | None) -> Intensity:
    # The data holds a 0 where there is no figure (Central African Republic).
    if row is None or not row["carbon_intensity"]:
        reason = f"no figure is published for {name}; write a like neighbour or WORLD"
        return Intensity(None, code, name, SOURCE, None, "missing", reason=reason)
    return Intensity(row["carbon_intensity"], code, name, SOURCE, row["year"], "modelled")
