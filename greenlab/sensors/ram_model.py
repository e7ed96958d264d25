"""Memory power where no counter tells it: so many watts per gigabyte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.record import SensorStatus
from greenlab.sensors.base import Found, Interval, Split
from greenlab.sensors.machine import look

if TYPE_CHECKING:
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind
    from greenlab.sensors.host import Host

W_PER_GB: Final = Interval(0.15, 0.38, 0.80)
"""Watts per GB (10^9 bytes) of installed memory. 0.38 is Teads' and Cloud Carbon
Footprint's constant; published constants differ fivefold, hence the interval."""


class RamModel:
    """Memory draws nearly the same idle or busy: all of it counts as draw at rest."""

    kind: ComponentKind = "ram"
    source = "ram-model"
    device = "memory"
    tier: Tier = "assumed"
    level = 0.9
    caveat: str | None = None

    def __init__(self, memory_gb: float) -> None:
        self.power_w = W_PER_GB.times(memory_gb)

    def splits(self, busy_s: float, span_s: float, cpus: int) -> tuple[Split, ...]:
        """Energy of a window in joules: best, least, most. The load does not matter."""
        del busy_s, cpus
        low, mid, high = self.power_w.times(span_s)
        return Split(0.0, mid), Split(0.0, low), Split(0.0, high)


def find(host: Host) -> Found:
    """A model of all memory that can be seen here."""
    memory_gb = look(host).memory_bytes / 1e9
    if memory_gb <= 0:
        reason = "the size of the memory cannot be read"
        status = SensorStatus("ram-model", "ram", False, False, "missing", "model", reason)
        return Found((status,))
    status = SensorStatus(
        "ram-model", "ram", True, True, "assumed", f"model, {memory_gb:.0f} GB of memory"
    )
    return Found((status,), (RamModel(memory_gb),))
