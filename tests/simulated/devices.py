"""Simulated interfaces of hardware beyond powercap and NVML, added to a `Machine`.

Each serves a trace whose energy is known, in the form and units of the real thing, and each
has `faults` like those of a package: `denied`, `vanished`, `garbage`.
"""

from __future__ import annotations

import errno
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tests.simulated.machine import Faults, Machine
from tests.simulated.traces import Trace

RAPL_SCALE = 2.0**-32


def failing(faults: Faults) -> None:
    if faults.denied:
        raise OSError(errno.EACCES, "Permission denied")
    if faults.vanished:
        raise OSError(errno.ENODEV, "No such device")


@dataclass
class Value:
    """A file that gives a number computed when it is read."""

    give: Any
    faults: Faults = field(default_factory=Faults)

    def __call__(self) -> bytes:
        failing(self.faults)
        return self.faults.garbage if self.faults.garbage is not None else b"%d\n" % self.give()


def add_hwmon(machine: Machine, name: str, **files: Any) -> str:
    """A chip; each file is a text or a `Value`. `device__x` lies in the folder `device`."""
    index = len(machine.listdir("/sys/class/hwmon"))
    folder = f"/sys/class/hwmon/hwmon{index}"
    machine.files[f"{folder}/name"] = name
    for file, content in files.items():
        machine.files[f"{folder}/{file.replace('__', '/')}"] = content
    return folder


def energy_file(machine: Machine, trace: Trace, wrap_j: float | None = None) -> Value:
    """Microjoules so far; with `wrap_j` the register's turns are lost."""

    def give() -> int:
        joules = trace.joules(machine.now)
        return int((joules % wrap_j if wrap_j else joules) * 1e6)

    return Value(give)


def mean_power_w(machine: Machine, trace: Trace, over_s: float = 0.05) -> float:
    return (trace.joules(machine.now) - trace.joules(machine.now - over_s)) / over_s


def add_intel_gpu(machine: Machine, trace: Trace, name: str = "xe", **kwargs: Any) -> Value:
    value = energy_file(machine, trace, **kwargs)
    add_hwmon(machine, name, energy1_input=value, power1_max="300000000")
    return value


def add_grace(machine: Machine, trace: Trace, label: str = "Grace Power Socket 0") -> Value:
    value = Value(lambda: int(mean_power_w(machine, trace) * 1e6))
    add_hwmon(
        machine, "power_meter", device__power1_oem_info=label, device__power1_average=value
    )
    return value


def add_jetson(machine: Machine, board: str = "NVIDIA Jetson AGX Orin", **rails: Trace) -> dict:
    """Up to three rails on a chip, at 5 V; gives the files of their currents."""
    machine.files["/proc/device-tree/model"] = board + "\0"
    files: dict[str, Any] = {}
    currents = {}
    for channel, (label, trace) in enumerate(rails.items(), 1):
        current = Value(lambda trace=trace: int(mean_power_w(machine, trace) / 5.0 * 1e3))
        currents[label] = current
        files |= {
            f"in{channel}_label": label,
            f"in{channel}_input": "5000",
            f"curr{channel}_input": current,
        }
    add_hwmon(machine, "ina3221", **files)
    return currents


def add_power_events(
    machine: Machine, packages: list[Trace], dram: list[Trace] | None = None
) -> Faults:
    """perf's power PMU, one CPU counting for each package."""
    faults = Faults()
    top = "/sys/bus/event_source/devices/power"
    machine.files[f"{top}/type"] = "9"
    machine.files[f"{top}/cpumask"] = ",".join(map(str, range(len(packages))))
    kinds = {
        "energy-pkg": (2, packages),
        "energy-ram": (3, dram or []),
        "energy-psys": (5, packages),
    }
    for name, (config, traces) in kinds.items():
        if not traces:
            continue
        machine.files[f"{top}/events/{name}"] = f"event={config:#04x}"
        machine.files[f"{top}/events/{name}.scale"] = repr(RAPL_SCALE)
        machine.files[f"{top}/events/{name}.unit"] = "Joules"
        for cpu, trace in enumerate(traces):
            machine.files[f"/sys/devices/system/cpu/cpu{cpu}/topology/physical_package_id"] = (
                str(cpu)
            )

            def count(trace: Trace = trace) -> bytes:
                failing(faults)
                if faults.garbage is not None:
                    return faults.garbage
                joules = trace.joules(machine.now) - trace.joules(1000.0)
                return int(joules / RAPL_SCALE).to_bytes(8, sys.byteorder)

            machine.power_events[config, cpu] = count
    return faults


