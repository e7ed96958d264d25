"""Memory power where no counter reports it: so many watts per gigabyte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.host.machine import look
from greenlab.interval import Interval
from greenlab.record import SensorStatus
from greenlab.sensors.base import Found, Split

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

W_PER_GB: Final = Interval(0.02, 0.30, 1.0)
"""Watts per GB (10^9 bytes) of installed memory.

Memory counters of AWS servers (benchmarks/data/packages.csv) show 0.02-0.39 when idle,
0.04-0.49 with busy processors and up to 1.2 under a test that hammers memory; the middle is
their median when idle and with busy processors. Published constants lie close to it: 0.37
(Green Algorithms, from 4 GB modules at 1.49 W), 0.38 (Teads) and 0.39 (Cloud Carbon Footprint).
Below: 64 GB more in a desktop drew less than 1.5 W more at the wall (Green Algorithms' issue
14), 256 GB more in a server 13 W when idle (SPECpower ssj2008, HPE ML350 Gen12).
The modules' size and use cannot be seen without privileges: hence one wide interval."""


class RamModel:
    """How busy memory is cannot be seen: all of its power counts as idle power."""

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
