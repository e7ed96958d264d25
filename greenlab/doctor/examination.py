"""What is measured, modelled and missing on this machine, why, and how to fix it."""

from __future__ import annotations

import os
import platform
import sys
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from greenlab.ledger import default_path
from greenlab.record import DoctorReport, Intensity, SensorStatus
from greenlab.record.cell import KIND_NAMES
from greenlab.sensors import permissions

READABLE: Final = 80
"""Characters of a line of prose."""
_PACKAGES: Final = ("ipykernel", "jupyterlab", "notebook", "jupyterhub")


def examine(
    sensors: Sequence[SensorStatus], intensity: Intensity, findings: Iterable[str | None] = ()
) -> DoctorReport:
    """The report on sensors that a meter found, a grid figure, and this environment.

    `findings`: what is wrong elsewhere (the ledger, a setting); `None` is passed over.
    """
    shown = intensity.reason  # of a grid without a figure: among its lines already
    others = tuple(text for text in findings if text and text != shown)
    return DoctorReport(tuple(sensors), intensity, _environment(), others)


def complete(report: DoctorReport) -> bool:
    """Whether every part that is present has figures, and the grid too.

    Each machine has a CPU and memory; one without a GPU lacks nothing.
    """
    return not _without_figures(report) and report.carbon.value is not None


def well(report: DoctorReport) -> bool:
    """Whether it is complete and nothing else is wrong."""
    return complete(report) and not report.findings


def measured(report: DoctorReport) -> bool:
    """Whether all figures of this machine come from counters, none from a model."""
    used = [sensor.tier for sensor in report.sensors if sensor.used]
    return bool(used) and set(used) == {"measured"}


def not_measured(report: DoctorReport) -> tuple[str, ...]:
    """The parts whose figures come from a model, by name."""
    used = [one for one in report.sensors if one.used and one.tier != "measured"]
    return tuple(dict.fromkeys(KIND_NAMES[one.kind] for one in used))


def text(
    report: DoctorReport, ways: Sequence[permissions.Way] = (), width: int = READABLE
) -> str:
    """The report for people. `ways`: to open counters that are closed. `width`: of a line."""
    lines = [
        *_used(report),
        *_not_used(report),
        *_grid(report.carbon),
        *_findings(report),
        *_about(report),
        _verdict(report),
    ]
    wrapper = textwrap.TextWrapper(
        width, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False
    )
    wrapped = (wrapper.wrap(line) or [""] for line in lines)
    shown = "\n".join(line for part in wrapped for line in part)
    return "\n\n".join([shown, *([how(ways)] if ways else [])])


def _used(report: DoctorReport) -> list[str]:
    """Of each part what its figures come from, or that it has none."""
    lines = ["Where the figures come from"]
    for kind, name in KIND_NAMES.items():
        ours = [sensor for sensor in report.sensors if sensor.kind == kind]
        used = [sensor for sensor in ours if sensor.used]
        for sensor in used:
            lines.append(f"  {name:<8}{sensor.tier:<10}{sensor.name}: {sensor.covers}")
            if sensor.fix and not sensor.reason:
                lines.append(f"    for closer figures: {sensor.fix}")
        if not used:
            reasons = [s.reason for s in ours if s.present and s.reason]
            lines.append(f"  {name:<8}missing   {'; '.join(reasons) or 'none found here'}")
    return [*lines, ""]


def _findings(report: DoctorReport) -> list[str]:
    if not report.findings:
        return []
    return ["To fix", *(f"  {finding}" for finding in report.findings), ""]


def _about(report: DoctorReport) -> list[str]:
    """The environment, for a report of a fault."""
    width = max(len(name) for name in report.environment)
    rows = [f"  {name:<{width}}  {value}" for name, value in report.environment.items()]
    return ["Environment", *rows, ""]


def _verdict(report: DoctorReport) -> str:
    verdict = "Every part of this machine has figures."
    if not complete(report):
        grid = () if report.carbon.value is not None else ("the grid",)
        verdict = f"No figures for: {', '.join([*_without_figures(report), *grid])}."
    return f"{verdict} There is something to fix, see above." if report.findings else verdict


