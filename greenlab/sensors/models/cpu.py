"""CPU power where no counter can be read: what full load draws, and how busy it was.

The whole package, along the curve of curve.py. What full load draws is, best first: this
machine's own calibration; the design power of a known processor; so many watts a thread for
the processor's family. A guest sees neither the chip nor its neighbours: it is charged its
own threads' part, by family, with an interval as wide as the family.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from greenlab.host.cpu_family_power import UNKNOWN_W_PER_THREAD, family
from greenlab.host.machine import Machine, look
from greenlab.interval import Interval
from greenlab.record import SensorStatus
from greenlab.sensors.base import Found, Split
from greenlab.sensors.models import calibration
from greenlab.sensors.models.power_curve import PowerCurve, rise
from greenlab.sensors.models.ram import W_PER_GB
from greenlab.sensors.models.tdp import model_number, plain, tdp_w

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

SERVER_FULL_LOAD: Final = Interval(0.64, 0.95, 1.40)
"""Full-load package power over design power, for nine cases of ten of one more kind: predicted
from 32 measurements on six kinds of Xeon under four kinds of load (`prediction` in
benchmarks/models.py; AMD's are not among them)."""
CLIENT_FULL_LOAD: Final = Interval(0.60, 1.1, 2.50)
"""The same for laptops and desktops, from their limits, not from measurements: AMD's package
limit is 1.35 times the design power in desktops, Intel's maximum turbo power 2.0 times in
desktops (253 W of 125 W) and up to 3.7 times, for seconds, in laptops (55 W of 15 W)."""
MODEL_LEVEL: Final = 0.9
_SERVER: Final = re.compile(r"\b(epyc|opteron|xeon(?! (e3|e|w|d)\b))\b")


_split = partial(tuple.__new__, Split)
"""A split of a pair, in half the time that the class's own `__new__` takes."""


class CpuModel:
    """Power of the CPUs that can be seen here."""

    kind: ComponentKind = "cpu"
    source = "cpu-model"
    caveat: str | None = None
    level = MODEL_LEVEL

    def __init__(self, device: str, curve: PowerCurve, tier: Tier) -> None:
        self.device, self.curve, self.tier = device, curve, tier
        self._lines = curve.lines()

    def splits(self, busy_s: float, span_s: float, cpus: int) -> tuple[Split, ...]:
        """Energy of a window in joules: the best, then all extremes.

        The curve is concave and only the mean load is known: a load that came and went
        cost less than the curve at its mean, but at least the straight line from rest to
        full load. The best value is the middle of the two.
        """
        load = min(1.0, busy_s / (span_s * cpus)) if span_s > 0 and cpus else 0.0
        most = rise(load)
        parts = ((most + load) / 2, load, load, most, most)
        # Plain arithmetic: each cell and block asks three times.
        return tuple(
            [
                _split((rise_w * part * span_s, idle_w * span_s))
                for (idle_w, rise_w), part in zip(self._lines, parts, strict=True)
            ]
        )


def find(host: Host) -> Found:
    """A model for this machine. There is always one; its tier says how far to trust it."""
    machine = look(host)
    name = _name(machine)
    own, trouble = calibration.load(machine)
    if own is not None:
        model = CpuModel(name, calibration.curve(own, least_memory_w(machine)), "modelled")
        covers = f"model, {name} ({own.source})"
    else:
        model, covers = _by_make(machine, name)
    fix = calibration.step(machine, own, trouble)
    status = SensorStatus("cpu-model", "cpu", True, True, model.tier, covers, trouble, fix)
    return Found((status,), (model,))


def least_memory_w(machine: Machine) -> float:
    """The least that this machine's memory draws."""
    return W_PER_GB.low * machine.memory_bytes / 1e9


def _name(machine: Machine) -> str:
    """The CPU as people call it, with its family where its name says too little."""
    name = re.sub(r"\((R|TM)\)|®|™|\b(CPU|Processor)\b| @.*", " ", machine.name)
    name = " ".join(name.split()) or "CPU"
    known = family(machine)
    if known is None or known.name in name or model_number(plain(machine.name)):
        return name
    return f"{name}, {known.name} family"


def full_load(name: str) -> Interval:
    """Full-load package power over design power, for a CPU of this name."""
    return SERVER_FULL_LOAD if _SERVER.search(plain(name)) else CLIENT_FULL_LOAD


def _by_make(machine: Machine, name: str) -> tuple[CpuModel, str]:
    """The model of a machine that was not calibrated, and what it covers."""
    design_w = tdp_w(machine.name)
    if design_w and not machine.guest:
        full_w = full_load(machine.name).times(design_w * machine.sockets)
        times = f"{machine.sockets} x " if machine.sockets > 1 else ""
        covers = f"model, {times}{name} ({design_w:g} W design power)"
        return CpuModel(name, PowerCurve(full_w), "modelled"), covers
    known = family(machine)
    per_thread = known.w_per_thread if known else UNKNOWN_W_PER_THREAD
    full_w = per_thread.times(machine.threads)
    if design_w:
        most = full_load(machine.name).high * design_w * machine.sockets
        full_w = Interval(*(min(watts, most) for watts in full_w))
    where = "shared machine" if machine.guest else "design power not known"
    count = f"{machine.threads} thread{'s' if machine.threads != 1 else ''}"
    article = "an" if name[:1].upper() in "AEIOU" else "a"
    covers = f"model, {count} of {article} {name} ({where})"
    return CpuModel(name, PowerCurve(full_w), "assumed"), covers
