"""greenlab, CodeCarbon and Zeus behind one face, each pointed at a served powercap tree.

CodeCarbon and Zeus name no other root in their public interface. Theirs is set as their own
tests set it: CodeCarbon's CPU is made with the argument `rapl_dir`, Zeus's constant `RAPL_DIR`
is replaced. Beyond that each is used as its manual says, with its defaults. Zeus is optional:
`pip install "zeus==0.16.*"`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from greenlab.meter import Meter
from greenlab.record import Figure, total
from greenlab.sensors import Host


@dataclass
class Answer:
    """Joules that a tool reports, `None` if it says that it does not know; its interval."""

    energy_j: float | None
    low_j: float | None = None
    high_j: float | None = None
    says: str = ""


class Tool(Protocol):
    """One tool; windows do not overlap."""

    name: str

    def start(self) -> None: ...

    def stop(self) -> Answer: ...

    def close(self) -> None: ...


class Greenlab:
    """Its meter; the packages' energy of the whole machine, as the others report it."""

    name = "greenlab"

    def __init__(self, powercap: Path) -> None:
        self._meter = Meter(Host(powercap.parents[2]))
        self._window: Any = None

    def start(self) -> None:
        self._window = self._meter.start()

    def stop(self) -> Answer:
        components = self._meter.stop(self._window).components
        figure: Figure = total(
            (c.device, c.host_energy_j) for c in components if c.kind == "cpu"
        )
        says = figure.reason or ""
        if figure.lacks and figure.value is not None:
            says = f"lacks {', '.join(figure.lacks)}: {says}"
        return Answer(figure.value, figure.low, figure.high, says)

    def close(self) -> None:
        self._meter.close()


class CodeCarbon:
    """A task of an offline tracker that writes no file; the energy of the CPU."""

    name = "CodeCarbon"

    def __init__(self, powercap: Path) -> None:
        from codecarbon import OfflineEmissionsTracker
        from codecarbon.external.hardware import CPU

        self._tracker = OfflineEmissionsTracker(
            country_iso_code="FRA",
            save_to_file=False,
            log_level="critical",
            allow_multiple_runs=True,
        )
        self._tracker._ensure_hardware_ready()
        rapl_dir = str(powercap / "intel-rapl/subsystem")
        cpu = CPU(".", "intel_rapl", "simulated", 100, rapl_dir=rapl_dir)
        self._tracker._hardware = [cpu]
        self.start()
        self.stop()  # its first task takes seconds

    def start(self) -> None:
        self._tracker.start_task()

    def stop(self) -> Answer:
        return Answer(self._tracker.stop_task().cpu_energy * 3.6e6)

    def close(self) -> None:
        self._tracker.stop()


class Zeus:
    """Its monitor; the energy of all CPU indices."""

    name = "Zeus"

    def __init__(self, powercap: Path) -> None:
        import zeus.device.cpu
        from zeus.device.cpu import rapl
        from zeus.monitor import ZeusMonitor

        logging.getLogger("zeus").setLevel(logging.CRITICAL)
        rapl.RAPL_DIR = str(powercap / "intel-rapl")
        rapl.rapl_is_available.cache_clear()
        zeus.device.cpu._cpus = None
        self._monitor = ZeusMonitor(gpu_indices=[])
        self.start()  # starts its processes, one per counter
        self.stop()

    def start(self) -> None:
        self._monitor.begin_window("window", sync_execution=False)

    def stop(self) -> Answer:
        measured = self._monitor.end_window("window", sync_execution=False)
        return Answer(sum((measured.cpu_energy or {}).values()))

    def close(self) -> None:
        for cpu in self._monitor.cpus.cpus:
            cpu.rapl_file.wraparound_tracker._stop()


TOOLS: tuple[Callable[[Path], Tool], ...] = (Greenlab, CodeCarbon, Zeus)
PACKAGES = {"CodeCarbon": "codecarbon", "Zeus": "zeus"}


def available() -> tuple[Callable[[Path], Tool], ...]:
    """The tools that are installed here."""
    return tuple(
        tool
        for tool in TOOLS
        if tool.name not in PACKAGES or importlib.util.find_spec(PACKAGES[tool.name])
    )


def versions() -> str:
    """The peers' versions, or that one is not installed."""
    found = []
    for name, package in PACKAGES.items():
        try:
            found.append(f"{name} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)
