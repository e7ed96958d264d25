"""RAPL through perf's power events, for machines that restrict powercap but not perf.

`energy-pkg` and `energy-ram` count the same joules as powercap's packages and memory, so they
are left out where those can be read. Never added: `energy-cores` and `energy-gpu` (inside the
package) and `energy-psys` (contains it). The kernel unrolls the wraps of the registers. An
event is counted on one CPU of each package and costs nothing while no window needs it.
Source: Linux's arch/x86/events/rapl.c and Documentation/ABI on event_source devices.
"""

from __future__ import annotations

import errno
import sys
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from greenlab.host.kept_reader import KeptReader
from greenlab.host.machine import look
from greenlab.sensors import rapl
from greenlab.sensors.base import CounterError, Found, absent, joined, present
from greenlab.sensors.hwmon_files import trouble
from greenlab.sensors.models.tdp import tdp_w

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind

PMU: Final = "/sys/bus/event_source/devices/power"
_Kind = Literal["cpu", "ram"]
EVENTS: Final[dict[_Kind, str]] = {"cpu": "energy-pkg", "ram": "energy-ram"}
_CLOSED = (
    "perf's power events need the capability CAP_PERFMON, or kernel.perf_event_paranoid at 0"
)
_OPEN = "sudo sysctl kernel.perf_event_paranoid=0"
_OPEN_IN_CONTAINER = "start the container with --cap-add PERFMON"


class Event(NamedTuple):
    """One event on one CPU. `scale_j`: joules of one count."""

    pmu: int
    config: int
    cpu: int
    scale_j: float


class PerfCounter:
    """One package's or memory's joules, counted since the first read."""

    source = "perf"
    tier: Tier = "measured"
    range_j: float | None = None
    step_j = 61e-6
    """The coarsest energy unit in use, 2^-14 J."""
    calibrate = True
    late = False
    poll_s: float | None = None

    def __init__(
        self, host: Host, event: Event, kind: ComponentKind, device: str, cap_w: float
    ) -> None:
        self.kind, self.device, self.cap_w = kind, device, cap_w
        self.period_s = rapl.UPDATE_PERIOD_S
        self._scale_j = event.scale_j
        self._count = KeptReader(partial(host.perf_event, event.pmu, event.config, event.cpu))

    def read_j(self) -> float:
        """Joules since the event was opened."""
        try:
            count = self._count.read()
        except OSError as error:
            raise CounterError(f"{self.device}: {_words(error)}") from None
        if len(count) != 8:
            self.close()
            raise CounterError(f"{self.device}: the event is no longer counted")
        return int.from_bytes(count, sys.byteorder) * self._scale_j

    def close(self) -> None:
        """Stop counting; the next read starts again."""
        self._count.close()


def _words(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return _CLOSED
    return f"the power event cannot be counted ({error.strerror or error})"


def _event_of(host: Host, name: str) -> tuple[int, int, float] | None:
    """Number of the PMU, event code and joules a count; `None` if there is no such event."""
    code = (host.read_text(f"{PMU}/events/{name}") or "").removeprefix("event=")
    unit = host.read_text(f"{PMU}/events/{name}.unit")
    try:
        scale_j = float(host.read_text(f"{PMU}/events/{name}.scale") or "")
        found = int(host.read_text(f"{PMU}/type") or ""), int(code, 0), scale_j
    except ValueError:
        return None
    return found if unit == "Joules" and scale_j > 0 else None


def _cpus(text: str) -> list[int]:
    """The numbers of a list as `0,28` or `0-1`.

    Raises:
        ValueError: it is none.
    """
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def _packages(host: Host) -> dict[str, int]:
    """The CPU that counts for each package, by the name that powercap gives the package.

    Dies of an Intel package have registers of their own; those of an AMD one show the same.
    """
    dies: dict[str, list[int]] = {}
    try:
        cpus = _cpus(host.read_text(f"{PMU}/cpumask") or "")
    except ValueError:
        return {}
    for cpu in cpus:
        topology = f"/sys/devices/system/cpu/cpu{cpu}/topology"
        package = host.read_text(f"{topology}/physical_package_id") or str(len(dies))
        dies.setdefault(f"package-{package}", []).append(cpu)
    found = {}
    for name, ours in dies.items():
        if len(ours) == 1 or look(host).vendor == "AuthenticAMD":
            found[name] = ours[0]
        else:
            found |= {f"{name}-die-{die}": cpu for die, cpu in enumerate(ours)}
    return found


def find(host: Host) -> Found:
    """The power events of this machine, each opened once to see whether that is allowed."""
    packages = _packages(host) if host.linux else {}
    if not packages:
        return absent("perf", "cpu", "perf has no power events here")
    events = ((kind, _event_of(host, name)) for kind, name in EVENTS.items())
    return joined(
        _of_kind(host, kind, _counters(host, kind, event, packages))
        for kind, event in events
        if event is not None
    )


def _counters(
    host: Host, kind: _Kind, event: tuple[int, int, float], packages: dict[str, int]
) -> list[PerfCounter]:
    """One counter per package. `event`: the type and number of perf's, and joules a step."""
    machine = look(host)
    memory_gb, design_w = machine.memory_bytes / 1e9 or 512.0, tdp_w(machine.name)
    zones = {zone.name: zone for zone in rapl.zones(host)}
    pmu, config, scale_j = event
    counters = []
    for package, cpu in packages.items():
        device = f"{package} dram" if kind == "ram" else package
        zone = zones.get(device, rapl.RaplZone("", device, kind))
        cap_w = rapl.cap_w(host, zone, memory_gb, design_w)
        counters.append(
            PerfCounter(host, Event(pmu, config, cpu, scale_j), kind, device, cap_w)
        )
    return counters


def _of_kind(host: Host, kind: _Kind, counters: list[PerfCounter]) -> Found:
    """Tries each counter, and closes it: an event that is open counts and costs."""
    reasons = [reason for one in counters if (reason := trouble(one))]
    for counter in counters:
        counter.close()
    readable = len(reasons) < len(counters)
    fix = _OPEN_IN_CONTAINER if host.contained() else _OPEN
    status = present(
        "perf",
        kind,
        rapl.covers([one.device for one in counters]),
        reasons[:1],
        fix if any(_CLOSED in reason for reason in reasons) else None,
        readable=readable,
    )
    return Found((status,), tuple(counters) if readable else ())
