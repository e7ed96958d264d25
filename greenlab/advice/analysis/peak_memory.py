"""How much of the main memory this process has needed at most."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

CGROUP: Final = "/sys/fs/cgroup/memory.max"


def peak_share(limit_file: str = CGROUP) -> float | None:
    """The largest share of memory this process ever held, from 0 to 1; `None` if not told.

    Of the machine's memory or, in a container, of what `limit_file` grants.
    """
    try:
        import resource

        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, AttributeError, ValueError, OSError):
        return None  # Windows
    try:
        granted = Path(limit_file).read_text("ascii").strip()
    except OSError:
        granted = "max"
    if granted.isdigit():
        total = min(total, int(granted))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / total
