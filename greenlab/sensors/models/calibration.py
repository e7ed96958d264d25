"""This machine's own power when idle and at full load, measured once and kept in a file.

What was read is kept as it was read, with how; the curve is worked out when it is loaded.
A counter sees the package alone. A battery and a meter at the wall see the whole machine:
of their rise from idle to full load most is the package's, and what they show when idle
mostly is not. So the rise gives the package's rise, and its idle power is what is usual
for that rise, bounded by what the machine drew when idle less the least its memory draws.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from greenlab.home import own_file
from greenlab.interval import Interval
from greenlab.lazy_dataclasses import dataclass
from greenlab.sensors.models.power_curve import REST, PowerCurve
from greenlab.settings import CALIBRATION

if TYPE_CHECKING:
    from greenlab.host.machine import Machine

MAKING: Final = "greenlab calibrate"
FIX: Final = "greenlab calibrate, or greenlab calibrate --forget"
SCHEMA: Final = "greenlab.calibration/1"
Method = Literal["counter", "battery", "wall"]
INSTRUMENTS: Final[dict[Method, str]] = {
    "counter": "energy counter",
    "battery": "battery",
    "wall": "wall meter",
}
CODE: Final = Interval(0.75, 1.0, 1.35)
"""What other programs add at full load, over what the measured one adds: 24 of 27
cases, four kinds of full load on seven processors (benchmarks/models.py)."""
RISE_PART: Final[dict[Method, Interval]] = {
    "counter": Interval(0.98, 1.0, 1.02),
    "battery": Interval(0.70, 0.85, 0.97),
    "wall": Interval(0.60, 0.78, 0.92),
}
"""The package's part of the rise. Lost on the way from the wall: 6-20 % in the power supply
(80 PLUS), from there and the battery 5-15 % in the voltage regulators; fans and memory rise
too. The ends are assumptions built from these."""
LEAST_RISE: Final = 1.05
MOST_W: Final = 50_000.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """`idle_w`, `full_w`: as the instrument showed them. `date`: ISO 8601, local."""

    cpu: str
    threads: int
    date: str
    method: Method
    idle_w: float
    full_w: float
    schema: str = SCHEMA

    @property
    def source(self) -> str:
        """When and how: "calibrated 2026-11-20 by wall meter"."""
        return f"calibrated {self.date} by {INSTRUMENTS[self.method]}"


def curve(calibration: Calibration, memory_w: float) -> PowerCurve:
    """The package's curve. `memory_w`: the least that the memory draws, in watts."""
    idle_w, full_w = calibration.idle_w, calibration.full_w
    rise = RISE_PART[calibration.method].times(full_w - idle_w)
    if calibration.method == "counter":
        share = idle_w / full_w
        rest = Interval(0.9 * share, share, min(1.1 * share, 0.95))
    else:
        most_w = max(0.0, idle_w - memory_w)
        most = most_w / (most_w + rise.mid)
        rest = Interval(*(min(share, most) for share in REST))
    full = (part / (1.0 - at_rest) for part, at_rest in zip(rise, rest, strict=True))
    return PowerCurve(Interval(*full), rest, CODE)


def path() -> Path:
    """`GREENLAB_CALIBRATION`, else a file of this user and host under Jupyter's data."""
    return own_file(CALIBRATION, "calibration", ".json")


def read() -> Calibration | None:
    """What is stored, `None` if nothing is.

    Raises:
        ValueError: the file cannot be read or understood; its text says why.
    """
    where = path()
    try:
        content = json.loads(where.read_text(encoding="utf-8"))
        return _checked(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"the calibration in {where} cannot be used ({error})") from None


def _checked(content: Any) -> Calibration:
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise ValueError(f"it is not in the form {SCHEMA}")
    found = Calibration(**content)
    texts = (found.cpu, found.date)
    if not all(isinstance(text, str) for text in texts) or not isinstance(found.threads, int):
        raise ValueError("a field has the wrong type")
    if found.method not in get_args(Method):
        raise ValueError(f"there is no method {found.method!r}")
    check(found.idle_w, found.full_w)
    return found


def check(idle_w: float, full_w: float) -> None:
    """Whether two readings make sense.

    Raises:
        ValueError: they do not; its text says why.
    """
    for watts in (idle_w, full_w):
        if not isinstance(watts, int | float) or not 0.0 < watts <= MOST_W:
            raise ValueError(f"{watts!r} is no power in watts")
    if full_w < LEAST_RISE * idle_w:
        raise ValueError(f"{full_w:g} W at full load is hardly more than {idle_w:g} W at idle")


def step(machine: Machine, own: Calibration | None, trouble: str | None) -> str | None:
    """What to do about a machine's calibration; `None` where all is well or nothing helps.

    In a virtual machine only a counter gives the power, and then no model is needed.
    """
    if trouble:
        return FIX
    return None if own is not None or machine.guest else MAKING


def load(machine: Machine) -> tuple[Calibration | None, str | None]:
    """The calibration that holds for this machine, or why the stored one does not."""
    try:
        found = read()
    except ValueError as error:
        return None, str(error)
    if found is None:
        return None, None
    if machine.guest and found.method != "counter":
        return None, f"the calibration in {path()} is not of this virtual machine"
    if (found.cpu, found.threads) != (machine.name, machine.threads):
        return None, (
            f"the calibration in {path()} is for another processor ({found.cpu}, "
            f"{found.threads} threads)"
        )
    return found, None


def save(calibration: Calibration) -> Path:
    """Store it, in the place of an older one; gives the path.

    Raises:
        OSError: it cannot be written.
    """
    where = path()
    where.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(calibration), indent=2) + "\n"
    draft = where.with_name(f"{where.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(where)
    return where


def forget() -> bool:
    """Remove the file; whether there was one.

    Raises:
        OSError: it cannot be removed.
    """
    try:
        path().unlink()
    except FileNotFoundError:
        return False
    return True
