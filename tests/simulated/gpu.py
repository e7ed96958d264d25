"""A fake of the module `pynvml`, serving GPUs whose true energy is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tests.simulated.traces import Trace


@dataclass
class Instance:
    """A part of a GPU that is split (MIG)."""

    uuid: str
    slices: int | None


@dataclass
class Gpu:
    """Its energy counter moves every `period_s`; `users`: CPU process id to SM share, `ended`:
    the same of processes that do not run any more, which worked last at `ended_at` (wall clock).

    `memory_used`: from 0 to 1. `instances`: it is split, with these at the first places; `None`: it is not. `seen_s`: it
    looks at its power for so long of each period, at the end of it; `None`: all the time.
    """

    trace: Trace
    name: str = "NVIDIA Test GPU"
    uuid: str = "GPU-0000"
    period_s: float = 0.1
    limit_w: float = 400.0
    memory_used: float = 0.0
    users: dict[int, int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)
    ended_at: float = math.inf
    jitter: float = 0.0
    has_energy: bool = True
    has_power: bool = True
    lost: bool = False
    answers_in_s: float = 0.0
    shows_processes: bool = True
    energy_offset_j: float = 0.0
    instances: list[Instance] | None = None
    seen_s: float | None = None
    _taken: dict[int, float] = field(default_factory=dict)

    def shown_j(self, t: float) -> float:
        """What the counter shows at t. With `seen_s` it takes the mean power of that long at the
        end of each period for the whole of it.
        """
        at = self.updated(t)
        if self.seen_s is None:
            return self.trace.joules(at)
        last = round(at / self.period_s)
        if not self._taken:
            self._taken[last] = self.trace.joules(at)
        for k in range(max(self._taken) + 1, last + 1):
            end = k * self.period_s
            mean_w = self.energy_j(end - self.seen_s, end) / self.seen_s
            self._taken[k] = self._taken[k - 1] + mean_w * self.period_s
        return self._taken[last]

    def updated(self, t: float) -> float:
        """When the counter moved last before t: every period, early or late by `jitter`."""
        k = math.floor(t / self.period_s) + 1
        while (at := (k + self.jitter * math.sin(k * 12.9898)) * self.period_s) > t:
            k -= 1
        return at

    def energy_j(self, begun: float, ended: float) -> float:
        return self.trace.joules(ended) - self.trace.joules(begun)


class NVMLError(Exception):
    def __init__(self, value: int) -> None:
        self.value = value
        super().__init__(
            {
                3: "Not Supported",
                4: "Insufficient Permissions",
                6: "Not Found",
                9: "Driver Not Loaded",
                15: "GPU is lost",
            }.get(value, "Unknown Error")
        )


class FakeNvml:
    NVMLError = NVMLError
    NVML_ERROR_NOT_SUPPORTED = 3
    NVML_ERROR_GPU_IS_LOST = 15
    NVML_GPU_UTILIZATION_SAMPLES = 1
    NVML_DEVICE_MIG_ENABLE = 1
    SLICES = 7

    def __init__(self, gpus: Sequence[Gpu], now: Callable[[], float], pid: int) -> None:
        self._gpus, self._now, self.pid = gpus, now, pid
        self.starts = True
        self.pass_time: Callable[[float], None] = lambda seconds: None

    def nvmlInit(self) -> None:
        if not self.starts:
            raise NVMLError(9)

    def nvmlDeviceGetCount(self) -> int:
        return len(self._gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Gpu:
        return self._gpus[index]

    def nvmlDeviceGetName(self, gpu: Gpu) -> str:
        return gpu.name

    def nvmlDeviceGetUUID(self, gpu: Gpu | Instance) -> str:
        return gpu.uuid

    def nvmlDeviceGetMigMode(self, gpu: Gpu) -> list[int]:
        if gpu.instances is None:
            raise NVMLError(3)
        return [1, 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, gpu: Gpu) -> int:
        return 0 if gpu.instances is None else self.SLICES

    def nvmlDeviceGetMigDeviceHandleByIndex(self, gpu: Gpu, index: int) -> Instance:
        if index >= len(gpu.instances or ()):
            raise NVMLError(6)
        return (gpu.instances or [])[index]

    def nvmlDeviceGetAttributes(self, instance: Instance) -> Any:
        if instance.slices is None:
            raise NVMLError(4)
        return SimpleNamespace(computeInstanceSliceCount=instance.slices)

    def nvmlDeviceGetPowerManagementLimitConstraints(self, gpu: Gpu) -> list[int]:
        return [100_000, int(gpu.limit_w * 1000)]

    def nvmlDeviceGetEnforcedPowerLimit(self, gpu: Gpu) -> int:
        if gpu.lost:
            raise NVMLError(15)
        return int(gpu.limit_w * 1000)

    def nvmlDeviceGetMemoryInfo(self, gpu: Gpu) -> Any:
        if gpu.lost:
            raise NVMLError(15)
        total = 80 * 2**30
        return SimpleNamespace(total=total, used=int(gpu.memory_used * total))

    def nvmlDeviceGetTotalEnergyConsumption(self, gpu: Gpu) -> int:
        if gpu.lost:
            raise NVMLError(15)
        if not gpu.has_energy:
            raise NVMLError(3)
        shown = gpu.shown_j(self._now()) + gpu.energy_offset_j
        self.pass_time(gpu.answers_in_s)
        return int(shown * 1000)

    def nvmlDeviceGetPowerUsage(self, gpu: Gpu) -> int:
        if gpu.lost:
            raise NVMLError(15)
        if not gpu.has_power:
            raise NVMLError(3)
        now = self._now()
        return int(gpu.energy_j(now - 0.1, now) / 0.1 * 1000)

    def nvmlDeviceGetComputeRunningProcesses(self, gpu: Gpu) -> list[Any]:
        if gpu.lost:
            raise NVMLError(15)
        if not gpu.shows_processes:
            raise NVMLError(4)
        return [SimpleNamespace(pid=pid) for pid in gpu.users]

    def nvmlDeviceGetProcessUtilization(self, gpu: Gpu, since: int) -> list[Any]:
        if gpu.instances is not None:
            raise NVMLError(3)
        ended = gpu.ended if since <= gpu.ended_at * 1e6 else {}
        return [
            SimpleNamespace(pid=pid, smUtil=part) for pid, part in (ended | gpu.users).items()
        ]

    def nvmlDeviceGetSamples(self, gpu: Gpu, kind: int, since: int) -> tuple[int, list[Any]]:
        if gpu.instances is not None or kind != self.NVML_GPU_UTILIZATION_SAMPLES:
            raise NVMLError(3)
        return 1, [SimpleNamespace(sampleValue=SimpleNamespace(uiVal=sum(gpu.users.values())))]
