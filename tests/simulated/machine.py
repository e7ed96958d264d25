"""A simulated machine: virtual time, CPU load, powercap zones computed as they are read."""

from __future__ import annotations

import errno
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from greenlab.sensors import Host
from tests.simulated.gpu import FakeNvml, Gpu
from tests.simulated.traces import Load, Proportional, Trace

STEP_UJ = 61


def _noise(k: int) -> float:
    """-1 to 1, without a pattern, the same for the same k."""
    return 2.0 * (math.sin(k * 12.9898) * 43758.5453 % 1.0) - 1.0


@dataclass
class Faults:
    denied: bool = False
    vanished: bool = False
    stalled: bool = False
    garbage: bytes | None = None


@dataclass
class Package:
    """One counted zone. The counter moves every `period_s`, early or late by `jitter` of it,
    and wraps at `range_uj`.
    """

    trace: Trace
    name: str = "package-0"
    period_s: float = 0.001
    range_uj: int = 262_143_328_850
    start_uj: int = 5_000_000_000
    limit_w: float | None = None
    dram: Trace | None = None
    jitter: float = 0.0
    faults: Faults = field(default_factory=Faults)
    _machine: Any = None
    _stalled: tuple[float, float, bool] | None = None
    _zero_t: float | None = None
    _jump_uj: int = 0

    def energy_j(self, begun: float, ended: float) -> float:
        """The truth between two monotonic times."""
        return self.trace.joules(ended) - self.trace.joules(begun)

    def reset(self) -> None:
        """The counter starts again from zero."""
        self._zero_t = self._machine.now

    def jump(self, joules: float = 1e5) -> None:
        """The counter leaps."""
        self._jump_uj += int(joules * 1e6)

    def stall(self, seconds: float = math.inf, *, catch_up: bool = True) -> None:
        """Stand still from now on, and then show what was used meanwhile, or never do."""
        self._stalled = self._machine.now, self._machine.now + seconds, catch_up

    def updated(self, t: float) -> float:
        """When the counter moved last before t."""
        k = math.floor(t / self.period_s) + 1
        while (at := (k + self.jitter * _noise(k)) * self.period_s) > t:
            k -= 1
        return at

    def counter(self, t: float) -> bytes:
        if self.faults.vanished:
            raise OSError(errno.ENODEV, "No such device")
        if self.faults.denied:
            raise OSError(errno.EACCES, "Permission denied")
        if self.faults.garbage is not None:
            return self.faults.garbage
        if self.faults.stalled and self._stalled is None:
            self.stall()
        lost_j = 0.0
        if self._stalled is not None:
            since, until, catch_up = self._stalled
            if since <= t < until:
                t = since
            elif not catch_up:
                lost_j = self.energy_j(self.updated(since), self.updated(until))
        shown = self.updated(t)
        if self._zero_t is not None:
            joules, base = self.energy_j(self._zero_t, max(shown, self._zero_t)), 0
        else:
            joules, base = self.trace.joules(shown) - lost_j, self.start_uj
        total = base + self._jump_uj + int(joules * 1e6 / STEP_UJ) * STEP_UJ
        return b"%d\n" % (total % self.range_uj)


class _Reader:
    def __init__(self, give: Callable[[], bytes]) -> None:
        self._give = give

    def read(self) -> bytes:
        return self._give()

    def close(self) -> None:
        pass


