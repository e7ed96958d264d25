"""Intel's discrete GPUs: the card's energy through the hwmon of the drivers i915 and xe.

`energy1_input` is the card, in µJ; `energy2_input` the chip alone, taken where the card's is
not there. The register behind it is 32 bits of 2^-14 J and the driver notices one wrap
between two reads, so it must be read often. GPUs inside the processor have no such file:
their joules are in the processor package's. Who uses the GPU is not reported. A card that
sleeps is left asleep, as reading would wake it.
Source: Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon and -xe-hwmon of Linux.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from greenlab.sensors.base import CounterError, Found, GpuUse, Lacking, absent, present
from greenlab.sensors.hwmon_files import TextFile, ValueFile, allow, chips, trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

UPDATE_PERIOD_S: Final = 0.1
"""Safe until seen."""
UNKNOWN_CAP_W: Final = 600.0
_MORE_THAN_LIMIT: Final = 1.25
"""A limit governs averages; peaks of milliseconds exceed it."""


class IntelGpuCounter:
    """One card's energy."""

    kind: ComponentKind = "gpu"
    source = "intel-gpu"
    parts = frozenset(("intel gpu",))
    tier: Tier = "measured"
    range_j: float | None = 2.0**32 * 2.0**-14
    step_j = 2.0**-14
    calibrate = True
    late = False
    poll_s: float | None = None

    def __init__(self, host: Host, chip: str, path: str, device: str) -> None:
        self.device = device
        self.period_s = UPDATE_PERIOD_S
        self.cap_w = _cap_w(host, chip)
        self.file = ValueFile(host, path, device)
        self._power_state = TextFile(host, f"{chip}/device/power/runtime_status")

    def read_j(self) -> float:
        """Joules since the driver was loaded."""
        if self.asleep:
            raise CounterError(f"{self.device}: it sleeps, and reading would wake it")
        energy_uj = self.file.read()
        if energy_uj < 0:
            raise CounterError(f"{self.device}: the counter shows less than nothing")
        return energy_uj * 1e-6

    @property
    def asleep(self) -> bool:
        """Whether the driver has switched the card off for now."""
        return self._power_state.read() == "suspended"

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Nothing: the driver shows no other user's processes."""
        del pids, since
        return GpuUse(None, 0, None)

    def close(self) -> None:
        """Close the files."""
        self.file.close()
        self._power_state.close()


def _cap_w(host: Host, chip: str) -> float:
    limits = (
        host.read_text(f"{chip}/power{channel}_{what}") or ""
        for channel in (1, 2)
        for what in ("max", "rated_max", "crit")
    )
    highest = max((int(text) * 1e-6 for text in limits if text.isdigit()), default=0.0)
    return min(UNKNOWN_CAP_W, _MORE_THAN_LIMIT * highest) if highest else UNKNOWN_CAP_W


def find(host: Host) -> Found:
    """The cards whose drivers show an energy counter."""
    counters = _counters(host) if host.linux else []
    if not counters:
        return absent("intel-gpu", "gpu", "no Intel GPU shows an energy counter")
    awake = [one for one in counters if not one.asleep]
    bad = {one.file.path: reason for one in awake if (reason := trouble(one))}
    readable = len(bad) < len(counters)
    status = present(
        "intel-gpu",
        "gpu",
        "counter, " + ", ".join(one.device for one in counters),
        bad.values(),
        allow(list(bad)) if any("root only" in reason for reason in bad.values()) else None,
        readable=readable,
    )
    if readable:
        return Found((status,), tuple(counters))
    return Found(
        (status,),
        lacking=tuple(
            Lacking("gpu", one.device, one.source, bad[one.file.path]) for one in counters
        ),
    )


def _counters(host: Host) -> list[IntelGpuCounter]:
    counters: list[IntelGpuCounter] = []
    for chip in chips(host, "i915", "xe"):
        files = host.listdir(chip)
        name = next((f"energy{n}_input" for n in (1, 2) if f"energy{n}_input" in files), None)
        if name is not None:
            device = f"Intel GPU {len(counters)}"
            counters.append(IntelGpuCounter(host, chip, f"{chip}/{name}", device))
    return counters
