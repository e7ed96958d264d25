"""Whose joules: the kernel's share of each device.

    E_cell = E_active * C_k / C_busy + P_idle * T * r

C_k is the CPU time of the kernel and its children, C_busy that of the whole machine, r the
reserved share. Every quantity is an interval; the shares are linear in each of them, so the
extremes lie at the corners and a figure spans the least and the most of all cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from greenlab.record import Component, Figure
from greenlab.sensors.base import Interval, Split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from greenlab.record import Tier
    from greenlab.record.cell import Scope
    from greenlab.sensors.base import Model, Source


class Case(NamedTuple):
    """One way it can have been: a device's energy, and the kernel's part of either half."""

    active_j: float
    idle_j: float
    share: float
    reserved: float


class CpuUse(NamedTuple):
    """CPU seconds in a window of `span_s`: the kernel's, and the machine's as an interval."""

    own_s: float
    busy_s: Interval
    span_s: float
    cpus: int

    def share(self, busy_s: float) -> float:
        """The kernel's part of the busy time, 0 to 1."""
        return min(1.0, self.own_s / busy_s) if busy_s > 0 else 0.0

    def best_first(self) -> tuple[float, float, float]:
        """The busy seconds: best, least, most."""
        low, mid, high = self.busy_s
        return mid, low, high


def counter_cases(
    energy: Interval, idle_w: Interval, shares: Interval, span_s: float, part: Interval
) -> list[Case]:
    """The corners of a counter's energy, its power at rest, the share and the reserve."""
    cases = []
    for energy_j in (energy.mid, energy.low, energy.high):
        for watts in (idle_w.mid, idle_w.low, idle_w.high):
            idle_j = min(energy_j, watts * span_s)
            cases += [
                Case(energy_j - idle_j, idle_j, share, reserved)
                for share in (shares.mid, shares.low, shares.high)
                for reserved in dict.fromkeys((part.mid, part.low, part.high))
            ]
    return cases


def cpu_shares(use: CpuUse) -> Interval:
    """The kernel's part of the machine's busy time."""
    low, mid, high = use.busy_s
    return Interval(use.share(high), use.share(mid), use.share(low))


def model_cases(model: Model, use: CpuUse, reserved: float) -> list[Case]:
    """A model's best, least and most at each bound of the busy time."""
    splits: Iterator[tuple[Split, float]] = (
        (split, busy_s)
        for busy_s in use.best_first()
        for split in model.splits(busy_s, use.span_s, use.cpus)
    )
    return [Case(*split, use.share(busy_s), reserved) for split, busy_s in splits]


def component(
    source: Source, cases: Iterable[Case], scope: Scope, level: float, caveat: str | None
) -> Component:
    """The figures of all cases; the first case is the best one."""
    cases = list(cases)

    def figure(values: list[float], tier: Tier, sure: float) -> Figure:
        return Figure(values[0], min(values), max(values), sure, tier, caveat)

    active = [case.active_j * case.share for case in cases]
    idle = [case.idle_j * case.reserved for case in cases]
    host = [case.active_j + case.idle_j for case in cases]
    own = [a + i for a, i in zip(active, idle, strict=True)]
    energy = {"process": own, "active": active, "host": host}[scope]
    sure = level if scope == "host" else min(level, 0.95)
    return Component(
        source.kind,
        source.device,
        source.source,
        energy_j=figure(energy, source.tier, sure),
        host_energy_j=figure(host, source.tier, level),
        active_j=figure(active, source.tier, min(level, 0.95)),
        idle_j=figure(idle, source.tier, min(level, 0.95)),
    )


def missing(source: Source, reason: str) -> Component:
    """A device that said nothing, and why."""
    none = Figure.missing(reason)
    return Component(source.kind, source.device, source.source, none, none, none, none)
