"""AMD GPUs: the energy accumulator of the chip through AMD's library amdsmi.

Joules are the accumulator times its resolution, which the driver gives in µJ (15.259 µJ on
Instinct cards). The accumulator moves every millisecond or slower and is the socket's: the
whole card. The module `amdsmi` comes with ROCm; it is imported only where the driver `amdgpu`
drives a card with memory of its own. GPUs inside a processor have no accumulator: their
joules are in the processor package's. That of the MI300A holds processor and GPU together;
it is not used, as the processor's part is counted elsewhere.
Source: AMD SMI's documentation of amdsmi_get_energy_count and amdsmi_get_gpu_process_list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from greenlab.interval import Interval
from greenlab.sensors.base import CounterError, Found, GpuUse, Lacking, absent, present
from greenlab.sensors.hwmon_files import trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

DRM: Final = "/sys/class/drm"
OWN_MEMORY_BYTES: Final = 3 << 30
"""A GPU with less is taken for one inside a processor, which borrows the machine's."""
UPDATE_PERIOD_S: Final = 0.1
UNKNOWN_CAP_W: Final = 1500.0
_MORE_THAN_LIMIT: Final = 1.25
_INSTALL: Final = "pip install amdsmi, in the version of this machine's ROCm"


class AmdGpuCounter:
    """One GPU's energy, and who uses it."""

    kind: ComponentKind = "gpu"
    source = "amdsmi"
    parts = frozenset(("amd gpu",))
    tier: Tier = "measured"
    range_j: float | None = None
    calibrate = False
    late = True
    poll_s: float | None = None

    def __init__(self, smi: Any, handle: Any, device: str, *, contained: bool) -> None:
        self._smi, self._handle, self._contained = smi, handle, contained
        self.device = device
        self.period_s = UPDATE_PERIOD_S
        self.step_j = 1e-3
        self.cap_w = _cap_w(smi, handle)

    def read_j(self) -> float:
        """Joules since the driver was loaded."""
        try:
            told = self._smi.amdsmi_get_energy_count(self._handle)
            # Called "power" up to ROCm 5.
            count = told.get("energy_accumulator", told.get("power"))
            resolution_uj = float(told["counter_resolution"])
            energy_j = int(count) * resolution_uj * 1e-6
        except self._smi.AmdSmiException as error:
            raise CounterError(f"{self.device}: {error}") from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise CounterError(f"{self.device}: the driver reports no energy") from None
        if energy_j <= 0:
            raise CounterError(f"{self.device}: the driver shows an empty counter")
        self.step_j = max(1e-6, resolution_uj * 1e-6)
        return energy_j

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Who holds the GPU; how much each works on it is not reported.

        Alone on it: all of it. Beside others: anything from none to all.
        """
        del since
        try:
            listed = self._smi.amdsmi_get_gpu_process_list(self._handle)
            running = {int(process["pid"]) for process in listed}
        except (self._smi.AmdSmiException, KeyError, TypeError, ValueError):
            return GpuUse(None, 0, None)
        share: Interval | None
        if running & set(pids):
            alone = running <= set(pids)
            share = Interval(1.0, 1.0, 1.0) if alone else Interval(0.0, 0.5, 1.0)
        else:
            share = None if self._contained else Interval(0.0, 0.0, 0.0)
        return GpuUse(share, len(running), None)

    def close(self) -> None:
        """Nothing is kept open for one GPU; the library stays initialised for others."""


def cards(host: Host) -> int:
    """How many GPUs with memory of their own the driver amdgpu has. Takes microseconds."""
    count = 0
    for entry in host.listdir(DRM) if host.listdir("/sys/module/amdgpu") else ():
        if entry.startswith("card") and "-" not in entry:
            text = host.read_text(f"{DRM}/{entry}/device/mem_info_vram_total") or ""
            count += text.isdigit() and int(text) >= OWN_MEMORY_BYTES
    return count


def find(host: Host) -> Found:
    """The GPUs that this kernel may use, by ROCR_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES."""
    if not host.linux or not cards(host):
        return absent("amdsmi", "gpu", "no AMD GPU with memory of its own is seen")
    smi = host.amdsmi()
    if smi is None:
        return _unread("an AMD GPU is seen, its library amdsmi is not installed", _INSTALL)
    try:
        smi.amdsmi_init()
        handles = list(enumerate(smi.amdsmi_get_processor_handles()))
    except smi.AmdSmiException as error:
        return _unread(
            f"AMD's driver does not answer: {error}",
            "run amd-smi; if it fails too, reload or reinstall the driver",
        )
    for variable in ("ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"):
        handles = _visible(handles, host.variable(variable))
    if not handles:
        return absent(
            "amdsmi", "gpu", "ROCR_VISIBLE_DEVICES or HIP_VISIBLE_DEVICES hides every AMD GPU"
        )
    counters, lacking = _counters(smi, handles, contained=host.contained())
    status = present(
        "amdsmi",
        "gpu",
        ", ".join(counter.device for counter in counters) or "counter",
        [one.reason for one in lacking],
        readable=bool(counters),
    )
    return Found((status,), tuple(counters), tuple(lacking))


def _counters(
    smi: Any, handles: list[tuple[int, Any]], *, contained: bool
) -> tuple[list[AmdGpuCounter], list[Lacking]]:
    """Those that can be read, and why others cannot."""
    counters: list[AmdGpuCounter] = []
    lacking: list[Lacking] = []
    for index, handle in handles:
        name = _name(smi, handle)
        device = f"AMD GPU {index}, {name}" if name else f"AMD GPU {index}"
        counter = AmdGpuCounter(smi, handle, device, contained=contained)
        if "MI300A" in name:
            reason: str | None = f"{device}: its counter holds the processor too"
        else:
            reason = trouble(counter)
        if reason is None:
            counters.append(counter)
        else:
            lacking.append(Lacking("gpu", device, "amdsmi", reason))
    return counters, lacking


def _unread(reason: str, fix: str) -> Found:
    """Cards that are here, and of which nothing can be read."""
    found = absent("amdsmi", "gpu", reason, fix, present=True)
    return Found(found.statuses, lacking=(Lacking("gpu", "AMD GPU", "amdsmi", reason),))


def _visible(handles: list[tuple[int, Any]], chosen: str | None) -> list[tuple[int, Any]]:
    """Those named by index; the list ends at the first that names none."""
    if chosen is None:
        return handles
    picked: list[tuple[int, Any]] = []
    for name in (part.strip() for part in chosen.split(",")):
        if not name.isdigit() or int(name) >= len(handles):
            break
        picked.append(handles[int(name)])
    return picked


def _name(smi: Any, handle: Any) -> str:
    try:
        return str(smi.amdsmi_get_gpu_asic_info(handle)["market_name"])
    except (smi.AmdSmiException, AttributeError, KeyError, TypeError):
        return ""


def _cap_w(smi: Any, handle: Any) -> float:
    """More than the card can draw. The library gives limits in watts or µW, by version."""
    try:
        limit = float(smi.amdsmi_get_power_cap_info(handle)["max_power_cap"])
    except (smi.AmdSmiException, AttributeError, KeyError, TypeError, ValueError):
        return UNKNOWN_CAP_W
    watts = limit * 1e-6 if limit > 1e5 else limit
    return min(UNKNOWN_CAP_W, watts * _MORE_THAN_LIMIT) if watts > 0 else UNKNOWN_CAP_W
