"""From what was read at both ends of a window to its energies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.meter.attribution import (
    CpuUse,
    component,
    counter_cases,
    cpu_shares,
    missing,
    model_cases,
)
from greenlab.meter.bounds import part_time
from greenlab.meter.cpu_time import used_s
from greenlab.meter.idle import MOST_W_PER_BUSY_CPU, SHORTEST_S, IdlePower
from greenlab.meter.measurement import Measurement
from greenlab.meter.reserved import Reserved, reserved
from greenlab.meter.threads import thread_use
from greenlab.record import total
from greenlab.sensors.base import GpuUse, Interval
from greenlab.sensors.newcomers import Newcomers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from greenlab.meter.busy import HostCpu
    from greenlab.meter.tracker import Tracker
    from greenlab.meter.window import Moment, Window
    from greenlab.record import Component
    from greenlab.record.cell import Scope
    from greenlab.sensors.base import Lacking, Model
    from greenlab.sensors.host import Host

COUNTER_LEVEL: Final = 0.999
PART_TIME_LEVEL: Final = 0.95
RESTED_LEVEL: Final = 0.95
"""Of GPUs that rested before a window: they may have begun to work since the last update."""
_MUCH: Final = 0.1
_SLEPT_S: Final = 0.005
_CLOCK_SET_S: Final = 0.5
_SLEPT: Final = "the machine slept during this window"
_STALLED: Final = (
    "the counter shows less than the device draws at rest: it stood still for a while"
)
_LOOKS_AWAY: Final = (
    "this GPU looks at its power a quarter of the time: it may miss short work, or see too much"
)
_UNSEEN: Final = "which processes use this GPU cannot be seen from here"
_SETTLING: Final = "the GPU's counter moves late: this figure settles in a moment"


class Stretch(NamedTuple):
    """A window's two ends, the CPU time used in it, and what its figures count."""

    begin: Moment
    end: Moment
    use: CpuUse
    scope: Scope


