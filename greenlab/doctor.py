"""What is measured, modelled and missing on this machine, and what mends it.

The report behind `greenlab doctor` and `%greenlab doctor`.
"""

from __future__ import annotations

import platform
import sys
import textwrap
from collections.abc import Iterable
from importlib import metadata
from typing import Final

from greenlab.record import DoctorReport, Intensity, SensorStatus
from greenlab.session import Session

KIND_NAMES: Final = {"cpu": "processor", "ram": "memory", "gpu": "GPU"}
_WIDTH: Final = 80
_PACKAGES: Final = ("ipykernel", "jupyterlab", "notebook", "codecarbon", "nvidia-ml-py")


def examine(session: Session) -> DoctorReport:
    """Look at this process's sensors, grid and surroundings. Reads only."""
    return DoctorReport(session.meter.sensors, session.intensity, _environment(session))


def healthy(report: DoctorReport) -> bool:
    """Whether every kind of part that is here has a figure, and so has the grid.

    A GPU without a driver counts as not here; one that cannot be read counts.
    """
    covered = {one.kind for one in report.sensors if one.used}
    lacking = {
        one.kind for one in report.sensors if not one.used and one.fix is not None
    } - covered
    return {"cpu", "ram"} <= covered and not lacking and report.carbon.value is not None


def text(report: DoctorReport) -> str:
    """The report for people, at most 80 columns wide."""
    lines = ["Where the figures come from"]
    lines += _rows((_title(one), _used(one)) for one in report.sensors if one.used)
    absent = [one for one in report.sensors if not one.available]
    if absent:
        lines += ["", "Not available here"]
        lines += _rows((_title(one), _absence(one)) for one in absent)
    lines += ["", "Grid"]
    lines += _rows([(report.carbon.zone, _grid(report.carbon))])
    lines += ["", "Environment"]
    lines += _rows(report.environment.items())
    return "\n".join(lines)


def _environment(session: Session) -> dict[str, str]:
    found = {
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "ledger": str(session.ledger.path),
    }
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if warnings := session.warnings():
        found["warnings"] = " ".join(warnings)
    return found


def _title(sensor: SensorStatus) -> str:
    return f"{KIND_NAMES[sensor.kind]} ({sensor.name})"


def _used(sensor: SensorStatus) -> str:
    return f"{sensor.tier}: {sensor.covers}" + (f"; {sensor.reason}" if sensor.reason else "")


def _absence(sensor: SensorStatus) -> str:
    mend = f". To mend: {sensor.fix}" if sensor.fix else ""
    return f"{sensor.reason}{mend}"


def _grid(intensity: Intensity) -> str:
    if intensity.value is None:
        return f"missing: {intensity.reason}"
    year = f" {intensity.year}" if intensity.year else ""
    guess = f"; {intensity.guess}" if intensity.guess else ""
    return (
        f"{intensity.tier}: {intensity.zone_name}{year}, {intensity.value:.0f} "
        f"{intensity.unit}, {intensity.kind}, {intensity.basis}; {intensity.source}{guess}"
    )


def _rows(pairs: Iterable[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for name, words in pairs:
        lines += textwrap.wrap(
            f"{name:<22}{words}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent=" " * 24,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines
