"""Apple's chips: the energy counters of processor, memory and GPU, without root.

They are read through the package zeus-apple-silicon, which is optional: cumulative mJ, a
field `None` where the chip reports nothing (some M1 hide the memory). Not counted: the neural
engine, and everything outside the chip. Who uses the GPU is not reported.
Source: the README of zeus-apple-silicon, AppleEnergyMetrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from greenlab.record import SensorStatus
from greenlab.sensors.base import CounterError, Found, GpuUse, Lacking, absent
from greenlab.sensors.hwmon_files import trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind
    from greenlab.sensors.base import Source

FIELDS: Final[dict[ComponentKind, tuple[str, ...]]] = {
    "cpu": ("cpu_total_mj",),
    "gpu": ("gpu_mj", "gpu_sram_mj"),
    "ram": ("dram_mj",),
}
"""The first must be there, the others are added where they are."""
NAMES: Final = {"cpu": "Apple processor", "gpu": "Apple GPU", "ram": "Apple memory"}
CAP_W: Final = 300.0
"""More than any part of an Apple chip draws: a whole Mac Studio takes 480 W at most."""
UPDATE_PERIOD_S: Final = 0.1
"""Assumed: how often the counters move is not documented."""
_INSTALL: Final = "pip install zeus-apple-silicon"


class AppleCounter:
    """One part of the chip."""

    source = "apple"
    tier: Tier = "measured"
    range_j: float | None = None
    step_j = 2e-3
    calibrate = False
    late = False
    poll_s: float | None = None
    cap_w = CAP_W

    def __init__(self, monitor: Any, kind: ComponentKind) -> None:
        self.kind, self.device = kind, NAMES[kind]
        self.parts = frozenset(("apple gpu" if kind == "gpu" else kind,))
        self.period_s = UPDATE_PERIOD_S
        self._monitor = monitor

    def read_j(self) -> float:
        """Joules since the machine started."""
        try:
            told = self._monitor.get_cumulative_energy()
        except Exception as error:  # noqa: BLE001 what the library raises is not documented
            raise CounterError(f"{self.device}: {error}") from None
        first, *others = (getattr(told, field, None) for field in FIELDS[self.kind])
        if first is None:
            raise CounterError(f"{self.device}: this chip does not report its energy")
        return float(first + sum(other or 0 for other in others)) * 1e-3

    def close(self) -> None:
        """Nothing is kept open."""


class AppleGpuCounter(AppleCounter):
    """The GPU, which does not say who uses it."""

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Nothing: processes on the GPU are not shown."""
        del pids, since
        return GpuUse(None, 0, None)


def find(host: Host) -> Found:
    """The counters of this Mac."""
    if not host.apple_silicon:
        return absent("apple", "cpu", "this is no Mac with a chip of Apple's")
    monitor = host.apple_energy()
    if monitor is None:
        return absent(
            "apple",
            "cpu",
            "the package that reads Apple's counters is not installed",
            _INSTALL,
            present=True,
        )
    statuses: list[SensorStatus] = []
    sources: list[Source] = []
    lacking: list[Lacking] = []
    for kind in FIELDS:
        counter = (AppleGpuCounter if kind == "gpu" else AppleCounter)(monitor, kind)
        reason = trouble(counter)
        readable = reason is None
        sources += [counter] if readable else []
        if kind == "gpu" and reason is not None:
            lacking.append(Lacking("gpu", counter.device, "apple", reason))
        statuses.append(
            SensorStatus(
                "apple",
                kind,
                readable,
                readable,
                "measured" if readable else "missing",
                f"counter, {counter.device}",
                reason,
            )
        )
    return Found(tuple(statuses), tuple(sources), tuple(lacking))
