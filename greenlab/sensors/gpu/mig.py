"""NVIDIA GPUs that are split into instances (MIG), and which part of one is ours.

An instance has no energy of its own: NVML counts the whole GPU, and reports neither power nor a
process's use for an instance (NVIDIA's MIG user guide and NVML reference: these queries are not
supported on MIG devices). All that is known is how many of the GPU's slices an instance has.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from greenlab.interval import Interval
from greenlab.sensors.base import GpuUse

PREFIX: Final = "MIG-"
_UNKNOWN: Final = 0.5


class Slices(NamedTuple):
    """Slices of a GPU that are ours, of how many; `None`: that is not reported."""

    ours: int | None
    of: int

    @property
    def text(self) -> str:
        """`1/7 of it (MIG)`."""
        return f"{self.ours}/{self.of} of it (MIG)" if self.ours else "a part of it (MIG)"

    def use(self) -> GpuUse:
        """The part of the GPU's energy that is ours: at best that of the slices, when idle at
        least that, and of the work anything from nothing to all.
        """
        share = self.ours / self.of if self.ours else _UNKNOWN
        caveat = (
            "this GPU is split (MIG) and counts as a whole: its work may be this kernel's or "
            "another instance's"
        )
        idle_share = Interval(share if self.ours else 0.0, share, 1.0)
        return GpuUse(Interval(0.0, share, 1.0), 1, None, idle_share, caveat)


def slices(nvml: Any, gpu: Any, chosen: str | None) -> Slices | None:
    """Our part of a GPU by `CUDA_VISIBLE_DEVICES`; `None` if it is not split.

    Without an instance's name CUDA uses the first one.
    """
    try:
        if nvml.nvmlDeviceGetMigMode(gpu)[0] != nvml.NVML_DEVICE_MIG_ENABLE:
            return None
    except nvml.NVMLError:  # it cannot be split
        return None
    try:
        most = nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)
    except nvml.NVMLError:
        most = 0
    names = [name.strip() for name in (chosen or "").split(",")]
    found = instances(nvml, gpu)
    ours = [one for uuid, one in found if any(_named(uuid, name) for name in names)]
    if not any(name.startswith(PREFIX) for name in names):
        ours = [one for _, one in found[:1]]
    try:
        count = sum(nvml.nvmlDeviceGetAttributes(one).computeInstanceSliceCount for one in ours)
    except nvml.NVMLError:
        count = 0
    return Slices(count if 0 < count <= most else None, most)


def instances(nvml: Any, gpu: Any) -> list[tuple[str, Any]]:
    """UUID and handle of each instance of a GPU; none if it is not split or does not report."""
    found = []
    try:
        for index in range(nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)):
            try:
                one = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index)
            except nvml.NVMLError:  # no instance here
                continue
            uuid = nvml.nvmlDeviceGetUUID(one)
            found.append((uuid.decode() if isinstance(uuid, bytes) else str(uuid), one))
    except nvml.NVMLError:
        pass
    return found


def holds(nvml: Any, gpu: Any, name: str) -> bool:
    """Whether a name of `CUDA_VISIBLE_DEVICES` means an instance of this GPU."""
    return any(_named(uuid, name) for uuid, _ in instances(nvml, gpu))


def _named(uuid: str, name: str) -> bool:
    return name.startswith(PREFIX) and uuid.startswith(name)
