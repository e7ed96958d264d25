"""NVIDIA Jetson: power of the supply rails through its INA3221 monitors, added up.

Rails are known by their labels, which name what they feed: the processor's, the GPU's and
the memory's are taken. Never the board's inlet (VDD_IN, VIN_SYS_5V0), which contains them.
Where processor and GPU share one rail (Orin NX and Nano) it is one figure of both, and whose
work it was cannot be known. A rail named after SOC or CV feeds those parts of the chip too.
Source: Documentation/hwmon/ina3221.rst of Linux; the Jetson Linux Developer Guide, Platform
Power and Performance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.sensors.base import Found, GpuUse, Lacking, absent, joined, present
from greenlab.sensors.hwmon_files import ValueFile, allow, chips, seconds, trouble
from greenlab.sensors.sampled_power import LONGEST_S, PowerGauge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.record.cell import ComponentKind


class Rail(NamedTuple):
    """What a rail feeds; parts as in `greenlab.sensors.base.parts`."""

    kind: ComponentKind
    parts: frozenset[str]


_CPU: Final = Rail("cpu", frozenset(("cpu",)))
_GPU: Final = Rail("gpu", frozenset(("gpu",)))
_RAM: Final = Rail("ram", frozenset(("ram",)))
RAILS: Final = {
    "CPU": _CPU, "VDD_CPU": _CPU, "VDD_CPU_CV": _CPU, "VDD_SYS_CPU": _CPU, "POM_5V_CPU": _CPU,
    "VDD_CPU_SOC_MSS": _CPU,
    "GPU": _GPU, "VDD_GPU": _GPU, "VDD_GPU_SOC": _GPU, "VDD_SYS_GPU": _GPU, "POM_5V_GPU": _GPU,
    "VDDRQ": _RAM, "VDD_SYS_DDR": _RAM, "VDDQ_VDD2_1V8AO": _RAM,
    "VDD_CPU_GPU_CV": Rail("cpu", frozenset(("cpu", "gpu"))),
}  # fmt: skip
CAP_W: Final = 60.0
"""More than one rail of a Jetson up to AGX Orin draws (the whole module: 60 W)."""
THOR_CAP_W: Final = 150.0
UPDATE_S: Final = 0.1
"""Where the monitor does not report its `update_interval`: assumed."""


class RailGauge(PowerGauge):
    """One rail: voltage times current."""

    source = "jetson"
    shortest_poll_s = 0.05  # a slow bus, two readings for each rail

    def __init__(self, host: Host, chip: str, channel: int, label: str, cap_w: float) -> None:
        told_s = seconds(host, f"{chip}/update_interval")
        super().__init__(host, told_s or UPDATE_S, None if told_s else LONGEST_S)
        self.kind, self.parts = RAILS[label]
        self.device, self.cap_w = f"rail {label}", cap_w
        self.voltage_mv = ValueFile(host, f"{chip}/in{channel}_input", self.device)
        self.current_ma = ValueFile(host, f"{chip}/curr{channel}_input", self.device)

    def power_w(self) -> float:
        """Watts now. An idle rail may read a little below nothing."""
        return max(0.0, self.voltage_mv.read() * self.current_ma.read() * 1e-6)

    def close(self) -> None:
        """Close the files."""
        self.voltage_mv.close()
        self.current_ma.close()


class GpuRailGauge(RailGauge):
    """A rail that feeds the GPU, alone or too."""

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Nothing: the processes on the GPU are not shown."""
        del pids, since
        return GpuUse(None, 0, None)


def _rails(host: Host, board: str) -> list[RailGauge]:
    cap_w = THOR_CAP_W if "Thor" in board else CAP_W
    found = []
    for chip in chips(host, "ina3221"):
        for channel in (1, 2, 3):
            label = host.read_text(f"{chip}/in{channel}_label") or ""
            if label in RAILS:
                kind = GpuRailGauge if "gpu" in RAILS[label].parts else RailGauge
                found.append(kind(host, chip, channel, label, cap_w))
    return found


def find(host: Host) -> Found:
    """The rails of this board, if it is a Jetson."""
    board = (host.read_text("/proc/device-tree/model") or "") if host.linux else ""
    if "Jetson" not in board:
        return absent("jetson", "cpu", "this is no NVIDIA Jetson")
    rails = _rails(host, board)
    if not rails:
        return absent(
            "jetson",
            "cpu",
            "no power monitor of its rails is shown (JetPack 5 or newer has them)",
            present=True,
        )
    kinds: tuple[ComponentKind, ...] = ("cpu", "gpu", "ram")
    ours = ((kind, [rail for rail in rails if kind in rail.parts]) for kind in kinds)
    return joined(_of_kind(kind, rails) for kind, rails in ours if rails)


def _of_kind(kind: ComponentKind, rails: list[RailGauge]) -> Found:
    """The rails that hold a kind of part; one may hold several."""
    bad = {rail: reason for rail in rails if (reason := trouble(rail))}
    readable = len(bad) < len(rails)
    denied = [rail.current_ma.path for rail, reason in bad.items() if "root only" in reason]
    status = present(
        "jetson",
        kind,
        "sampled power, " + ", ".join(rail.device for rail in rails),
        bad.values(),
        allow(denied) if denied else None,
        readable=readable,
        tier="modelled",
    )
    if readable:
        return Found((status,), tuple(rails))
    lacking = [Lacking("gpu", rail.device, "jetson", bad[rail]) for rail in rails]
    return Found((status,), lacking=tuple(lacking) if kind == "gpu" else ())
