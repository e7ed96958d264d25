"""What the benchmarks ran on, in words."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path


def described() -> str:
    """The processor, its CPUs, the system, the day and how busy the machine was."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    system = f"{platform.system()}, Python {platform.python_version()}"
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{model}, {os.cpu_count()} CPUs, {system}, {time.strftime('%Y-%m-%d')}{load}"
