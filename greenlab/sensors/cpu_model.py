"""CPU power where no counter can be read: from the design power and how busy it was.

The whole package: P(u) = P(100 %) x shape(u). The shape is that of packages, steeper at the
start than that of whole servers; the two are never mixed. On a machine of known make the
design power comes from a table of names. A guest sees neither the chip nor its neighbours:
it is charged its own threads' part, from the watts per thread of its CPU's family, with an
interval as wide as the family.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from greenlab.record import SensorStatus
from greenlab.sensors.base import Found, Interval, Split
from greenlab.sensors.machine import Machine, look
from greenlab.sensors.tdp import tdp_w

if TYPE_CHECKING:
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind
    from greenlab.sensors.host import Host

SHAPE: Final = ((0.0, 0.20), (0.1, 0.32), (0.5, 0.73), (1.0, 1.0))
"""Package power over full-load power at a utilisation; 10 % and 50 % from package counters,
the draw at rest an assumption between them and published idle figures."""
IDLE_SHARE: Final = Interval(0.05, 0.20, 0.35)
"""Of full-load power, at rest: laptops sleep deeply, servers do not."""
FULL_LOAD: Final = Interval(0.70, 1.0, 1.30)
"""Full-load package power over design power: 10-90 % of measured machines lie within
0.81-1.21 (SPECpower ssj2008, 241 servers), widened to hold nine in ten with the scope."""
UNKNOWN_W_PER_THREAD: Final = Interval(1.0, 3.0, 8.0)
MODEL_LEVEL: Final = 0.9

# Watts per hardware thread at full load, by (family, first model, last model): design power
# over threads, the middle of what clouds rent and the extremes of the family's list.
_AMD: Final = (
    (23, 0x00, 0x0F, "EPYC 7001", Interval(1.8, 2.8, 8.0)),  # 180 W / 64
    (23, 0x30, 0x3F, "EPYC 7002", Interval(1.2, 1.9, 6.0)),  # 225-240 W / 128
    (25, 0x00, 0x0F, "EPYC 7003", Interval(1.2, 2.2, 7.0)),  # 280 W / 128
    (25, 0x10, 0x1F, "EPYC 9004", Interval(1.0, 2.0, 6.5)),  # 360 W / 192
    (25, 0xA0, 0xAF, "EPYC 97x4", Interval(0.8, 1.4, 3.0)),  # 360 W / 256
    (26, 0x00, 0x1F, "EPYC 9005", Interval(0.8, 1.6, 6.5)),  # 400 W / 256
)
_INTEL: Final = (
    (6, 63, 63, "Xeon v3", Interval(1.8, 3.3, 8.0)),  # 120 W / 36
    (6, 79, 79, "Xeon v4", Interval(1.8, 3.3, 8.0)),  # 145 W / 44
    (6, 85, 85, "Xeon Scalable", Interval(1.8, 3.7, 8.0)),  # 205 W / 56
    (6, 106, 106, "Xeon Scalable", Interval(1.8, 3.4, 8.0)),  # 270 W / 80
    (6, 143, 143, "Xeon Scalable", Interval(1.6, 3.1, 8.0)),  # 350 W / 112
    (6, 207, 207, "Xeon Scalable", Interval(1.5, 2.8, 8.0)),  # 350 W / 128
    (6, 173, 174, "Xeon 6", Interval(1.2, 2.2, 6.0)),  # 500 W / 256
)


def shape(load: float) -> float:
    """Package power at a utilisation 0 to 1 over that at full load: straight pieces."""
    load = min(max(load, 0.0), 1.0)
    for (u0, p0), (u1, p1) in pairwise(SHAPE):
        if load <= u1:
            return p0 + (p1 - p0) * (load - u0) / (u1 - u0)
    return SHAPE[-1][1]


def family_w_per_thread(machine: Machine) -> Interval:
    """Watts of one busy thread of a guest's CPU, from its family."""
    table = {"AuthenticAMD": _AMD, "GenuineIntel": _INTEL}.get(machine.vendor, ())
    for family, first, last, _, watts in table:
        if machine.family == family and first <= machine.model <= last:
            return watts
    return UNKNOWN_W_PER_THREAD


class CpuModel:
    """Power of the CPUs that can be seen here. `full_w`: all of them busy."""

    kind: ComponentKind = "cpu"
    source = "cpu-model"
    caveat: str | None = None

    def __init__(self, device: str, full_w: Interval, tier: Tier, level: float) -> None:
        self.device, self.full_w, self.tier, self.level = device, full_w, tier, level

    def splits(self, busy_s: float, span_s: float, cpus: int) -> tuple[Split, ...]:
        """Energy of a window in joules: the best, then all extremes.

        The curve is concave and only the mean load is known: a load that came and went
        cost less than the curve at its mean, but at least the straight line from rest to
        full load. The best value is the middle of the two.
        """
        load = min(1.0, busy_s / (span_s * cpus)) if span_s > 0 and cpus else 0.0
        rise = (shape(load) - SHAPE[0][1]) / (1.0 - SHAPE[0][1])
        full, rest = self.full_w, IDLE_SHARE
        return (
            _split(full.mid, rest.mid, (rise + load) / 2, span_s),
            _split(full.low, rest.low, load, span_s),
            _split(full.low, rest.high, load, span_s),
            _split(full.high, rest.low, rise, span_s),
            _split(full.high, rest.high, rise, span_s),
        )


def _split(full_w: float, rest: float, rise: float, span_s: float) -> Split:
    return Split(full_w * (1.0 - rest) * rise * span_s, full_w * rest * span_s)


def find(host: Host) -> Found:
    """A model for this machine. There is always one; its tier says how far to trust it."""
    machine = look(host)
    name = " ".join(re.sub(r"\((R|TM)\)| CPU\b| @.*", "", machine.name).split()) or "CPU"
    design_w = tdp_w(machine.name)
    count = f"{machine.threads} thread{'s' if machine.threads != 1 else ''}"
    if design_w and not machine.guest:
        full_w = FULL_LOAD.times(design_w * machine.sockets)
        model = CpuModel(name, full_w, "modelled", MODEL_LEVEL)
        times = f"{machine.sockets} x " if machine.sockets > 1 else ""
        covers = f"model, {times}{name} ({design_w:g} W design power)"
    else:
        per_thread = family_w_per_thread(machine)
        full_w = per_thread.times(machine.threads)
        if design_w:
            most = FULL_LOAD.high * design_w * machine.sockets
            full_w = Interval(*(min(watts, most) for watts in full_w))
        model = CpuModel(name, full_w, "assumed", MODEL_LEVEL)
        where = "shared machine" if machine.guest else "design power not known"
        article = "an" if name[:1].upper() in "AEIOU" else "a"
        covers = f"model, {count} of {article} {name} ({where})"
    status = SensorStatus("cpu-model", "cpu", True, True, model.tier, covers)
    return Found((status,), (model,))