@dataclass
class AmdGpu:
    trace: Trace
    market_name: str = "AMD Instinct MI300X"
    users: list[int] = field(default_factory=list)
    lost: bool = False
    tells_energy: bool = True
    old: bool = False


class AmdSmiException(Exception):
    pass


class FakeAmdSmi:
    """The module `amdsmi`: an accumulator of 15.259 µJ, moved every 10 ms."""

    AmdSmiException = AmdSmiException
    RESOLUTION_UJ = 15.259

    def __init__(self, machine: Machine, gpus: list[AmdGpu], *, dead: bool = False) -> None:
        self.machine, self.gpus, self.dead = machine, gpus, dead

    def amdsmi_init(self) -> None:
        if self.dead:
            raise AmdSmiException("AMDSMI_STATUS_DRIVER_NOT_LOADED")

    def amdsmi_get_processor_handles(self) -> list[AmdGpu]:
        return self.gpus

    def amdsmi_get_gpu_asic_info(self, gpu: AmdGpu) -> dict[str, Any]:
        return {"market_name": gpu.market_name}

    def amdsmi_get_power_cap_info(self, gpu: AmdGpu) -> dict[str, Any]:
        return {"max_power_cap": 750_000_000}

    def amdsmi_get_energy_count(self, gpu: AmdGpu) -> dict[str, Any]:
        if gpu.lost:
            raise AmdSmiException("AMDSMI_STATUS_NO_DATA")
        if not gpu.tells_energy:
            raise AmdSmiException("AMDSMI_STATUS_NOT_SUPPORTED")
        shown = self.machine.now // 0.01 * 0.01
        count = int(gpu.trace.joules(shown) * 1e6 / self.RESOLUTION_UJ)
        key = "power" if gpu.old else "energy_accumulator"
        return {key: count, "counter_resolution": self.RESOLUTION_UJ, "timestamp": 1}

    def amdsmi_get_gpu_process_list(self, gpu: AmdGpu) -> list[dict[str, Any]]:
        return [{"pid": pid, "name": "N/A"} for pid in gpu.users]


def add_amd_gpus(machine: Machine, *gpus: AmdGpu, **kwargs: Any) -> FakeAmdSmi:
    machine.files["/sys/module/amdgpu/version"] = "6.12"
    for index, _ in enumerate(gpus):
        machine.files[f"/sys/class/drm/card{index}/device/mem_info_vram_total"] = str(192 << 30)
        machine.files[f"/sys/class/drm/card{index}-DP-1/status"] = "connected"
    machine.fake_amdsmi = FakeAmdSmi(machine, list(gpus), **kwargs)
    return machine.fake_amdsmi


class Mac(Machine):
    """A Mac with a chip of Apple's; `told` may hold `None` for what it does not report."""

    apple_silicon = True
    linux = False

    def __init__(self, **told: Trace | None) -> None:
        super().__init__()
        self.told, self.broken, self.installed = told, False, True

    def apple_energy(self) -> Any:
        return self if self.installed else None

    def idle_elsewhere_s(self) -> float:
        return self.now * self.cpus - self.load.busy_s(self.now)

    def get_cumulative_energy(self) -> Any:
        if self.broken:
            raise RuntimeError("IOReport gave nothing")
        return SimpleNamespace(
            **{
                f"{name}_mj": None if trace is None else int(trace.joules(self.now) * 1e3)
                for name, trace in self.told.items()
            }
        )
