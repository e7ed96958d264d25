"""Where joules come from: one source per file, best first in `SENSORS`.

A new sensor is a file with a function `find(host) -> Found`, and its name in the tuple.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from greenlab.sensors import (
    amd_gpu,
    apple,
    cpu_model,
    grace,
    intel_gpu,
    jetson,
    nvml,
    perf,
    ram_model,
    rapl,
)
from greenlab.sensors.base import Counter, CounterError, Found, Model, Sensor, Source, parts
from greenlab.sensors.host import Host

if TYPE_CHECKING:
    from greenlab.record import SensorStatus
    from greenlab.record.cell import ComponentKind

__all__ = [
    "SENSORS",
    "Counter",
    "CounterError",
    "Found",
    "Host",
    "Model",
    "Source",
    "discover",
]

SENSORS: Final[tuple[tuple[str, Sensor], ...]] = (
    ("rapl", rapl.find),
    ("perf", perf.find),
    ("apple", apple.find),
    ("grace", grace.find),
    ("nvml", nvml.find),
    ("amdsmi", amd_gpu.find),
    ("intel-gpu", intel_gpu.find),
    ("jetson", jetson.find),
    ("cpu-model", cpu_model.find),
    ("ram-model", ram_model.find),
)
_KINDS: Final[dict[str, ComponentKind]] = {
    "nvml": "gpu",
    "amdsmi": "gpu",
    "intel-gpu": "gpu",
    "ram-model": "ram",
}


def discover(host: Host) -> tuple[tuple[SensorStatus, ...], tuple[Source, ...]]:
    """What this machine has: one status per sensor and kind, and the sources to use.

    The first sensor of a part is used; later ones that hold it too stand back. A sensor
    that fails in a way it did not foresee is reported as absent and spoils no other.
    """
    statuses: list[SensorStatus] = []
    sources: list[Source] = []
    taken: set[str] = set()
    for name, find in SENSORS:
        try:
            found = find(host)
        except Exception as error:  # noqa: BLE001 one bad sensor must not cost the others
            found = _failed(name, error)
        ours = [source for source in found.sources if not parts(source) & taken]
        covered = {part for source in ours for part in (source.kind, *parts(source))}
        statuses += [
            replace(status, used=status.used and status.kind in covered)
            for status in found.statuses
        ]
        sources += ours
        taken |= {part for source in ours for part in parts(source)}
    return tuple(statuses), tuple(sources)


def _failed(name: str, error: Exception) -> Found:
    from greenlab.record import SensorStatus

    kind = _KINDS.get(name, "cpu")
    reason = f"looking for it failed: {type(error).__name__}: {error}"
    return Found((SensorStatus(name, kind, False, False, "missing", "nothing", reason),))
