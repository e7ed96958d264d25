"""Grams from joules."""

from __future__ import annotations

import os
from typing import Final

from greenlab.record import Figure, Intensity, worst
from greenlab.units import J_PER_KWH

PUE_VARIABLE: Final = "GREENLAB_PUE"


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


def read_pue() -> tuple[float, str | None]:
    """The PUE in `GREENLAB_PUE`, and a warning if what stands there cannot be one.

    1.0 when the variable is not set or not a number from 1 to 10.
    """
    text = os.environ.get(PUE_VARIABLE, "").strip()
    if not text:
        return 1.0, None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if 1 <= value <= 10:
        return value, None
    return 1.0, (
        f"{PUE_VARIABLE} is {text!r}, but a PUE is a number from 1 to 10, such as 1.2; "
        "1.0 is used until it is mended"
    )
