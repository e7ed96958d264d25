"""Intel and AMD energy counters (RAPL) through Linux powercap.

Every `package-*` zone and every `dram` zone is summed, distinguished by name. Never added:
`core` and `uncore` (inside the package), `psys` (contains it), and a zone shown twice,
through `intel-rapl-mmio` or mirrored on several dies. What it covers is the CPU package and
the memory: no power supply loss, disk, network or fan.
Source: Documentation/power/powercap/powercap.rst and drivers/powercap of Linux.
"""

from __future__ import annotations

import errno
import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

from greenlab.host.kept_reader import KeptReader
from greenlab.host.machine import look
from greenlab.lazy_dataclasses import dataclass
from greenlab.sensors.base import CounterError, Found, absent, joined, present
from greenlab.sensors.models.tdp import tdp_w

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

POWERCAP: Final = "/sys/class/powercap"
HOST_POWERCAP: Final = f"/host{POWERCAP}"
"""Where a container is shown the machine's counters: its own /sys hides them."""
UPDATE_PERIOD_S: Final = 0.02
"""Safe until seen: RAPL updates about every 1 ms (Hähnel et al. 2012, Khan et al. 2018)."""
UNKNOWN_CAP_W: Final = 1000.0
"""No package draws more; used where neither limits nor the CPU's name tell less."""
DRAM_W_PER_GB: Final = 1.5
"""More than loaded DDR4 or DDR5 modules draw per GB (vendor power calculators)."""
_ZONES: Final = {"package": "cpu", "dram": "ram"}

_ROOT_ONLY = "the energy counters can be read by root only (Linux since CVE-2020-8694)"
ALLOW: Final = "sudo chmod -R a+r /sys/class/powercap/intel-rapl:*/energy_uj"
_LOAD = "sudo modprobe intel_rapl_msr intel_rapl_common"
_MASKED = "the container hides the energy counters"
_UNMASK = "mount them into the container: greenlab doctor --how rapl shows how"


@dataclass(frozen=True, slots=True)
class RaplZone:
    """One powercap zone. `name`: as people read it, "package-0" or "package-0 dram"."""

    path: str
    name: str
    kind: Literal["cpu", "ram"]


def zones(host: Host) -> list[RaplZone]:
    """Every package and memory zone once, in the order of their names."""
    return _zones_in(host, POWERCAP) or _zones_in(host, HOST_POWERCAP)


def _zones_in(host: Host, folder: str) -> list[RaplZone]:
    names = {}
    for entry in host.listdir(folder):
        name = host.read_text(f"{folder}/{entry}/name")
        if ":" in entry and name:
            names[entry] = name
    found: dict[str, RaplZone] = {}
    for entry in sorted(names, key=lambda entry: "mmio" in entry):
        kind = _ZONES.get(names[entry].split("-")[0])
        if kind is None:
            continue
        parent = names.get(entry.rpartition(":")[0], "")
        name = f"{parent} {names[entry]}" if kind == "ram" and parent else names[entry]
        zone = RaplZone(f"{folder}/{entry}", name, "cpu" if kind == "cpu" else "ram")
        found.setdefault(name, zone)
    return [found[name] for name in sorted(found)]


class RaplCounter:
    """One zone's `energy_uj`, kept open. Opening is tried again after it failed."""

    source = "rapl"
    tier: Tier = "measured"
    step_j = 61e-6
    """The coarsest energy unit in use, 2^-14 J; µJ files never step more."""
    calibrate = True
    late = False
    poll_s: float | None = None

    def __init__(self, host: Host, zone: RaplZone, cap_w: float) -> None:
        self.kind: ComponentKind = zone.kind
        self.device = zone.name
        self.cap_w = cap_w
        self.period_s = UPDATE_PERIOD_S
        top = host.read_text(f"{zone.path}/max_energy_range_uj") or ""
        self.range_j = int(top) * 1e-6 if top.isdigit() and int(top) else None
        energy = partial(host.open, f"{zone.path}/energy_uj", 32, quick=True)
        self._energy = KeptReader(energy)

    def read_j(self) -> float:
        """Joules since the last wrap."""
        try:
            text = self._energy.read()
        except OSError as error:
            raise CounterError(f"{self.device}: {explain(error)}") from None
        digits = text.strip()
        if not digits.isdigit():
            raise CounterError(f"{self.device}: the counter shows no number")
        energy_j = int(digits) * 1e-6
        if self.range_j is not None and energy_j > self.range_j:
            raise CounterError(f"{self.device}: the counter is beyond its own range")
        return energy_j

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        self._energy.close()


class Unlisted(RaplCounter):
    """A package, or its memory, that Linux lists no zone for: missing, and named as lacking."""

    calibrate = False

    def read_j(self) -> float:
        """Never anything."""
        raise CounterError(f"{self.device}: Linux listed no counter for it at the start")


