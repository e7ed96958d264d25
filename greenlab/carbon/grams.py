"""Grams from joules."""

from __future__ import annotations

from greenlab.record import Figure, Intensity, worst
from greenlab.units import J_PER_KWH


def emissions(energy_j: Figure, intensity: Intensity, pue: float = 1.0) -> Figure:
    """Grams of CO2e of some joules: energy times PUE times intensity.

    At best `modelled`, since a grid's figure is an average of a year. The interval is the
    energy's: it does not hold the intensity's own uncertainty.

    Args:
        energy_j: in joules; when missing, the grams are missing for the same reason.
        intensity: in gCO2e/kWh; when its value is missing, so are the grams.
        pue: power usage effectiveness, what the building draws over what its computers draw.

    Raises:
        ValueError: the PUE is below 1.
    """
    if not pue >= 1:
        raise ValueError(f"a PUE is at least 1, got {pue}")
    if energy_j.value is None:
        return Figure.missing(energy_j.reason or "the energy is not known", energy_j.lacks)
    if intensity.value is None:
        return Figure.missing(intensity.reason or f"no grid figure for {intensity.zone_name}")
    grams = energy_j.scaled(intensity.value * pue / J_PER_KWH)
    return grams.at_best(worst(("modelled", intensity.tier)))
