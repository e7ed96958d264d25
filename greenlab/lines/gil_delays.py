"""What a late look tells: the thread that it waited for kept the interpreter's lock.

Python asks for the lock back after the switch interval (`sys.getswitchinterval`, 5 ms unless
the user changes it), and only between two instructions of its own.
"""

from __future__ import annotations

import sys
from typing import Final

_LONG_RUN: Final = 3.0
_AT_ONCE: Final = 1.5
"""Both as multiples of the interval."""


def long_run_s() -> float:
    """What ran for more seconds without giving the lock away was C code."""
    return _LONG_RUN * sys.getswitchinterval()


def at_once_s() -> float:
    """Within so many seconds, a thread that runs Python code has given the lock away."""
    return _AT_ONCE * sys.getswitchinterval()
