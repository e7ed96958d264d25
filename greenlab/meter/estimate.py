"""From what was read at both ends of a window to its energies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import Interval
from greenlab.meter.attribution.cpu_time import used_s
from greenlab.meter.attribution.idle_power import MOST_W_PER_BUSY_CPU, SHORTEST_S, IdlePower
from greenlab.meter.attribution.leftover_threads import thread_use
from greenlab.meter.attribution.quota import Reserved, reserved
from greenlab.meter.attribution.shares import (
    CpuUse,
    component,
    counter_cases,
    cpu_shares,
    missing,
    model_cases,
)
from greenlab.meter.bounds import part_time
from greenlab.meter.measurement import Measurement
from greenlab.meter.timeline import EnergyTimeline, Timeline
from greenlab.record import total
from greenlab.sensors.base import GpuUse
from greenlab.sensors.hotplug import NewDevices

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from greenlab.host.host import Host
    from greenlab.meter.attribution.host_busy import HostCpu
    from greenlab.meter.counter_reader import Tracker
    from greenlab.meter.window import Moment, Window
    from greenlab.record import Component
    from greenlab.record.cell import Scope
    from greenlab.sensors.base import Lacking, PowerModel

COUNTER_LEVEL: Final = 0.999
PART_TIME_LEVEL: Final = 0.95
RESTED_LEVEL: Final = 0.95
"""Of GPUs that rested before a window: they may have begun to work since the last update."""
_MUCH: Final = 0.1
_SLEPT_S: Final = 0.005
_CLOCK_SET_S: Final = 0.5
_SLEPT: Final = "the machine slept during this window"
_STALLED: Final = "the counter shows less than the device's idle power: it stalled for a while"
_LOOKS_AWAY: Final = (
    "this GPU looks at its power a quarter of the time: it may miss short work, or see too much"
)
_UNSEEN: Final = "which processes use this GPU cannot be seen from here"
_SETTLING: Final = "the GPU's counter moves late: this figure settles in a moment"


class Stretch(NamedTuple):
    """A window's two ends, the CPU time used in it, what its figures count, and what was read
    from one end to the other.
    """

    begin: Moment
    end: Moment
    use: CpuUse
    scope: Scope
    timeline: Timeline | None


class _IdlePowers(dict["Tracker", IdlePower]):
    """What is known of each device's idle power."""

    def __missing__(self, tracker: Tracker) -> IdlePower:
        self[tracker] = found = IdlePower(None if tracker.gpu else MOST_W_PER_BUSY_CPU)
        return found


