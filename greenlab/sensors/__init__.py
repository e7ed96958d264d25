"""Where joules come from: one source per file, best first in `SENSORS`.

A new sensor is a file with a function `find(host) -> Found`, and its name in the tuple.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from greenlab.sensors import cpu_model, nvml, ram_model, rapl
from greenlab.sensors.base import Counter, CounterError, Found, Model, Sensor, Source
from greenlab.sensors.host import SYSROOT, Host

if TYPE_CHECKING:
    from greenlab.record import SensorStatus

__all__ = [
    "SENSORS",
    "SYSROOT",
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
    ("nvml", nvml.find),
    ("cpu-model", cpu_model.find),
    ("ram-model", ram_model.find),
)


def discover(host: Host) -> tuple[tuple[SensorStatus, ...], tuple[Source, ...]]:
    """What this machine has: one status per sensor and kind, and the sources to use.

    The first sensor of a kind is used; later ones of that kind stand back. A sensor that
    fails in a way it did not foresee is reported as absent and spoils no other.
    """
    statuses: list[SensorStatus] = []
    sources: list[Source] = []
    taken: set[str] = set()
    for name, find in SENSORS:
        try:
            found = find(host)
        except Exception as error:  # noqa: BLE001 one bad sensor must not cost the others
            found = _failed(name, error)
        sources += [source for source in found.sources if source.kind not in taken]
        for status in found.statuses:
            used = status.used and status.kind not in taken
            statuses.append(replace(status, used=used))
        taken |= {source.kind for source in found.sources}
    return tuple(statuses), tuple(sources)


def _failed(name: str, error: Exception) -> Found:
    from greenlab.record import SensorStatus

    kind = {"nvml": "gpu", "ram-model": "ram"}.get(name, "cpu")
    reason = f"looking for it failed: {type(error).__name__}: {error}"
    return Found((SensorStatus(name, kind, False, False, "missing", "nothing", reason),))  # type: ignore[arg-type]
