"""Records what NVML says of one GPU, as fast as it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Self

Samples = dict[str, list[tuple[float, float]]]


class Recorder:
    """Records in a thread while the `with` block runs.

    `samples`: by name, (seconds of the monotonic clock, value): `energy_j`, and `power_w` as
    `nvmlDeviceGetPowerUsage` tells it, `average_w` and `instant_w` from the fields of the same
    name. What the GPU does not report is not there.
    """

    def __init__(self, nvml: Any, handle: Any, pause_s: float = 0.001) -> None:
        self.samples: Samples = {}
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._reads = {
            name: read for name, read in readers(nvml, handle).items() if _answers(nvml, read)
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause_s):
            for name, read in self._reads.items():
                before = time.monotonic()
                value = read()
                at = (before + time.monotonic()) / 2
                self.samples.setdefault(name, []).append((at, value))


def readers(nvml: Any, handle: Any) -> dict[str, Callable[[], float]]:
    """What can be asked, in joules and watts."""

    def field(number: int) -> Callable[[], float]:
        def read() -> float:
            (value,) = nvml.nvmlDeviceGetFieldValues(handle, [number])
            if value.nvmlReturn != nvml.NVML_SUCCESS:
                raise nvml.NVMLError(value.nvmlReturn)
            return float(value.value.uiVal) * 1e-3

        return read

    return {
        "energy_j": lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle) * 1e-3,
        "power_w": lambda: nvml.nvmlDeviceGetPowerUsage(handle) * 1e-3,
        "average_w": field(nvml.NVML_FI_DEV_POWER_AVERAGE),
        "instant_w": field(nvml.NVML_FI_DEV_POWER_INSTANT),
    }


def _answers(nvml: Any, read: Callable[[], float]) -> bool:
    try:
        read()
    except nvml.NVMLError:
        return False
    return True


def thinned(samples: Samples) -> Samples:
    """Samples without those that only repeat the value before and after: for keeping."""
    return {
        name: [
            (round(at, 6), round(value, 6))
            for index, (at, value) in enumerate(trace)
            if index in (0, len(trace) - 1)
            or not trace[index - 1][1] == value == trace[index + 1][1]
        ]
        for name, trace in samples.items()
    }
