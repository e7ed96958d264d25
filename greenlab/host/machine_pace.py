"""How fast this machine runs Python: costs and time limits are those of a fast one."""

from __future__ import annotations

import functools
import time
from typing import Final

LOOP_S: Final = 27e-9
"""One round of `_loop` on a machine for which the costs per call and row in the advice hold. If
it takes 54 ns they are about twice as large: `python -m benchmarks.row_costs`.
"""
_ROUNDS: Final = 2_000
_TRIES: Final = 5


@functools.cache
def pace() -> float:
    """How many times as long Python takes here; 1 on a fast machine. Takes half a millisecond,
    once.
    """
    return max(1.0, loop_s() / LOOP_S)


def loop_s() -> float:
    """The processor time of one round here, in seconds: the best of some tries."""
    return min(_loop() for _ in range(_TRIES)) / _ROUNDS


def _loop() -> float:
    begin = time.thread_time()
    number = 0
    for index in range(_ROUNDS):
        number = (number + index) & 1023
    return time.thread_time() - begin
