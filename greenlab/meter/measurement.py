"""What the meter says of one window: the part of a record that is physics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from greenlab.interval import Interval
from greenlab.lazy_dataclasses import dataclass
from greenlab.meter.attribution.leftover_threads import ThreadUse
from greenlab.meter.counter_reader import Tracker
from greenlab.meter.timeline import EnergyTimeline
from greenlab.record import Component, Figure

_NOTHING = Interval(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Energies in joules, times in seconds; the fields mean what they mean in a record.

    `started_at`: wall-clock start, seconds since the epoch. `settled`: false while a slow
    counter may still move the figures. `threads`: what of `cpu_s` Python threads used that
    lived before the window; `None` where the system does not report. It is in the energies.
    `busy_s`: CPU seconds of the whole machine, which has `cpus`. `counted`: the components
    that come from counters, by counter. `timeline`: when the energy was used.
    """

    started_at: float
    duration_s: float
    components: tuple[Component, ...]
    energy_j: Figure
    host_energy_j: Figure
    cpu_s: float | None
    gpu_busy: float | None
    settled: bool = True
    threads: ThreadUse | None = None
    busy_s: Interval = _NOTHING
    cpus: int = 0
    counted: Mapping[Tracker, Component] = field(default_factory=dict, repr=False)
    timeline: EnergyTimeline | None = field(default=None, repr=False, compare=False)
