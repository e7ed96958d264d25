"""What shows a machine's power while it is calibrated: a counter, a battery, a person.

An instrument takes a number of seconds and returns the mean watts in them.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from greenlab.cli.errors import FailedError
from greenlab.cli.safe_output import say
from greenlab.sensors.battery import discharge_w

if TYPE_CHECKING:
    from greenlab.meter import Meter
    from greenlab.sensors import Host
    from greenlab.sensors.models.calibration import Method


Instrument = Callable[[str, float], float]
_TRIES: Final = 3


def usual(meter: Meter, host: Host) -> Method:
    """The best instrument here, where none is named."""
    if any(s.kind == "cpu" and s.used and s.tier == "measured" for s in meter.sensors):
        return "counter"
    return "battery" if discharge_w(host) is not None else "wall"


def instrument(method: Method, meter: Meter, host: Host) -> Instrument:
    """The instrument of a method."""
    if method == "counter":
        return lambda phase, seconds: _counted_w(meter, phase, seconds)
    if method == "battery":
        return lambda phase, seconds: _discharged_w(host, phase, seconds)
    return _asked_w


def _counted_w(meter: Meter, phase: str, seconds: float) -> float:
    """Mean power of all packages from their energy counters."""
    del phase
    window = meter.start()
    time.sleep(seconds)
    measurement = meter.stop(window, "host")
    parts = [part for part in measurement.components if part.kind == "cpu"]
    energy_j = 0.0
    for part in parts:
        figure = part.host_energy_j
        if figure.value is None or figure.tier != "measured":
            why = figure.reason or f"{part.device} is a model"
            raise FailedError(
                f"no energy counter can be read: {why}. See greenlab doctor, or use --by wall"
            )
        energy_j += figure.value
    if not parts:
        raise FailedError("no energy counter of the processor here: use --by wall")
    return energy_j / measurement.duration_s


def _discharged_w(host: Host, phase: str, seconds: float) -> float:
    """The battery's median discharge in the second half: the reading lags behind."""
    del phase
    time.sleep(seconds / 2)
    ends, seen = time.monotonic() + seconds / 2, []
    while time.monotonic() < ends:
        watts = discharge_w(host)
        if watts is None:
            raise FailedError(
                "the battery is not in use, or does not show its power: unplug the "
                "laptop, or use --by wall"
            )
        seen.append(watts)
        time.sleep(min(1.0, seconds / 20))
    return statistics.median(seen)


def _asked_w(phase: str, seconds: float) -> float:
    """What a person reads off a meter at the wall."""
    say(f"  read the meter in the last of these {seconds:g} s, and note the watts")
    time.sleep(seconds)
    return ask_w(phase)


def ask_w(phase: str) -> float:
    """A number from the terminal.

    Raises:
        FailedError: there is nobody to answer, or no number after three tries.
    """
    for _ in range(_TRIES):
        try:
            print(f"  watts at {phase}: ", end="", file=sys.stderr, flush=True)
            return float(input().strip().removesuffix("W").strip().replace(",", "."))
        except EOFError:
            break
        except ValueError:
            say("  a number, such as 48.5")
    raise FailedError("no watts were given: type them, or give --idle-w and --full-w")
