"""Everything that is read at one end of a window, in the order that is most exact."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greenlab.meter.attribution.cpu_time import CpuSnapshot, ProcessCpu
from greenlab.meter.attribution.host_busy import DOUBT_S, TICK_S, HostCpu
from greenlab.meter.attribution.leftover_threads import ThreadCpu
from greenlab.meter.counter_alignment import readings_at_edges
from greenlab.meter.counter_reader import SLOW_READ_S, TRIES, Tracker
from greenlab.meter.window import Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlab.host.host import Host
    from greenlab.meter.window import Window


class MomentReader:
    """Reads counters, clocks and CPU times. Not locked: its meter is."""

    def __init__(self, host: Host, trackers: Sequence[Tracker]) -> None:
        self._host, self._trackers = host, trackers
        self._process, self._threads = ProcessCpu(host), ThreadCpu(host)
        self.machine = HostCpu(host)
        """How busy the machine is."""

    def begin(self, precise: bool = False) -> Moment:
        """All that is read at the start; what is most exact comes last."""
        host = self._host
        slept, wall = host.slept(), host.wallclock()
        busy = self.machine.snapshot()
        families = self._process.families()
        readings = {tracker: tracker.read() for tracker in self._trackers}
        if precise:
            readings = readings_at_edges(readings, host)
        threads = self._threads.snapshot()
        now, own_s = self._now()
        cpu = CpuSnapshot(own_s, *families, host.pid())
        return Moment(now, wall, slept, cpu, busy, readings, threads)

    def end(
        self, precise: bool = False, begun: float = -math.inf, *, recent: bool = False
    ) -> Moment:
        """All that is read at the end; what is most exact comes first. `recent`: readings of
        a moment ago will do.

        The system counts the machine's idle time in ticks. It says nothing of a window that
        is shorter than one, whose cell need not wait for it.
        """
        host = self._host
        now, own_s = self._now()
        read = Tracker.recent if recent else Tracker.read
        readings = {tracker: read(tracker) for tracker in self._trackers}
        threads = self._threads.snapshot()
        if precise:
            readings = readings_at_edges(readings, host)
        cpu = CpuSnapshot(own_s, *self._process.families(), host.pid())
        busy = self.machine.snapshot() if now - begun >= TICK_S else None
        wall, slept = host.wallclock(), host.slept()
        return Moment(now, wall, slept, cpu, busy, readings, threads)

    def says_something(self, window: Window) -> bool:
        """Whether how busy the machine was is known better than between own and all CPUs."""
        return window.length_s * self.machine.cpus > DOUBT_S

    def with_busy(self, moment: Moment) -> Moment:
        """The same with how busy the machine was, which was left for later."""
        return moment._replace(busy=self.machine.snapshot())

    def forget(self) -> None:
        """In a forked child: no process and no thread that was seen is its own."""
        self._process.forget()
        self._threads.forget()

    def close(self) -> None:
        """Close what is kept open."""
        self._process.close()
        self.machine.close()

    def _now(self) -> tuple[float, float]:
        """The time and this process's CPU time, once more if it was held up in between."""
        clock = self._host.monotonic
        for _ in range(TRIES):
            before, own_s, now = clock(), self._process.own_s(), clock()
            if now - before <= SLOW_READ_S:
                break
        return now, own_s
