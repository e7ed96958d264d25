"""Weighs stretches of time: reads everything at both ends and works out whose joules."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from greenlab.meter.attribution import (
    CpuUse,
    component,
    counter_cases,
    cpu_shares,
    missing,
    model_cases,
)
from greenlab.meter.busy import HostCpu
from greenlab.meter.cpu_time import CpuSnapshot, ProcessCpu, used_s
from greenlab.meter.idle import IdlePower
from greenlab.meter.measurement import Measurement
from greenlab.meter.reserved import reserved
from greenlab.meter.tracker import Tracker, calibrate
from greenlab.meter.watch import Watch
from greenlab.meter.window import Moment, Window
from greenlab.record import total
from greenlab.sensors import Counter, Host, Model, discover
from greenlab.sensors.base import GpuCounter, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenlab.record import Component, SensorStatus
    from greenlab.record.cell import Scope

COUNTER_LEVEL: Final = 0.999
_SLEPT_S: Final = 0.005
_SLEPT: Final = "the machine slept during this window"


class Meter:
    """The energy meter of one process.

    `sensors` says what it found. `on_settled` is called from a background thread with the
    final measurement of a window whose first one had `settled=False`.
    Nothing it does raises into the caller's code; what fails becomes a missing figure.
    """

    def __init__(self, host: Host | None = None) -> None:
        self.on_settled: Callable[[Window, Measurement], None] | None = None
        self._host = host if host is not None else Host()
        self.sensors: tuple[SensorStatus, ...]
        self.sensors, sources = discover(self._host)
        self._trackers = [Tracker(s, self._host) for s in sources if isinstance(s, Counter)]
        self._models = [s for s in sources if isinstance(s, Model)]
        self._idle = [IdlePower() for _ in self._trackers]
        self._process = ProcessCpu(self._host)
        self._machine = HostCpu(self._host)
        self._reserved = reserved(self._host)
        self._lock = threading.RLock()
        self._open: set[Window] = set()
        self._last: Moment | None = None
        needs = [every for t in self._trackers if (every := t.keep_alive_s) is not None]
        self._watch = Watch(min(needs, default=None), self._keep_alive)
        calibrate(self._trackers, self._host)

    def start(self) -> Window:
        """Open a window: what happens from now on counts."""
        with self._lock:
            window = Window(self._begin())
            if not self._open:
                self._learn(self._last, window.begin)
                self._watch.turn_on()
            self._open.add(window)
        return window

    def stop(self, window: Window, scope: Scope = "process") -> Measurement:
        """Close a window and say what was used in it. Closing twice repeats the answer."""
        end = window.end
        if end is None:
            with self._lock:
                window.end = end = self._end()
                self._open.discard(window)
                self._last = end
                if not self._open:
                    self._watch.turn_off()
                self._learn(window.begin, end)
        return self._measure(window.begin, end, scope)

    def peek(self, window: Window, scope: Scope = "process") -> Measurement:
        """What was used so far. Closes nothing; may be called from any thread."""
        with self._lock:
            end = window.end or self._end()
        return self._measure(window.begin, end, scope)

    def close(self) -> None:
        """Give everything back. Windows that are still open can no longer be stopped well."""
        with self._lock:
            self._watch.turn_off()
            self._open.clear()
            for tracker in self._trackers:
                tracker.counter.close()
            self._process.close()
            self._machine.close()

    def _begin(self) -> Moment:
        """All that is read at the start; what is most exact comes last."""
        host = self._host
        slept, wall = host.slept(), host.wallclock()
        busy = self._machine.snapshot()
        reaped_s, live_s = self._process.families()
        readings = tuple(tracker.read() for tracker in self._trackers)
        cpu = CpuSnapshot(self._process.own_s(), reaped_s, live_s)
        return Moment(host.monotonic(), wall, slept, cpu, busy, readings)

    def _end(self) -> Moment:
        """All that is read at the end; what is most exact comes first."""
        host = self._host
        now, own_s = host.monotonic(), self._process.own_s()
        readings = tuple(tracker.read() for tracker in self._trackers)
        cpu = CpuSnapshot(own_s, *self._process.families())
        busy = self._machine.snapshot()
        return Moment(now, host.wallclock(), host.slept(), cpu, busy, readings)

    def _keep_alive(self) -> None:
        with self._lock:
            for tracker in self._trackers:
                tracker.read()

    def _use(self, begin: Moment, end: Moment) -> CpuUse:
        span_s = max(0.0, end.at - begin.at)
        own_s = used_s(begin.cpu, end.cpu)
        busy_s = self._machine.busy(begin.busy, end.busy, span_s, own_s)
        return CpuUse(own_s, busy_s, span_s, self._machine.cpus)

    def _learn(self, begin: Moment | None, end: Moment) -> None:
        """Draw at rest, from a window or from the gap between two."""
        if begin is None or not self._trackers or end.slept - begin.slept > _SLEPT_S:
            return
        use = self._use(begin, end)
        for index, tracker in enumerate(self._trackers):
            energy = tracker.between(
                begin.readings[index], end.readings[index], begin.at, end.at
            )
            if isinstance(energy, Interval):
                self._idle[index].learn(energy, use.span_s, use.busy_s.high)

    def _measure(self, begin: Moment, end: Moment, scope: Scope) -> Measurement:
        use = self._use(begin, end)
        slept = end.slept - begin.slept > _SLEPT_S
        components = tuple(
            [
                self._counted(index, begin, end, use, scope, slept)
                for index in range(len(self._trackers))
            ]
            + [self._modelled(model, use, scope, slept) for model in self._models]
        )
        return Measurement(
            started_at=begin.wall,
            duration_s=use.span_s,
            components=components,
            energy_j=total((c.device, c.energy_j) for c in components),
            host_energy_j=total((c.device, c.host_energy_j) for c in components),
            cpu_s=use.own_s,
            gpu_busy=None,
        )

    def _counted(
        self, index: int, begin: Moment, end: Moment, use: CpuUse, scope: Scope, slept: bool
    ) -> Component:
        tracker = self._trackers[index]
        counter = tracker.counter
        if slept:
            return missing(counter, _SLEPT)
        start, stop = begin.readings[index], end.readings[index]
        energy = tracker.between(start, stop, begin.at, end.at)
        if isinstance(energy, str):
            return missing(counter, energy)
        idle_w = self._idle[index].power_w(energy, use.span_s)
        caveat = None
        shares, part = cpu_shares(use), Interval(*[self._part(counter.kind)] * 3)
        if isinstance(counter, GpuCounter):
            pids = [self._host.pid(), *end.cpu.live_s]
            known = counter.share(pids, begin.wall)
            if known is None:
                shares = part = Interval(0.0, 1.0, 1.0)
                caveat = "which processes use this GPU cannot be seen from here"
            else:
                shares = known
                part = known if counter.holders() else part
        cases = counter_cases(energy, idle_w, shares, use.span_s, part)
        return component(counter, cases, scope, COUNTER_LEVEL, caveat)

    def _modelled(self, model: Model, use: CpuUse, scope: Scope, slept: bool) -> Component:
        cases = model_cases(model, use, self._part(model.kind))
        caveat = f"{_SLEPT}; the time awake is counted" if slept else model.caveat
        return component(model, cases, scope, model.level, caveat)

    def _part(self, kind: str) -> float:
        return self._reserved.ram if kind == "ram" else self._reserved.cpu
