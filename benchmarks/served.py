"""A powercap tree as Linux lays it out, served by a process of its own in real time.

The counters of every zone are rewritten every millisecond. Folders are linked as in a real
`/sys`, so that tools which enter it by different doors find the same counters. What the
devices truly use is constant: `watts` times the seconds between two `time.monotonic()`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

PERIOD_S = 0.001


@dataclass
class Zone:
    """A powercap zone."""

    name: str
    watts: float
    range_uj: int = 262_143_328_850
    start_uj: int = 5_000_000_000


class Served:
    """Lays out the tree and serves it until the `with` block ends.

    `order(fault, index)` makes a zone misbehave: `stall`, `restart`, `vanish`, `garbage`.
    """

    def __init__(self, root: Path, zones: list[Zone]) -> None:
        self.root = root
        self.powercap = root / "sys/class/powercap"
        device = root / "sys/devices/virtual/powercap/intel-rapl"
        self.powercap.mkdir(parents=True)
        device.mkdir(parents=True)
        (self.powercap / "intel-rapl").symlink_to(device)
        (device / "subsystem").symlink_to(self.powercap)
        for index, zone in enumerate(zones):
            folder = device / f"intel-rapl:{index}"
            folder.mkdir()
            (folder / "name").write_text(f"{zone.name}\n")
            (folder / "max_energy_range_uj").write_text(f"{zone.range_uj}\n")
            (folder / "constraint_0_power_limit_uw").write_text(f"{int(zone.watts * 2e6)}\n")
            (folder / "energy_uj").write_text(f"{zone.start_uj}\n")
            (self.powercap / f"intel-rapl:{index}").symlink_to(folder)
        self._described = json.dumps([str(device), [asdict(zone) for zone in zones]])
        self._process: Any = None

    def order(self, fault: str, index: int) -> None:
        """Make a zone misbehave from now on."""
        self._process.stdin.write(f"{fault} {index}\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._described],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(5)
        self._process.stdout.close()


class Counter:
    """Writes one zone's counter."""

    def __init__(self, folder: Path, zone: Zone) -> None:
        self._folder, self._zone = folder, zone
        self._fd = os.open(folder / "energy_uj", os.O_RDWR)
        self._zero_at, self._base_uj = time.monotonic(), zone.start_uj
        self._silent = False

    def write(self) -> None:
        """Bring it up to date, in one write of a fixed width that no reader sees half of."""
        if self._silent:
            return
        grown_uj = int((time.monotonic() - self._zero_at) * self._zone.watts * 1e6)
        os.pwrite(self._fd, b"%018d\n" % ((self._base_uj + grown_uj) % self._zone.range_uj), 0)

    def fail(self, fault: str) -> None:
        """Misbehave. A file that vanishes is emptied first, for whoever holds it open."""
        if fault == "restart":
            self._zero_at, self._base_uj = time.monotonic(), 0
            self.write()
            return
        self._silent = True
        if fault == "garbage":
            os.pwrite(self._fd, b"not a number here.\n", 0)
        elif fault == "vanish":
            os.ftruncate(self._fd, 0)
            for file in self._folder.iterdir():
                file.unlink()
            self._folder.rmdir()


def serve(described: str) -> None:
    """Write every millisecond; do what is ordered on standard input until it closes."""
    with contextlib.suppress(OSError):  # be on time on a busy machine, where that is allowed
        os.nice(-10)
    device, zones = json.loads(described)
    counters = [
        Counter(Path(device, f"intel-rapl:{index}"), Zone(**zone))
        for index, zone in enumerate(zones)
    ]
    print("serving", flush=True)
    due = time.monotonic()
    while True:
        due = max(due + PERIOD_S, time.monotonic())
        ready, _, _ = select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))
        if ready:
            line = sys.stdin.readline()
            if not line:
                return
            fault, index = line.split()
            counters[int(index)].fail(fault)
            print("done", flush=True)
        for counter in counters:
            counter.write()


if __name__ == "__main__":
    serve(sys.argv[1])
