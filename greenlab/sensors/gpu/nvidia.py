"""NVIDIA GPUs: the driver's total energy counter (Volta and later) through NVML.

The counter is in mJ and moves every 20-100 ms, so a short window settles after it ended.
`nvmlDeviceGetPowerUsage` is never multiplied by a cell's time: it is a mean over a second
on most GPUs. A100 and H100 look at their power for a quarter of the time, 25 ms of every 100
(Yang et al. 2023, arXiv:2312.02741): windows on them are wider by what that may hide.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final

from greenlab.interval import Interval
from greenlab.record import worst
from greenlab.sensors.base import (
    CounterError,
    Found,
    GpuState,
    GpuUse,
    Lacking,
    absent,
    present,
)
from greenlab.sensors.gpu import cuda_devices, mig, nvml_process_use
from greenlab.sensors.sampled_power import PowerGauge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

UPDATE_PERIOD_S: Final = 0.1
POWER_UPDATE_S: Final = 0.02
UNKNOWN_CAP_W: Final = 1000.0
BLIND_S: Final = 0.075
_PART_TIME: Final = r"\b(A30|A100|A800|H20|H100|H200|H800|GH200)\b"
"""Seen on A100 and H100; the others have the same chips. That the energy counter rests on the
same looks as the power that was examined is an assumption."""
_MORE_THAN_LIMIT: Final = 1.25
"""The board's limit governs averages; peaks of milliseconds exceed it."""