def how(ways: Sequence[permissions.Way]) -> str:
    """Ways to open the energy counters. What is to be copied is neither wrapped nor indented:
    a here-document ends at the margin only.
    """
    lines = ["Ways to open the energy counters (RAPL). One of them is enough."]
    for way in ways:
        lines += ["", f"{way.title}:", "", *way.lines, "", *textwrap.wrap(way.note, READABLE)]
    return "\n".join([*lines, "", *textwrap.wrap(permissions.WARNING, READABLE)])


def _not_used(report: DoctorReport) -> list[str]:
    """Sensors that give no figures though others do, or that a step would make usable.

    Of hardware that is not here the names are enough.
    """
    lines = []
    absent = [sensor for sensor in report.sensors if not sensor.present]
    for sensor in report.sensors:
        if sensor.reason and sensor.present and (sensor.fix or not sensor.used):
            lines.append(f"  {sensor.name} ({KIND_NAMES[sensor.kind]}): {sensor.reason}")
            if sensor.fix:
                lines.append(f"    to fix it: {sensor.fix}")
    lines += [f"  {s.name} ({KIND_NAMES[s.kind]}): {s.reason}" for s in absent if _asked(s)]
    others = [sensor.name for sensor in absent if not _asked(sensor)]
    if others:
        lines.append(f"  not found on this machine: {', '.join(others)}")
    return ["Not used, and why", *lines, ""] if lines else []


def _asked(sensor: SensorStatus) -> bool:
    """RAPL is what people ask about: why it is absent is worth a line."""
    return sensor.name == "rapl"


def _grid(carbon: Intensity) -> list[str]:
    lines = ["Grid"]
    if carbon.value is None:
        lines.append(f"  missing: {carbon.reason}")
    else:
        year = f" {carbon.year}" if carbon.year else ""
        lines.append(
            f"  {carbon.zone_name}{year}: {carbon.value:.0f} {carbon.unit}, "
            f"{carbon.kind} {carbon.basis} ({carbon.tier})"
        )
        lines.append(f"  source: {carbon.source}")
    if carbon.guess:
        lines.append(f"  {carbon.guess}")
    return [*lines, ""]


def _without_figures(report: DoctorReport) -> list[str]:
    gaps = []
    for kind, name in KIND_NAMES.items():
        ours = [s for s in report.sensors if s.kind == kind]
        if kind == "gpu":
            absent = any(_blind(sensor) for sensor in ours)
        else:
            absent = not any(sensor.used for sensor in ours)
        if absent:
            gaps.append(name)
    return gaps


def _blind(sensor: SensorStatus) -> bool:
    """Whether there is a device that this sensor should, but does not, cover."""
    return sensor.present and (not sensor.available or sensor.reason is not None)


def _environment() -> dict[str, str]:
    from greenlab._version import __version__

    found = {
        "greenlab": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "virtualisation": _virtualisation(),
    }
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if battery := _battery():
        found["battery"] = battery
    return found | {"ledger": str(default_path())}


def _battery() -> str | None:
    """The power it gives now, as a check: no part can draw more than the whole."""
    from greenlab.sensors import Host
    from greenlab.sensors.battery import discharge_w, has_battery

    host = Host()
    if not has_battery(host):
        return None
    power_w = discharge_w(host)
    if power_w is None:
        return "not in use; when it is, its power is shown here as a check on the figures"
    return f"gives {power_w:.1f} W now, to all of the machine with its screen"


def _virtualisation() -> str:
    """A virtual machine, a container, both or neither, as far as it can be seen."""
    from greenlab.host.machine import look
    from greenlab.sensors import Host

    guest = look(Host()).guest
    marks = (Path("/.dockerenv"), Path("/run/.containerenv"))
    contained = "KUBERNETES_SERVICE_HOST" in os.environ or any(mark.exists() for mark in marks)
    kinds = [
        name for name, holds in (("virtual machine", guest), ("container", contained)) if holds
    ]
    return ", ".join(kinds) or "none seen"
