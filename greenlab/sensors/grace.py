"""NVIDIA Grace: the socket's power through the ACPI power meter, added up.

"Grace Power Socket N" is the whole of a Grace socket with its memory; it is the only meter
taken. "CPU Power" and "SysIO Power" are inside it, "Module Power" contains it and, on Grace
Hopper, the GPU, which NVIDIA's own counter reports.
Source: NVIDIA Grace Performance Tuning Guide, Power Telemetry; Linux's acpi_power_meter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.record import SensorStatus
from greenlab.sensors.base import Found, absent, present
from greenlab.sensors.hwmon_files import HWMON, ValueFile, allow, seconds, trouble
from greenlab.sensors.sampled_power import LONGEST_S, PowerGauge

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record.cell import ComponentKind

CAP_W: Final = 500.0
"""More than one Grace with its memory draws: two of them are sold as 500 W."""
UPDATE_S: Final = 0.05
"""Where the meter does not report its interval: the shorter of the two that NVIDIA names."""
_WANTED: Final = "Grace Power Socket "


class GraceGauge(PowerGauge):
    """One socket: its processor and memory together."""

    kind: ComponentKind = "cpu"
    source = "grace"
    parts = frozenset(("cpu", "ram"))
    cap_w = CAP_W

    def __init__(self, host: Host, meter: str, device: str) -> None:
        told_s = seconds(host, f"{meter}/power1_average_interval")
        super().__init__(host, told_s or UPDATE_S, None if told_s else LONGEST_S)
        self.device = device
        self.file = ValueFile(host, f"{meter}/power1_average", device)

    def power_w(self) -> float:
        """Watts, a mean over the meter's interval (50 ms or 1 s)."""
        return max(0.0, self.file.read() * 1e-6)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def find(host: Host) -> Found:
    """The sockets that have a meter."""
    gauges = _gauges(host) if host.linux else []
    if not gauges:
        return absent("grace", "cpu", "no power meter of an NVIDIA Grace is shown")
    bad = {one.file.path: reason for one in gauges if (reason := trouble(one))}
    readable = len(bad) < len(gauges)
    status = present(
        "grace",
        "cpu",
        f"sampled power, {', '.join(one.device for one in gauges)}",
        bad.values(),
        allow(list(bad)) if any("root only" in reason for reason in bad.values()) else None,
        readable=readable,
        tier="modelled",
    )
    if not readable:
        return Found((status,))
    memory = SensorStatus(
        "grace", "ram", True, True, "modelled", "sampled power, in the processor's figure"
    )
    return Found((status, memory), tuple(gauges))


def _gauges(host: Host) -> list[GraceGauge]:
    gauges = []
    for entry in host.listdir(HWMON):
        meter = f"{HWMON}/{entry}/device"
        label = host.read_text(f"{meter}/power1_oem_info") or ""
        if label.startswith(_WANTED):
            device = f"Grace socket {label.removeprefix(_WANTED)}"
            gauges.append(GraceGauge(host, meter, device))
    return gauges
