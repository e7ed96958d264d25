"""How busy other programs keep this machine, before a proof begins."""

from __future__ import annotations

import time
from typing import Final

import psutil

LOOK_S: Final = 0.3
"""The system counts in hundredths of a second: enough for a share to a few percent."""


def by_others(look_s: float = LOOK_S) -> float | None:
    """The share of all CPUs, 0 to 1, over the next moment; `None` where nobody tells.

    What this process uses itself does not count.
    """
    try:
        before, own_s = psutil.cpu_times(), time.process_time()
        time.sleep(look_s)
        after, own_s = psutil.cpu_times(), time.process_time() - own_s
        idle = ("idle", "iowait", "guest", "guest_nice")  # guests are in `user` already
        passed = {name: getattr(after, name) - getattr(before, name) for name in after._fields}
    except (OSError, psutil.Error):
        return None
    whole_s = sum(value for name, value in passed.items() if not name.startswith("guest"))
    if whole_s <= 0:
        return None
    busy_s = sum(value for name, value in passed.items() if name not in idle) - own_s
    return float(min(1.0, max(0.0, busy_s / whole_s)))