class NvmlCounter:
    """One GPU's energy, and who uses it."""

    kind: ComponentKind = "gpu"
    source = "nvml"
    tier: Tier = "measured"
    range_j: float | None = None
    step_j = 1e-3
    calibrate = False
    late = True
    poll_s: float | None = None
    doubtful = False
    """Whether CUDA's numbers may mean another GPU than this one."""

    def __init__(self, nvml: Any, handle: Any, device: str, *, contained: bool) -> None:
        self._nvml, self._handle, self._contained = nvml, handle, contained
        self.device = self.covers = device
        self.blind_s = BLIND_S if re.search(_PART_TIME, device) else 0.0
        self.period_s = UPDATE_PERIOD_S
        self.cap_w = _cap_w(nvml, handle)

    def read_j(self) -> float:
        """Joules since the driver was loaded."""
        try:
            return float(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)) * 1e-3
        except self._nvml.NVMLError as error:
            raise CounterError(f"{self.device}: {_words(self._nvml, error)}") from None

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Who has used the GPU since a wall-clock time, as far as the driver shows it."""
        found = nvml_process_use.use(
            self._nvml, self._handle, pids, since, contained=self._contained
        )
        share = found.share
        if self.doubtful and share is not None and not found.holders and not share.high:
            # It may be set aside for this kernel, or for nobody.
            unsure = Interval(0.0, 0.5, 1.0)
            return GpuUse(share, 0, found.busy, unsure, cuda_devices.ORDER)
        return found

    def state(self) -> GpuState:
        """Its power limit and how full its memory is, now."""
        nvml, handle = self._nvml, self._handle
        limit_w = memory_share = None
        with contextlib.suppress(nvml.NVMLError):
            limit_w = float(nvml.nvmlDeviceGetEnforcedPowerLimit(handle)) * 1e-3
        with contextlib.suppress(nvml.NVMLError):
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
            memory_share = memory.used / memory.total
        return GpuState(limit_w, memory_share)

    def close(self) -> None:
        """Nothing is kept open for one GPU; the library stays initialised for others."""


class NvmlSlices(NvmlCounter):
    """A GPU that is split into instances: its counter is all of theirs, see mig.py."""

    tier: Tier = "modelled"

    def __init__(self, nvml: Any, handle: Any, device: str, slices: mig.Slices) -> None:
        super().__init__(nvml, handle, f"{device}, {slices.text}", contained=False)
        self.covers = f"model, {self.device}"
        self.fixed = slices.use()

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """The part that the slices are of the whole, with all that may be."""
        del pids, since
        return self.fixed

    def state(self) -> GpuState:
        """Unknown: limit and memory are those of the whole GPU."""
        return GpuState(None, None)


class NvmlPower(PowerGauge, NvmlCounter):
    """A GPU before Volta: its power, sampled and added up (see gauge.py).

    Its power is right to 5 % (NVIDIA's NVML reference, of Fermi and Kepler). The driver makes
    it every 20 ms (Lang and Rünger 2013), on some of these GPUs every 100 ms.
    """

    accuracy = 0.05

    def __init__(self, host: Host, nvml: Any, handle: Any, device: str) -> None:
        NvmlCounter.__init__(self, nvml, handle, device, contained=host.contained())
        PowerGauge.__init__(self, host, POWER_UPDATE_S, 2 * UPDATE_PERIOD_S)
        self.covers = f"model, {device} (its power)"

    def power_w(self) -> float:
        """Watts now."""
        try:
            return float(self._nvml.nvmlDeviceGetPowerUsage(self._handle)) * 1e-3
        except self._nvml.NVMLError as error:
            raise CounterError(f"{self.device}: {_words(self._nvml, error)}") from None


def find(host: Host) -> Found:
    """The GPUs that this kernel may use, by `CUDA_VISIBLE_DEVICES`."""
    nvml = host.nvml()
    if nvml is None:
        return _absent("no NVIDIA driver is installed", None, here=False)
    try:
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError as error:
        return _silent(host, f"NVIDIA's driver does not answer: {_words(nvml, error)}")
    handles, lost, doubtful = cuda_devices.chosen(nvml, count, host)
    if not handles and not lost and not doubtful:
        hidden = "CUDA_VISIBLE_DEVICES hides every GPU"
        return _absent(hidden if count else "no GPU", None, here=False)
    blind = [f"the instance {lost} is on no GPU that can be seen from here"] if lost else []
    blind += [cuda_devices.ORDER] if doubtful else []
    return _readable_of(host, nvml, handles, blind, doubtful=doubtful)


def _silent(host: Host, reason: str) -> Found:
    """A driver that does not answer; a GPU that is plugged in is lacking then."""
    fix = "run nvidia-smi; if it fails too, reload or reinstall the driver"
    lacking = (Lacking("gpu", "GPU", "nvml", reason),) if _on_the_bus(host) else ()
    return Found(_absent(reason, fix).statuses, lacking=lacking)


def _readable_of(
    host: Host, nvml: Any, handles: Any, blind: list[str], *, doubtful: bool
) -> Found:
    """What counts the chosen GPUs; `blind`: what is known not to be seen."""
    counters: list[NvmlCounter] = []
    lacking: list[Lacking] = []
    for index, handle in handles:
        counter, why = _counter(host, nvml, index, handle, doubtful=doubtful)
        counters += [counter] if counter is not None else []
        blind += [why] if why else []
        if counter is None and why:
            lacking.append(Lacking("gpu", _device(nvml, index, handle), "nvml", why))
    status = present(
        "nvml",
        "gpu",
        ", ".join(counter.covers for counter in counters) or "counter",
        blind,
        cuda_devices.FIX if doubtful else None,
        readable=bool(counters),
        tier=worst(counter.tier for counter in counters),
    )
    return Found((status,), tuple(counters), tuple(lacking))


def _on_the_bus(host: Host) -> bool:
    """Whether an NVIDIA GPU is plugged in: its library may be installed without one."""
    devices = "/sys/bus/pci/devices"
    return any(
        host.read_text(f"{devices}/{one}/vendor") == "0x10de"
        and (host.read_text(f"{devices}/{one}/class") or "").startswith("0x03")
        for one in (host.listdir(devices) if host.linux else ())
    )


def _counter(
    host: Host, nvml: Any, index: int, handle: Any, *, doubtful: bool
) -> tuple[NvmlCounter | None, str | None]:
    """What counts one GPU, and why it does not count, if so."""
    device = _device(nvml, index, handle)
    slices = mig.slices(nvml, handle, host.visible_gpus())
    if slices is not None:
        part = NvmlSlices(nvml, handle, device, slices)
        # Readable or not: our part is never left unsaid.
        return part, None if _readable(part) else f"{part.device} does not report its energy"
    energy = NvmlCounter(nvml, handle, device, contained=host.contained())
    for counter in (energy, NvmlPower(host, nvml, handle, device)):
        if _readable(counter):
            counter.doubtful = doubtful
            return counter, None
    return None, f"{device} reports neither its energy nor its power"


def _device(nvml: Any, index: int, handle: Any) -> str:
    name = cuda_devices.name_of(nvml, handle)
    return f"GPU {index}, {name}" if name else f"GPU {index}"


def _readable(counter: NvmlCounter) -> bool:
    try:
        counter.read_j()
    except CounterError:
        return False
    return True


def _cap_w(nvml: Any, handle: Any) -> float:
    try:
        limit_mw = nvml.nvmlDeviceGetPowerManagementLimitConstraints(handle)[1]
        return float(limit_mw) * 1e-3 * _MORE_THAN_LIMIT
    except nvml.NVMLError:
        return UNKNOWN_CAP_W


def _words(nvml: Any, error: Any) -> str:
    code = getattr(error, "value", None)
    if code == getattr(nvml, "NVML_ERROR_GPU_IS_LOST", 15):
        return "the GPU is lost; it needs a reset or the machine a restart"
    return str(error)


def _absent(reason: str, fix: str | None, *, here: bool = True) -> Found:
    return absent("nvml", "gpu", reason, fix, present=here)