class WindowEstimate:
    """Knows the sources, the idle power learned so far, and the reserved share."""

    def __init__(
        self,
        host: Host,
        trackers: Sequence[Tracker],
        models: Sequence[PowerModel],
        machine: HostCpu,
        lacking: Sequence[Lacking] = (),
    ) -> None:
        self._host = host
        self._models, self._machine = models, machine
        self._lacking = [missing(one, one.reason) for one in lacking]
        self._reserved: Reserved = reserved(host)
        counters = [tracker.counter for tracker in trackers]
        self._new_devices = NewDevices(host, counters)
        self.idle = _IdlePowers()

    def learn(self, begin: Moment, end: Moment) -> None:
        """Idle power, from a window or from the gap between two."""
        if not begin.readings or end.at - begin.at < SHORTEST_S or _slept(begin, end):
            return
        use = self._use(begin, end)
        for tracker, first in begin.readings.items():
            energy = tracker.between(first, end.reading(tracker), begin.at, end.at)
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
        timeline: Timeline | None = None,
    ) -> Measurement:
        """The window's energies. Not `settled`: GPUs are asked nothing that takes long.

        `gap`: the end of the window before. `timeline`: what was read in between, if anything.
        """
        use = self._use(begin, end)
        trackers = _read_in(begin, end)
        gpus = (self._ask_gpus(trackers, begin, end) if settled else {}) | _fixed(trackers)
        stretch = Stretch(begin, end, use, scope, timeline)
        counted = {
            tracker: self._counted(
                tracker,
                stretch,
                gpu=gpus.get(tracker),
                outside_w=(outside_w or {}).get(tracker),
            )
            for tracker in trackers
        }
        components = [*counted.values()]
        components += [self._modelled(m, use, scope, _slept(begin, end)) for m in self._models]
        named = {c.device for c in components}
        unread = [*self._new_devices.components(end.at), *self._lacking]
        components += [c for c in unread if c.device not in named]
        parts = tuple(components)
        busy = [gpu.busy for gpu in gpus.values() if gpu.busy is not None]
        return Measurement(
            started_at=begin.wall,
            duration_s=use.span_s,
            components=parts,
            energy_j=total((c.device, c.energy_j) for c in components),
            host_energy_j=total((c.device, c.host_energy_j) for c in components),
            cpu_s=use.own_s,
            gpu_busy=sum(busy) / len(busy) if busy else None,
            settled=settled,
            threads=thread_use(gap, begin, end) if self._host.linux else None,
            busy_s=use.busy_s,
            cpus=use.cpus,
            counted=counted,
            timeline=EnergyTimeline(begin, end, parts, counted, timeline),
        )

    def again(
        self, said: Measurement, window: Window, scope: Scope, only: Collection[Tracker]
    ) -> Measurement:
        """What was said of a closed window, with some of its counters worked out anew."""
        assert window.end is not None
        begin, end = window.begin, window.end
        stretch = Stretch(begin, end, self._use(begin, end), scope, window.timeline)
        counted = {
            tracker: self._counted(tracker, stretch, gpu=None, outside_w=None)
            if tracker in only
            else one
            for tracker, one in said.counted.items()
        }
        components = (*counted.values(), *said.components[len(counted) :])
        return replace(
            said,
            components=components,
            counted=counted,
            timeline=EnergyTimeline(begin, end, components, counted, window.timeline),
            energy_j=total((c.device, c.energy_j) for c in components),
            host_energy_j=total((c.device, c.host_energy_j) for c in components),
        )

    def _use(self, begin: Moment, end: Moment) -> CpuUse:
        span_s = max(0.0, end.at - begin.at)
        own_s = used_s(begin.cpu, end.cpu)
        busy_s = self._machine.busy(begin.busy, end.busy, begin.at, end.at, own_s)
        return CpuUse(own_s, busy_s, span_s, self._machine.cpus)

    def _ask_gpus(
        self, trackers: Sequence[Tracker], begin: Moment, end: Moment
    ) -> dict[Tracker, GpuUse]:
        if all(tracker.gpu is None for tracker in trackers):
            return {}
        if abs(self._clock_was_set_s(begin)) > _CLOCK_SET_S:
            # The driver dates its samples by the wall clock: who did what is not known.
            return {t: GpuUse(None, 0, None) for t in trackers if t.gpu is not None}
        pids = [self._host.pid(), *begin.cpu.live_s, *end.cpu.live_s]
        return {
            tracker: tracker.gpu.use(pids, begin.wall)
            for tracker in trackers
            if tracker.gpu is not None
        }

    def _clock_was_set_s(self, begin: Moment) -> float:
        """By how much somebody has set the wall clock since then."""
        host = self._host
        awake_s, asleep_s = host.monotonic() - begin.at, host.slept() - begin.slept
        return host.wallclock() - begin.wall - awake_s - asleep_s

    def _counted(
        self,
        tracker: Tracker,
        stretch: Stretch,
        *,
        gpu: GpuUse | None,
        outside_w: Interval | None,
    ) -> Component:
        begin, end, use, scope, _ = stretch
        counter, first, last = tracker.counter, begin.reading(tracker), end.reading(tracker)
        if _slept(begin, end):
            return missing(counter, _SLEPT)
        level = COUNTER_LEVEL
        if outside_w is not None and _alone(gpu):
            level = RESTED_LEVEL
        elif outside_w is not None:
            outside_w = outside_w._replace(high=counter.cap_w)
        energy = tracker.between(first, last, begin.at, end.at, outside_w=outside_w)
        if isinstance(energy, str):
            return missing(counter, energy)
        caveat = tracker.doubt(first, last)
        if tracker.gauge is not None:
            energy, level = _sampled(tracker, stretch, energy), tracker.gauge.level
            caveat = caveat or tracker.gauge.caveat
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
        return component(counter, cases, scope, level, caveat)

    def _modelled(self, model: PowerModel, use: CpuUse, scope: Scope, slept: bool) -> Component:
        cases = model_cases(model, use, self._part(model.kind))
        caveat = f"{_SLEPT}; the time awake is counted" if slept else model.caveat
        return component(model, cases, scope, model.level, caveat)

    def _part(self, kind: str) -> float:
        return self._reserved.ram if kind == "ram" else self._reserved.cpu


def _read_in(begin: Moment, end: Moment) -> tuple[Tracker, ...]:
    """The counters that were read at either end, in the order of the begin."""
    if begin.readings.keys() == end.readings.keys():
        return tuple(begin.readings)
    return tuple(dict.fromkeys((*begin.readings, *end.readings)))


def _sampled(tracker: Tracker, stretch: Stretch, energy: Interval) -> Interval:
    """The best value of a device whose power is sampled, by all samples of the window."""
    begin, end = stretch.begin, stretch.end
    timeline = stretch.timeline or Timeline.of_ends(begin, end)
    best_j = timeline.best_j(tracker, begin.at, end.at)
    if best_j is None:
        return energy
    return energy._replace(mid=min(max(best_j, energy.low), energy.high))


def _fixed(trackers: Iterable[Tracker]) -> dict[Tracker, GpuUse]:
    """Who uses the GPUs of which that never changes."""
    return {t: t.gpu.fixed for t in trackers if t.gpu is not None and hasattr(t.gpu, "fixed")}


def _slept(begin: Moment, end: Moment) -> bool:
    return end.slept - begin.slept > _SLEPT_S


def _alone(gpu: GpuUse | None) -> bool:
    """Whether nobody but the kernel uses a GPU."""
    return gpu is not None and gpu.share is not None and gpu.share.low == 1.0


def _gpu_parts(gpu: GpuUse | None, machine: Interval) -> tuple[Interval, Interval, str | None]:
    """The kernel's part of a GPU's work and of its idle power, and what is unsure.

    The idle power follows the work where somebody holds the GPU, else the machine's
    reserved share: a GPU that nobody uses still draws power for whoever reserved it.
    """
    if gpu is None:
        return Interval(0.0, 1.0, 1.0), Interval(0.0, machine.mid, machine.mid), _SETTLING
    if gpu.share is None:
        return Interval(0.0, 1.0, 1.0), Interval(0.0, machine.mid, machine.mid), _UNSEEN
    part = gpu.idle_share or (gpu.share if gpu.holders else machine)
    return gpu.share, part, gpu.caveat