class Machine(Host):
    """A `Host` whose clocks, files and CPUs are simulated. Time passes in `work` and, a
    few microseconds each, in reads of a clock; with `jitter`, now and then by milliseconds.
    """

    def __init__(
        self,
        packages: Sequence[Package] = (),
        *,
        cpus: int = 4,
        gpus: Sequence[Gpu] = (),
        name: str = "Intel(R) Core(TM) i7-8550U CPU @ 1.80GHz",
        vendor: str = "GenuineIntel",
        guest: bool = False,
        memory_gb: float = 16.0,
        psys: bool = False,
        mmio: bool = False,
        mirrored: bool = False,
        shuffled: bool = False,
        jitter: float = 0.0,
        seed: int = 1,
        begin_s: float = 1000.0,
    ) -> None:
        super().__init__("/")
        self._random = random.Random(seed)
        self.jitter = jitter
        self.now = begin_s
        self.asleep_s = 0.0
        self.wall_step_s = 0.0
        self._pause: tuple[int, float] | None = None
        self.is_container = False
        self.cpus = cpus
        self.load = Load()
        self.others = 0.0
        self.packages = [self._adopt(package) for package in packages]
        self.gpus = list(gpus)
        self.fake_nvml = FakeNvml(self.gpus, lambda: self.now, self.pid()) if gpus else None
        if self.fake_nvml is not None:
            self.fake_nvml.pass_time = lambda seconds: self.work(seconds) if seconds else None
        self.cuda_visible: str | None = None
        self.variables: dict[str, str] = {}
        self.power_events: dict[tuple[int, int], Callable[[], bytes]] = {}
        self.fake_amdsmi: Any = None
        self.files: dict[str, str | Callable[[], bytes]] = {}
        self._describe(name, vendor, guest, memory_gb)
        self._powercap(psys, mmio, mirrored, shuffled)

    def _adopt(self, package: Package) -> Package:
        package._machine = self
        if isinstance(package.trace, Proportional):
            package.trace = replace(package.trace, busy_s=self.load.busy_s, cpus=self.cpus)
        return package

    # What it is made of.

    def _describe(self, name: str, vendor: str, guest: bool, memory_gb: float) -> None:
        block = (
            "processor\t: {}\nvendor_id\t: {}\ncpu family\t: 6\nmodel\t\t: 142\n"
            "model name\t: {}\nphysical id\t: {}\nflags\t\t: fpu{}\n\n"
        )
        extra = " hypervisor" if guest else ""
        sockets = max(1, len({p.name.split("-die")[0] for p in self.packages}))
        self.files["/proc/cpuinfo"] = "".join(
            block.format(i, vendor, name, i % sockets, extra) for i in range(self.cpus)
        )
        self.files["/proc/meminfo"] = f"MemTotal: {int(memory_gb * 1e9 / 1024)} kB\n"
        self.files["/proc/stat"] = self._stat
        self.files["/proc/loadavg"] = "0.0 0.0 0.0 1/1 1\n"
        self.files["/proc/self/cgroup"] = "0::/\n"

    def _powercap(self, psys: bool, mmio: bool, mirrored: bool, shuffled: bool) -> None:
        top = "/sys/class/powercap"
        order = list(range(len(self.packages) + psys))
        if shuffled:
            order.reverse()
        for package, index in zip(self.packages, order):
            zone = f"{top}/intel-rapl:{index}"
            self._zone(zone, package.name, package)
            core = replace(package, _machine=self)
            self._zone(f"{zone}:0", "core", core)
            if package.dram is not None:
                memory = Package(package.dram, "dram", package.period_s, _machine=self)
                self.packages_dram = [*getattr(self, "packages_dram", []), memory]
                self._zone(f"{zone}:1", "dram", memory)
            if mmio:
                self._zone(f"{top}/intel-rapl-mmio:{index}", package.name, package)
            if mirrored:
                twin = package.name.replace("die-0", "die-1")
                self._zone(f"{top}/intel-rapl:{len(order) + index}", twin, package)
        if psys and self.packages:
            self._zone(f"{top}/intel-rapl:{order[-1]}", "psys", self.packages[0])

    def _zone(self, path: str, name: str, package: Package) -> None:
        self.files[f"{path}/name"] = name
        self.files[f"{path}/energy_uj"] = lambda: package.counter(self.now)
        self.files[f"{path}/max_energy_range_uj"] = str(package.range_uj)
        if package.limit_w is not None:
            self.files[f"{path}/constraint_1_power_limit_uw"] = str(int(package.limit_w * 1e6))

    def _stat(self) -> bytes:
        busy = int(self.load.busy_s(self.now) * 100)
        idle = int((self.now * self.cpus - self.load.busy_s(self.now)) * 100)
        return b"cpu  %d 0 0 %d 0 0 0 0 0 0\n" % (busy, idle)

    # What happens on it.

    def work(self, seconds: float, own: float = 0.0, others: float = 0.0) -> None:
        """Time passes, with so many CPUs busy for this process and for others."""
        assert own + others <= self.cpus + 1e-9
        self.load.change(self.now, own, others)
        self.now += seconds
        self.load.change(self.now, 0.0, 0.0)

    def suspend(self, seconds: float) -> None:
        """The machine sleeps: the monotonic clock stands still."""
        self.asleep_s += seconds

    def set_clock(self, seconds: float) -> None:
        """Somebody sets the wall clock forward, or back."""
        self.wall_step_s += seconds

    def pause(self, reads: int, seconds: float) -> None:
        """This process is held up right before it looks at the clock the so-manieth time."""
        self._pause = reads, seconds

    def appear(self, package: Package, index: int = 9) -> None:
        """A zone that was not there."""
        self.packages.append(self._adopt(package))
        self._zone(f"/sys/class/powercap/intel-rapl:{index}", package.name, package)

    # What a Host tells.

    def monotonic(self) -> float:
        passed_s = self._random.uniform(0.2e-6, 3e-6)
        if self._random.random() < self.jitter:
            passed_s += self._random.uniform(50e-6, 20e-3)
        self.now += passed_s  # in one step: a meter's thread may look at the clock meanwhile
        if self._pause is not None:
            left, seconds = self._pause
            self._pause = (left - 1, seconds) if left else None
            if not left:
                self.work(seconds, others=self.others)
        return self.now

    def sleep(self, seconds: float) -> None:
        self.work(seconds)

    def slept(self) -> float:
        return self.asleep_s

    def wallclock(self) -> float:
        return 1.79e9 + self.now + self.asleep_s + self.wall_step_s

    def process_cpu_s(self) -> float:
        return self.load.own_s(self.now)

    def reaped_cpu_s(self) -> float:
        return 0.0

    def has_children(self) -> bool:
        return False

    def contained(self) -> bool:
        return self.is_container

    def cpu_count(self) -> int:
        return self.cpus

    def affinity(self) -> int:
        return self.cpus

    def nvml(self) -> Any | None:
        return self.fake_nvml

    def variable(self, name: str) -> str | None:
        return self.variables.get(name)

    def perf_event(self, pmu: int, config: int, cpu: int) -> Any:
        content = self.power_events[config, cpu]
        content()
        return _Reader(content)

    def amdsmi(self) -> Any | None:
        return self.fake_amdsmi

    def visible_gpus(self) -> str | None:
        return self.cuda_visible

    @property
    def linux(self) -> bool:
        return True

    def read_text(self, path: str) -> str | None:
        try:
            return self.open(path).read().decode().strip()
        except OSError:
            return None

    def listdir(self, path: str) -> list[str]:
        inside = [name[len(path) + 1 :] for name in self.files if name.startswith(path + "/")]
        return sorted({name.split("/")[0] for name in inside})

    def open(self, path: str, size: int = 4096, *, quick: bool = False) -> Any:
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file", path)
        content = self.files[path]
        if isinstance(content, str):
            return _Reader(content.encode)
        content()
        return _Reader(content)


def watched(machine: Machine, meter: Any, seconds: float, **load: float) -> None:
    """Time passes in an open window, in which the meter's thread reads as often as it does."""
    every_s = meter._watch._every_s
    while seconds > 0:
        machine.work(min(every_s, seconds), **load)
        seconds -= every_s
        if seconds > 0:
            meter._sample()
