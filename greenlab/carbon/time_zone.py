"""Where this machine may be, from its time zone alone: no network is used.

The tz database's `zone.tab` gives the country of each zone; `zone1970.tab` and the links of
`tzdata.zi` cover the names that it leaves out.
"""

from __future__ import annotations

import os
import zoneinfo
from importlib.util import find_spec
from pathlib import Path

_LOCALTIME = Path("/etc/localtime")
_TIMEZONE = Path("/etc/timezone")


def time_zone() -> str | None:
    """The name of the machine's time zone ("Europe/Paris"), or `None` if it has none."""
    setting = os.environ.get("TZ", "").lstrip(":")
    if setting:
        return _after_zoneinfo(setting)
    try:
        target = _LOCALTIME.readlink().as_posix()
    except (OSError, NotImplementedError):
        target = ""
    if "zoneinfo/" in target:
        return _after_zoneinfo(target)
    try:
        return _TIMEZONE.read_text(encoding="utf-8").split()[0]
    except (OSError, ValueError, IndexError):
        return None


def country_of(zone: str) -> str | None:
    """The two-letter code of a time zone's country, or `None` (UTC, unknown, no tz data)."""
    for folder in _tz_folders():
        code = _country(folder, zone)
        if code is None and (target := _link_target(folder, zone)):
            code = _country(folder, target)
        if code is not None:
            return code
    return None


def _after_zoneinfo(path: str) -> str:
    name = path.rpartition("zoneinfo/")[2]
    return name.removeprefix("posix/").removeprefix("right/")


def _tz_folders() -> list[Path]:
    folders = [Path(folder) for folder in zoneinfo.TZPATH]
    spec = find_spec("tzdata")
    if spec is not None and spec.origin is not None:
        folders.append(Path(spec.origin).parent / "zoneinfo")
    return folders


def _country(folder: Path, zone: str) -> str | None:
    """The first country code of a zone's row: "DE,DK,NO" stands for the most populous first."""
    for table in ("zone.tab", "zone1970.tab"):
        for line in _lines_with(zone, folder / table):
            if not line.startswith("#"):
                columns = line.split("\t")
                if len(columns) > 2 and columns[2] == zone:
                    return columns[0].split(",")[0]
    return None


def _link_target(folder: Path, zone: str) -> str | None:
    """The zone that an old name stands for: `L Asia/Kolkata Asia/Calcutta`."""
    for line in _lines_with(zone, folder / "tzdata.zi"):
        if line.startswith("L "):
            _, target, name = line.split()[:3]
            if name == zone:
                return target
    return None


def _lines_with(zone: str, path: Path) -> list[str]:
    """Those few lines of a long table that have a zone's name in them."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    return [line for line in text.splitlines() if zone in line] if zone in text else []
