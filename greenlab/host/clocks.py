"""Clocks that give the real time, even if the user's code replaces `time`.

Tests freeze time: freezegun puts its own functions in place of those of `time`, in every
module that has them; time-machine changes the functions themselves. Neither affects the
system's own clocks, which are read here. They are bound once, at import.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from functools import partial
from typing import Final

_NS: Final = 1e-9


_Timespec: Final = ctypes.c_long * 2
"""Seconds and nanoseconds."""


def _system_wallclock() -> Callable[[], float]:
    """The C library's wall clock; where there is none, Python's."""
    try:
        read = ctypes.PyDLL(None).clock_gettime
    except (OSError, AttributeError, TypeError):  # Windows, or a Python linked statically
        return partial(time.time)

    def wallclock(made: Callable[[], ctypes.Array[ctypes.c_long]] = _Timespec) -> float:
        taken = made()
        read(0, taken)  # CLOCK_REALTIME
        return float(taken[0] + taken[1] * _NS)

    return wallclock


class Clocks:
    """Seconds each. Attributes of a class: those of a module are replaced."""

    monotonic = staticmethod(
        partial(time.clock_gettime, getattr(time, "CLOCK_UPTIME_RAW", time.CLOCK_MONOTONIC))
        if hasattr(time, "clock_gettime")
        else partial(time.perf_counter)
    )
    """Monotonic, and stops while the machine sleeps."""

    wallclock = staticmethod(_system_wallclock())
    """Since the epoch."""

    process_cpu_s = staticmethod(time.process_time)
    """CPU time of this process and all its threads."""

    sleep = staticmethod(time.sleep)
