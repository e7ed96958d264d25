"""Whose joules: the kernel's share of each device.

    E_cell = E_active * C_k / C_busy + P_idle * T * r

C_k is the CPU time of the kernel and its children, C_busy that of the whole machine, r the
reserved share. Every quantity is an interval; the shares are linear in each of them, so the
extremes lie at the corners and a figure spans the least and the most of all cases.
"""

from __future__ import annotations

from operator import add, mul
from typing import TYPE_CHECKING, NamedTuple

from greenlab.interval import Interval
from greenlab.record import Component, Figure

if TYPE_CHECKING:
    from greenlab.record.cell import Scope
    from greenlab.sensors.base import Lacking, PowerModel, Source


Case = tuple[float, float, float, float]
"""One way it can have been: a device's active and idle joules, and the kernel's part of
either, 0 to 1. A plain tuple: a cell makes dozens of them."""


class CpuUse(NamedTuple):
    """CPU seconds in a window of `span_s`: the kernel's, and the machine's as an interval."""

    own_s: float
    busy_s: Interval
    span_s: float
    cpus: int

    def share(self, busy_s: float) -> float:
        """The kernel's part of the busy time, 0 to 1."""
        return min(1.0, self.own_s / busy_s) if busy_s > 0 else 0.0


def counter_cases(
    energy: Interval, idle_w: Interval, shares: Interval, span_s: float, part: Interval
) -> list[Case]:
    """The best values, then the corners of energy, idle power, share and reserve."""
    parts = (part.low,) if part.low == part.high else (part.low, part.high)
    kinds = (shares.low,) if shares.low == shares.high else (shares.low, shares.high)
    rests = [watts * span_s for watts in (idle_w.low, idle_w.high)]
    idle_j = min(energy.mid, idle_w.mid * span_s)
    cases = [(energy.mid - idle_j, idle_j, shares.mid, part.mid)]
    for energy_j in (energy.low, energy.high):
        for rest_j in rests:
            idle_j = min(energy_j, rest_j)
            active_j = energy_j - idle_j
            cases += [(active_j, idle_j, k, r) for k in kinds for r in parts]
    return cases


def cpu_shares(use: CpuUse) -> Interval:
    """The kernel's part of the machine's busy time."""
    low, mid, high = use.busy_s
    return Interval(use.share(high), use.share(mid), use.share(low))


def model_cases(model: PowerModel, use: CpuUse, reserved: float) -> list[Case]:
    """A model's best value, then its extremes at both bounds of the busy time."""
    low, mid, high = use.busy_s
    best = model.splits(mid, use.span_s, use.cpus)[0]
    cases = [(best.active_j, best.idle_j, use.share(mid), reserved)]
    for busy_s in (low, high):
        share = use.share(busy_s)
        cases += [
            (active_j, idle_j, share, reserved)
            for active_j, idle_j in model.splits(busy_s, use.span_s, use.cpus)[1:]
        ]
    return cases


def component(
    source: Source, cases: list[Case], scope: Scope, level: float, caveat: str | None
) -> Component:
    """The figures of all cases; the first case is the best one."""
    actives, idles, shares, reserves = zip(*cases, strict=True)
    active, idle = tuple(map(mul, actives, shares)), tuple(map(mul, idles, reserves))
    host = tuple(map(add, actives, idles))
    tier, ours = source.tier, min(level, 0.95)

    def figure(values: tuple[float, ...], level: float) -> Figure:
        return Figure(values[0], min(values), max(values), level, tier, caveat)

    active_j, idle_j = figure(active, ours), figure(idle, ours)
    # The same figure where it is the same one, as of memory: a session keeps thousands.
    host_j = idle_j if host == idle and level == ours else figure(host, level)
    if scope == "process":
        energy_j = idle_j if not any(active) else figure(tuple(map(add, active, idle)), ours)
    else:
        energy_j = active_j if scope == "active" else host_j
    return Component(
        source.kind, source.device, source.source, energy_j, host_j, active_j, idle_j
    )


def missing(source: Source | Lacking, reason: str) -> Component:
    """A device that said nothing, and why."""
    none = Figure.missing(reason)
    return Component(source.kind, source.device, source.source, none, none, none, none)
