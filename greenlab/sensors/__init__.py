"""Where joules come from: one source per file, best first in `SENSORS`.

A new sensor is a file with a function `find(host) -> Found`, and its name in the tuple.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.host.host import Host
from greenlab.sensors import apple, grace, jetson, perf, rapl
from greenlab.sensors.base import (
    Counter,
    CounterError,
    Found,
    Lacking,
    PowerModel,
    Sensor,
    Source,
    parts,
)
from greenlab.sensors.gpu import amd, intel, nvidia
from greenlab.sensors.models import cpu, ram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.record import SensorStatus
    from greenlab.record.cell import ComponentKind

__all__ = [
    "SENSORS",
    "Counter",
    "CounterError",
    "Found",
    "Host",
    "Lacking",
    "PowerModel",
    "Source",
    "discover",
    "look_for_all",
]

SENSORS: Final[tuple[tuple[str, Sensor], ...]] = (
    ("rapl", rapl.find),
    ("perf", perf.find),
    ("apple", apple.find),
    ("grace", grace.find),
    ("nvml", nvidia.find),
    ("amdsmi", amd.find),
    ("intel-gpu", intel.find),
    ("jetson", jetson.find),
    ("cpu-model", cpu.find),
    ("ram-model", ram.find),
)
_KINDS: Final[dict[str, ComponentKind]] = {
    "nvml": "gpu",
    "amdsmi": "gpu",
    "intel-gpu": "gpu",
    "ram-model": "ram",
}


class Discovered(NamedTuple):
    """What this machine has: one status per sensor and kind, the sources to use, and the parts
    that are here and have none.
    """

    statuses: tuple[SensorStatus, ...]
    sources: tuple[Source, ...]
    lacking: tuple[Lacking, ...]


def discover(host: Host) -> tuple[tuple[SensorStatus, ...], tuple[Source, ...]]:
    """One status per sensor and kind, and the sources to use: see `look_for_all`."""
    found = look_for_all(host)
    return found.statuses, found.sources


def look_for_all(host: Host) -> Discovered:
    """Every sensor of this machine.

    The first sensor of a part is used; later ones that hold it too stand back. A sensor
    that fails in a way it did not foresee is reported as absent and spoils no other.
    """
    statuses: list[SensorStatus] = []
    sources: list[Source] = []
    blind: list[Lacking] = []
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
        blind += found.lacking
        taken |= {part for source in ours for part in parts(source)}
    return Discovered(tuple(statuses), tuple(sources), (*lacking(statuses, sources), *blind))


_NAMES: Final[dict[ComponentKind, str]] = {"cpu": "CPU", "ram": "memory"}


def lacking(statuses: Sequence[SensorStatus], sources: Sequence[Source]) -> tuple[Lacking, ...]:
    """Which of CPU and memory, which every machine has, no source reports, and why."""
    taken = {part for source in sources for part in parts(source)}
    # The model of a part is asked last and knows why there is none.
    reasons = {status.kind: status.reason for status in statuses if status.reason}
    return tuple(
        Lacking(kind, name, "none", reasons.get(kind) or "no sensor reports it")
        for kind, name in _NAMES.items()
        if kind not in taken
    )


def _failed(name: str, error: Exception) -> Found:
    from greenlab.record import SensorStatus

    kind = _KINDS.get(name, "cpu")
    reason = f"looking for it failed: {type(error).__name__}: {error}"
    status = SensorStatus(name, kind, False, False, "missing", "nothing", reason)
    # Sensors of GPUs look for the hardware first: there is one that nothing reports.
    blind = (Lacking("gpu", "GPU", name, reason),) if kind == "gpu" else ()
    return Found((status,), lacking=blind)
