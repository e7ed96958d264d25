"""Who uses an NVIDIA GPU, as far as its driver shows it.

Alone on it: all of it. Beside others: by the time of its multiprocessors. Work of a process
that has ended and is not known may be a child's: the share then reaches from without it to
with it. Containers are shown no processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from greenlab.interval import Interval
from greenlab.sensors.base import GpuUse

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHARE_DOUBT: Final = 0.25
"""Time on the GPU is not energy: the half-width given to a share of several users."""


def use(
    nvml: Any, handle: Any, pids: Sequence[int], since: float, *, contained: bool
) -> GpuUse:
    """The part of its work since a wall-clock time that is that of some processes."""
    try:
        running = {p.pid for p in nvml.nvmlDeviceGetComputeRunningProcesses(handle)}
    except nvml.NVMLError:
        return GpuUse(None, 0, _busy(nvml, handle, since))
    sampled: dict[int, int] = {}
    try:
        for sample in nvml.nvmlDeviceGetProcessUtilization(handle, int(since * 1e6)):
            sampled[sample.pid] = sampled.get(sample.pid, 0) + sample.smUtil
    except nvml.NVMLError:  # not on this GPU, or no work since
        sampled = {}
    ours = set(pids)
    busy = _busy(nvml, handle, since)
    if not (running | set(sampled)) & ours and contained:
        return GpuUse(None, len(running), busy)
    return GpuUse(_share(ours, running, sampled, busy), len(running), busy)


def _busy(nvml: Any, handle: Any, since: float) -> float | None:
    """Mean utilisation since a wall-clock time, 0 to 1, from the driver's samples."""
    try:
        _, samples = nvml.nvmlDeviceGetSamples(
            handle, nvml.NVML_GPU_UTILIZATION_SAMPLES, int(since * 1e6)
        )
    except nvml.NVMLError:
        return None
    values = [sample.sampleValue.uiVal for sample in samples]
    return sum(values) / len(values) / 100.0 if values else None


def _share(
    ours: set[int], running: set[int], sampled: dict[int, int], busy: float | None
) -> Interval:
    """The part of a GPU's work that is ours, from who runs and whose work was sampled."""
    total = sum(sampled.values())
    if not total:
        if running and running <= ours:
            return Interval(1.0, 1.0, 1.0)
        if running & ours or busy:
            return Interval(0.0, 0.5, 1.0)
        return Interval(0.0, 0.0, 0.0)
    known = sum(time for pid, time in sampled.items() if pid in ours) / total
    ended = sum(t for pid, t in sampled.items() if pid not in ours | running) / total
    if known + ended in (0.0, 1.0) and not ended:
        return Interval(known, known, known)
    return Interval(
        max(0.0, known - _SHARE_DOUBT),
        known + ended,
        min(1.0, known + ended + _SHARE_DOUBT),
    )
