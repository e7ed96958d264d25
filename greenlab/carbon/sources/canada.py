"""Provinces of Canada: their generation mix times a lifecycle figure per kind of plant.

Read from CodeCarbon's `canada_energy_mix.json` (percent) and
`carbon_intensity_per_source.json` (gCO2e/kWh). Shares of a kind without a figure (tidal,
other) are left out of both sums.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Final

from greenlab.carbon import codecarbon_files, iso_3166
from greenlab.carbon.slots import Slot, Span, Zone, throughout, zone_of
from greenlab.record import Intensity

CODES: Final = {  # ISO 3166-2:CA
    "alberta": "AB",
    "british columbia": "BC",
    "manitoba": "MB",
    "new brunswick": "NB",
    "newfoundland and labrador": "NL",
    "northwest territories": "NT",
    "nova scotia": "NS",
    "nunavut": "NU",
    "ontario": "ON",
    "prince edward island": "PE",
    "quebec": "QC",
    "saskatchewan": "SK",
    "yukon": "YT",
}
_KINDS: Final = {"naturalGas": "natural_gas", "hydro": "hydroelectricity"}


def find(zone: str) -> Zone | None:
    """A province or territory, by "CA-QC" or by name."""
    return zone_of(_table().get(iso_3166.key(zone)))


def zones() -> Collection[str]:
    """`CA-AB` to `CA-YT`."""
    return sorted({intensity.zone for intensity in _table().values()})


def at(zone: str, span: Span) -> tuple[Slot, ...]:
    """The year's average, at any time."""
    return throughout(span, _table().get(iso_3166.key(zone)))


@functools.cache
def _table() -> dict[str, Intensity]:
    per_kind = codecarbon_files.read(codecarbon_files.PER_SOURCE)
    table = {}
    for name, mix in codecarbon_files.read(codecarbon_files.CANADA).items():
        shares = [
            (per_kind[_KINDS.get(kind, kind)], share)
            for kind, share in mix.items()
            if kind != "total" and share and _KINDS.get(kind, kind) in per_kind
        ]
        if name not in CODES or not shares:
            continue
        mean = sum(figure * share for figure, share in shares) / sum(s for _, s in shares)
        intensity = Intensity(
            round(mean, 1),
            f"CA-{CODES[name]}",
            f"{name.title().replace(' And ', ' and ')}, Canada",
            "generation mix of 2023 times a figure per kind of plant, from CodeCarbon's data",
            2023,
            "modelled",
        )
        table[iso_3166.key(intensity.zone)] = table[iso_3166.key(name)] = intensity
    return table
