"""CPU time as the system accounts for it, read around what a test measures.

However busy the machine is, a window holds no more than what was used between a reading before
it and one after it: a bound that needs no tolerance.
"""

from __future__ import annotations

import resource
import time

from greenlab.host import machine_pace


def own_s():
    """CPU seconds of this process: all its threads, no children."""
    return time.process_time()


def family_s():
    """CPU seconds of this process and of all children that it has waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own_s() + ended.ru_utime + ended.ru_stime


def process_s(pid):
    """CPU seconds of a process that is alive."""
    return time.clock_gettime((~pid << 3) | 2)


def burn(seconds):
    """Use so much CPU time, by the thread's own clock: other threads' work does not end it."""
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        pass


def on_a_fast_machine_s(work, tries=9):
    """CPU seconds that `work` takes at best, as on a machine of the pace of 1: as a machine
    slows, so does the loop that is timed between the tries.
    """
    spent_s, paces = [], []
    for _ in range(tries):
        paces.append(machine_pace.loop_s() / machine_pace.LOOP_S)
        start = time.thread_time()
        work()
        spent_s.append(time.thread_time() - start)
    return min(spent_s) / max(1.0, min(paces))
