"""How often the CPUs held themselves back for heat so far.

Linux counts it for Intel's processors, in `thermal_throttle` below each CPU.
Source: linux, Documentation/ABI/testing/sysfs-devices-system-cpu.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

_COUNTS: Final = "cpu[0-9]*/thermal_throttle/package_throttle_count"


def count(folder: Path = Path("/sys/devices/system/cpu")) -> int:
    """The sum over all CPUs; 0 where nobody counts."""
    total = 0
    for file in _files(folder):
        try:
            total += int(file.read_text())
        except (OSError, ValueError):
            continue
    return total


@functools.cache
def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(folder.glob(_COUNTS))
