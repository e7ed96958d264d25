"""What a long cell's advice may know of the grid: its figure, and those of cleaner ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from greenlab import carbon
from greenlab.advice.signals import Signals
from greenlab.record import CellRecord

# Zones with data centres of several large clouds and much water, wind or nuclear power.
CLEANER: Final = ("SE", "FR", "CA-QC")
LONG_S: Final = 600.0


def added(signals: Signals, record: CellRecord) -> Signals:
    """The signals with the grid's; only a long cell looks up the others."""
    grid = record.intensity
    if record.duration_s < LONG_S or grid.value is None:
        return signals
    others = [carbon.resolve(zone) for zone in CLEANER]
    return replace(
        signals,
        intensity_g_per_kwh=grid.value,
        zone_name=grid.zone_name,
        cleaner=tuple((one.zone_name, one.value) for one in others if one.value is not None),
    )
