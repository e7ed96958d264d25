"""What a laptop's battery gives right now: the whole machine, as a check on its figures.

Never a source of a cell's figures: it moves every few seconds, counts screen and disk, and is
silent on mains power. Source: Documentation/ABI/testing/sysfs-class-power of Linux (µW, µA,
µV; some drivers give the current a sign).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from greenlab.host.host import Host

POWER_SUPPLY: Final = "/sys/class/power_supply"


def has_battery(host: Host) -> bool:
    """Whether this machine, and not a mouse of it, has a battery."""
    return bool(_batteries(host))


def discharge_w(host: Host) -> float | None:
    """Watts that all batteries give now, `None` on mains power or if they do not report."""
    total_w = 0.0
    for folder in _batteries(host):
        if host.read_text(f"{folder}/status") != "Discharging":
            continue
        power_w = _power_w(host, folder)
        if power_w is None:
            return None
        total_w += power_w
    return total_w or None


def _batteries(host: Host) -> list[str]:
    folders = (f"{POWER_SUPPLY}/{entry}" for entry in host.listdir(POWER_SUPPLY))
    return [
        folder
        for folder in folders
        if host.read_text(f"{folder}/type") == "Battery"
        and host.read_text(f"{folder}/scope") != "Device"
    ]


def _power_w(host: Host, folder: str) -> float | None:
    power_uw = _number(host, f"{folder}/power_now")
    if power_uw is not None:
        return power_uw * 1e-6
    current_ua = _number(host, f"{folder}/current_now")
    voltage_uv = _number(host, f"{folder}/voltage_now")
    if current_ua is None or voltage_uv is None:
        return None
    return current_ua * voltage_uv * 1e-12


def _number(host: Host, path: str) -> float | None:
    try:
        return abs(float(host.read_text(path) or ""))
    except ValueError:
        return None