class Weighing:
    """Knows the sources, the draw at rest learned so far, and the reserved share."""

    def __init__(
        self,
        host: Host,
        trackers: Sequence[Tracker],
        models: Sequence[Model],
        machine: HostCpu,
        lacking: Sequence[Lacking] = (),
    ) -> None:
        self._host = host
        self._lacking = [missing(one, one.reason) for one in lacking]
        self._trackers, self._models, self._machine = trackers, models, machine
        self._reserved: Reserved = reserved(host)
        counters = [tracker.counter for tracker in trackers]
        self._newcomers = Newcomers(host, counters)
        self._fixed: dict[Tracker, GpuUse] = {
            t: t.gpu.fixed for t in trackers if t.gpu is not None and hasattr(t.gpu, "fixed")
        }
        self.idle = {
            tracker: IdlePower(None if tracker.gpu else MOST_W_PER_BUSY_CPU)
            for tracker in trackers
        }

    def learn(self, begin: Moment, end: Moment) -> None:
        """Draw at rest, from a window or from the gap between two."""
        if not self._trackers or end.at - begin.at < SHORTEST_S or _slept(begin, end):
            return
        use = self._use(begin, end)
        for index, tracker in enumerate(self._trackers):
            energy = tracker.between(
                begin.readings[index], end.readings[index], begin.at, end.at
            )
            if isinstance(energy, Interval):
                self.idle[tracker].learn(energy, use.span_s, use.busy_s.high)

    def measure(
        self,
        begin: Moment,
        end: Moment,
        scope: Scope,
        *,
        gap: Moment | None = None,
        settled: bool = True,
        outside_w: dict[Tracker, Interval] | None = None,
    ) -> Measurement:
        """The window's energies. Not `settled`: GPUs are asked nothing that takes long.

        `gap`: the end of the window before.
        """
        use = self._use(begin, end)
        gpus = (self._ask_gpus(begin, end) if settled else {}) | self._fixed
        components = [
            self._counted(
                index,
                Stretch(begin, end, use, scope),
                gpu=gpus.get(tracker),
                outside_w=(outside_w or {}).get(tracker),
            )
            for index, tracker in enumerate(self._trackers)
        ]
        components += [self._modelled(m, use, scope, _slept(begin, end)) for m in self._models]
        components += self._newcomers.components(end.at)
        components += self._lacking
        busy = [gpu.busy for gpu in gpus.values() if gpu.busy is not None]
        return Measurement(
            started_at=begin.wall,
            duration_s=use.span_s,
            components=tuple(components),
            energy_j=total((c.device, c.energy_j) for c in components),
            host_energy_j=total((c.device, c.host_energy_j) for c in components),
            cpu_s=use.own_s,
            gpu_busy=sum(busy) / len(busy) if busy else None,
            settled=settled,
            threads=thread_use(gap, begin, end) if self._host.linux else None,
            busy_s=use.busy_s,
            cpus=use.cpus,
        )

    def again(
        self, said: Measurement, window: Window, scope: Scope, only: Collection[int]
    ) -> Measurement:
        """What was said of a closed window, with some of its counters worked out anew."""
        assert window.end is not None
        use = self._use(window.begin, window.end)
        stretch = Stretch(window.begin, window.end, use, scope)
        components = tuple(
            self._counted(index, stretch, gpu=None, outside_w=None) if index in only else one
            for index, one in enumerate(said.components)
        )
        return replace(
            said,
            components=components,
            energy_j=total((c.device, c.energy_j) for c in components),
            host_energy_j=total((c.device, c.host_energy_j) for c in components),
        )

    def _use(self, begin: Moment, end: Moment) -> CpuUse:
        span_s = max(0.0, end.at - begin.at)
        own_s = used_s(begin.cpu, end.cpu)
        busy_s = self._machine.busy(begin.busy, end.busy, begin.at, end.at, own_s)
        return CpuUse(own_s, busy_s, span_s, self._machine.cpus)

    def _ask_gpus(self, begin: Moment, end: Moment) -> dict[Tracker, GpuUse]:
        if abs(self._clock_was_set_s(begin)) > _CLOCK_SET_S:
            # The driver dates its samples by the wall clock: who did what is not known.
            return {t: GpuUse(None, 0, None) for t in self._trackers if t.gpu is not None}
        pids = [self._host.pid(), *begin.cpu.live_s, *end.cpu.live_s]
        return {
            tracker: tracker.gpu.use(pids, begin.wall)
            for tracker in self._trackers
            if tracker.gpu is not None
        }

    def _clock_was_set_s(self, begin: Moment) -> float:
        """By how much somebody has set the wall clock since then."""
        host = self._host
        awake_s, asleep_s = host.monotonic() - begin.at, host.slept() - begin.slept
        return host.wallclock() - begin.wall - awake_s - asleep_s

    def _counted(
        self, index: int, stretch: Stretch, *, gpu: GpuUse | None, outside_w: Interval | None
    ) -> Component:
        begin, end, use, scope = stretch
        tracker = self._trackers[index]
        counter = tracker.counter
        if _slept(begin, end):
            return missing(counter, _SLEPT)
        level = COUNTER_LEVEL
        if outside_w is not None and _alone(gpu):
            level = RESTED_LEVEL
        elif outside_w is not None:
            outside_w = outside_w._replace(high=counter.cap_w)
        energy = tracker.between(
            begin.readings[index],
            end.readings[index],
            begin.at,
            end.at,
            outside_w=outside_w,
        )
        if isinstance(energy, str):
            return missing(counter, energy)
        caveat = tracker.doubt(begin.readings[index], end.readings[index])
        idle, span_s = self.idle[tracker], use.span_s
        if idle.below_rest(energy, span_s):
            energy, caveat = energy._replace(high=counter.cap_w * span_s), _STALLED
        if tracker.blind_s:
            level, doubt_j = PART_TIME_LEVEL, 2 * counter.cap_w * tracker.blind_s
            energy = part_time(energy, doubt_j, counter.cap_w * span_s)
            if doubt_j > _MUCH * energy.mid:
                caveat = caveat or _LOOKS_AWAY
        shares, part = cpu_shares(use), Interval(*[self._part(counter.kind)] * 3)
        if tracker.gpu is not None:
            shares, part, unsure = _gpu_parts(gpu, part)
            caveat = caveat or unsure
        cases = counter_cases(energy, idle.power_w(energy, span_s), shares, span_s, part)
        if tracker.gauge is not None:
            level, caveat = tracker.gauge.level, caveat or tracker.gauge.caveat
        return component(counter, cases, scope, level, caveat)

    def _modelled(self, model: Model, use: CpuUse, scope: Scope, slept: bool) -> Component:
        cases = model_cases(model, use, self._part(model.kind))
        caveat = f"{_SLEPT}; the time awake is counted" if slept else model.caveat
        return component(model, cases, scope, model.level, caveat)

    def _part(self, kind: str) -> float:
        return self._reserved.ram if kind == "ram" else self._reserved.cpu


def _slept(begin: Moment, end: Moment) -> bool:
    return end.slept - begin.slept > _SLEPT_S


def _alone(gpu: GpuUse | None) -> bool:
    """Whether nobody but the kernel uses a GPU."""
    return gpu is not None and gpu.share is not None and gpu.share.low == 1.0


def _gpu_parts(gpu: GpuUse | None, machine: Interval) -> tuple[Interval, Interval, str | None]:
    """The kernel's part of a GPU's work and of its draw at rest, and what is unsure.

    The draw at rest follows the work where somebody holds the GPU, else the machine's
    reserved share: a GPU that nobody uses still draws power for whoever reserved it.
    """
    if gpu is None:
        return Interval(0.0, 1.0, 1.0), Interval(0.0, machine.mid, machine.mid), _SETTLING
    if gpu.share is None:
        return Interval(0.0, 1.0, 1.0), Interval(0.0, machine.mid, machine.mid), _UNSEEN
    part = gpu.at_rest or (gpu.share if gpu.holders else machine)
    return gpu.share, part, gpu.caveat