def _unlisted(host: Host, listed: list[RaplZone], sockets: int) -> list[RaplCounter]:
    """What the listed zones leave out: packages of other sockets, memory that others show."""

    def packages(kind: str) -> set[str]:
        # "package-0-die-1" and "package-0 dram" are of package-0.
        return {re.split(r"-die-| ", z.name)[0] for z in listed if z.kind == kind}

    there = packages("cpu")
    others = (name for n in range(2 * sockets) if (name := f"package-{n}") not in there)
    lost = list(islice(others, max(0, sockets - len(there)))) if there else []
    zones = [RaplZone("", name, "cpu") for name in lost]
    if with_memory := packages("ram"):
        bare = sorted((there | set(lost)) - with_memory)
        zones += [RaplZone("", f"{name} dram", "ram") for name in bare]
    return [Unlisted(host, zone, UNKNOWN_CAP_W) for zone in zones]


def explain(error: OSError) -> str:
    """Why a counter's file cannot be read, for people."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return _ROOT_ONLY
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return "the counter is gone"
    return f"the counter cannot be read ({error.strerror or error})"


def cap_w(host: Host, zone: RaplZone, memory_gb: float, design_w: float | None) -> float:
    """More than the zone can draw: its own limits if it reports them, else what is known.

    A limit governs averages over milliseconds and peaks exceed it, so a quarter is added. One
    that is not in force limits nothing.
    """
    if zone.kind == "ram":
        return max(20.0, memory_gb * DRAM_W_PER_GB)
    highest = 0.0
    for index in range(4 if host.read_text(f"{zone.path}/enabled") != "0" else 0):
        for what in ("power_limit_uw", "max_power_uw"):
            text = host.read_text(f"{zone.path}/constraint_{index}_{what}") or ""
            highest = max(highest, int(text) * 1e-6 if text.isdigit() else 0.0)
    ceiling = min(UNKNOWN_CAP_W, 4.0 * design_w if design_w else UNKNOWN_CAP_W)
    return min(ceiling, 1.25 * highest) if highest else min(ceiling, UNKNOWN_CAP_W)


def _mirrors(counters: list[RaplCounter]) -> set[int]:
    """Counters that repeat an earlier one: dies of one package that show the same joules."""
    dies = [(i, c) for i, c in enumerate(counters) if c.kind == "cpu" and "-die-" in c.device]
    repeated: set[int] = set()
    for place, (index, counter) in enumerate(dies):
        for other_index, other in dies[:place]:
            package = counter.device.partition("-die-")[0]
            same = package == other.device.partition("-die-")[0]
            if same and other_index not in repeated and _equal(other, counter):
                repeated.add(index)
                break
    return repeated


def _equal(one: RaplCounter, two: RaplCounter) -> bool:
    """Whether the second always lies between two reads of the first, thrice in a row."""
    try:
        return all(one.read_j() <= two.read_j() <= one.read_j() for _ in range(3))
    except CounterError:
        return False


def find(host: Host) -> Found:
    """The zones of this machine, read once to see which can be read at all."""
    if not host.linux:
        return absent("rapl", "cpu", "it is read on Linux only")
    listed = zones(host)
    if not listed:
        return _none(host)
    counters = _counters(host, listed)
    kinds: tuple[ComponentKind, ...] = ("cpu", "ram")
    ours = ((kind, [one for one in counters if one.kind == kind]) for kind in kinds)
    return joined(_of_kind(kind, counters) for kind, counters in ours if counters)


def _counters(host: Host, listed: list[RaplZone]) -> list[RaplCounter]:
    """A counter of each zone that no other repeats, and those that should be listed too."""
    machine = look(host)
    memory_gb = machine.memory_bytes / 1e9 or 512.0
    design_w = tdp_w(machine.name)
    counters = [RaplCounter(host, z, cap_w(host, z, memory_gb, design_w)) for z in listed]
    mirrored = _mirrors(counters)
    kept = [counter for index, counter in enumerate(counters) if index not in mirrored]
    return kept + _unlisted(host, listed, machine.sockets)


def _of_kind(kind: ComponentKind, counters: list[RaplCounter]) -> Found:
    """The packages, or the memories: used if one of them can be read."""
    troubles = {counter.device: _trouble(counter) for counter in counters}
    reasons = [reason for reason in troubles.values() if reason]
    readable = len(reasons) < len(counters)
    status = present(
        "rapl",
        kind,
        covers([name for name in troubles if not (readable and troubles[name])]),
        reasons[:1],
        ALLOW if any(_ROOT_ONLY in reason for reason in reasons) else None,
        readable=readable,
    )
    return Found((status,), tuple(counters) if readable else ())


def _trouble(counter: RaplCounter) -> str | None:
    try:
        counter.read_j()
    except CounterError as error:
        return str(error)
    return None


def covers(devices: list[str]) -> str:
    """Packages and memories in words."""
    words = [device.replace("-", " ").replace("dram", "memory") for device in devices]
    return "counter, " + ", ".join(words)


def _none(host: Host) -> Found:
    machine = look(host)
    if machine.guest:
        return absent("rapl", "cpu", "a virtual machine is given no energy counters")
    if host.contained():
        return absent("rapl", "cpu", _MASKED, _UNMASK, present=True)
    if machine.vendor not in ("GenuineIntel", "AuthenticAMD"):
        return absent("rapl", "cpu", "this CPU has no RAPL counters")
    if not host.listdir(POWERCAP):
        return absent("rapl", "cpu", "Linux shows no energy counters", _LOAD, present=True)
    return absent("rapl", "cpu", "no zone of a package is listed")
