"""What the meter says of one window: the part of a record that is physics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from greenlab.record import Component, Figure
from greenlab.sensors.base import Interval

_NOTHING: Final = Interval(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Energies in joules, times in seconds; the fields mean what they mean in a record.

    `started_at`: wall-clock start, seconds since the epoch. `settled`: false while a slow
    counter may still move the figures. `background_s`: the part of `cpu_s` that threads used
    which lived before the window: surely, and at most. It is in the energies. `busy_s`: CPU
    seconds of the whole machine, which has `cpus`.
    """

    started_at: float
    duration_s: float
    components: tuple[Component, ...]
    energy_j: Figure
    host_energy_j: Figure
    cpu_s: float | None
    gpu_busy: float | None
    settled: bool = True
    background_s: Interval = _NOTHING
    busy_s: Interval = _NOTHING
    cpus: int = 0
