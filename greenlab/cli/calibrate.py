"""`greenlab calibrate`.

Measures the machine's idle power, then its power at full load on every CPU, for --seconds
each, and stores both for the processor model, on which every figure without a counter is
based. The instrument is an energy counter that can be read, else the battery of an unplugged
laptop, else a wall meter that you read. A battery and a wall meter show the whole machine: the
model takes from them how much full load adds, less the share of the power supply, voltage
regulators, fans and memory, and bounds the processor's idle power by theirs less the least
that the memory draws. Nothing else should run meanwhile. Ctrl-C stops it.

The result is stored for this user, host and processor; GREENLAB_CALIBRATION names another
file, for instance one that an administrator made for everyone.
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from greenlab.cli.common import add_json, write_json
from greenlab.cli.errors import FailedError, UsageError
from greenlab.cli.safe_output import say

if TYPE_CHECKING:
    from greenlab.cli.power_instruments import Instrument
    from greenlab.host.machine import Machine
    from greenlab.sensors import Host
    from greenlab.sensors.models.calibration import Calibration, Method

NAME: Final = "calibrate"
HELP: Final = "measure this machine's own power once, idle and at full load"
METHODS: Final = ("counter", "battery", "wall")
SECONDS: Final = 20.0
SETTLE_S: Final = 3.0
"""Before each reading: fans, clocks and the meter's own averaging follow a moment later."""
BUSY_WHEN_IDLE: Final = 0.10
BUSY_AT_FULL: Final = 0.90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How to measure, and what to do with what is stored."""
    parser.add_argument(
        "--by", choices=METHODS, help="the instrument (default: the best one available)"
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        help="the length of each reading, 5 to 600 (default: 20)",
    )
    parser.add_argument(
        "--idle-w",
        type=float,
        metavar="W",
        help="the idle power at the wall in watts, if you have read it already",
    )
    parser.add_argument(
        "--full-w", type=float, metavar="W", help="the same at full load; nothing is run then"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="show what is stored, and stop")
    what.add_argument("--forget", action="store_true", help="remove what is stored, and stop")
    add_json(parser)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 5.0 <= seconds <= 600.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 5 and 600 seconds")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Measure and store, or show, or forget."""
    from greenlab.host.machine import look
    from greenlab.sensors import Host

    host = Host()
    machine = look(host)
    if args.forget:
        return _forget()
    if args.show:
        return _show(machine, args.json)
    if (args.idle_w is None) != (args.full_w is None):
        raise UsageError("--idle-w and --full-w go together")
    return _calibrate(host, machine, args)


def _calibrate(host: Host, machine: Machine, args: argparse.Namespace) -> int:
    from greenlab.cli.power_instruments import instrument, usual
    from greenlab.meter import Meter
    from greenlab.sensors.models import calibration

    meter = Meter(host)
    try:
        if args.idle_w is not None:
            method: Method = args.by or "wall"
            idle_w, full_w = args.idle_w, args.full_w
        else:
            method = args.by or usual(meter, host)
        _refuse_guests(machine, method)
        if args.idle_w is None:
            read_w = instrument(method, meter, host)
            idle_w, full_w = _measure(read_w, method, machine.threads, args.seconds)
    finally:
        meter.close()
    today = datetime.now().astimezone().date().isoformat()
    try:
        calibration.check(idle_w, full_w)
        made = calibration.Calibration(
            machine.name, machine.threads, today, method, idle_w, full_w
        )
        where = calibration.save(made)
    except ValueError as error:
        kind = FailedError if args.idle_w is None else UsageError
        raise kind(f"{error}: nothing was stored") from None
    except OSError as error:
        raise FailedError(f"cannot write {error.filename}: {error.strerror}") from None
    if args.json:
        write_json(made, args.json)
    if args.json != "-":
        print(f"{_text(made, machine)}\nStored in {where}. Kernels use it from their next")
        print("%load_ext greenlab on; greenlab calibrate --forget removes it.")
    return 0


def _refuse_guests(machine: Machine, method: Method) -> None:
    if machine.guest and method != "counter":
        raise FailedError(
            "this is a virtual machine: what a meter or a battery shows is not its own power"
        )


def _measure(
    read_w: Instrument, method: Method, threads: int, seconds: float
) -> tuple[float, float]:
    """Watts when idle and at full load, if the machine was as it should be."""
    from greenlab.cli.full_load import FullLoad
    from greenlab.sensors.models.calibration import INSTRUMENTS

    spent = 2 * (SETTLE_S + seconds)
    say(f"Calibrating by {INSTRUMENTS[method]}, {spent:.0f} s in all. Ctrl-C stops it.")
    say(f"Idle for {seconds:g} s: please leave the machine alone.")
    idle_w, busy = _reading(read_w, "idle", seconds)
    if busy > BUSY_WHEN_IDLE:
        raise FailedError(
            f"the machine was {busy:.0%} busy while it should be idle: close other programs "
            "and try again"
        )
    count = f"{threads} thread{'s' if threads != 1 else ''}"
    say(f"Full load for {seconds:g} s, on {count}: the fans may get loud.")
    with FullLoad(threads):
        full_w, busy = _reading(read_w, "full load", seconds)
    if busy < BUSY_AT_FULL:
        raise FailedError(
            f"the processors could be kept only {busy:.0%} busy: this container or account "
            "may not use all of them. Calibrate outside of it"
        )
    return idle_w, full_w


def _reading(read_w: Instrument, phase: str, seconds: float) -> tuple[float, float]:
    """Watts, and how busy the CPUs were, 0 to 1."""
    import psutil

    time.sleep(SETTLE_S)
    psutil.cpu_percent()
    watts = read_w(phase, seconds)
    return watts, psutil.cpu_percent() / 100.0


def _show(machine: Machine, json: str | None) -> int:
    from greenlab.sensors.models import calibration

    stored, trouble = calibration.load(machine)
    if stored is not None and json:
        write_json(stored, json)
    if stored is not None and json != "-":
        print(f"{_text(stored, machine)}\nStored in {calibration.path()}.")
    if trouble:
        raise FailedError(f"{trouble}: it is not used. Run {calibration.FIX}")
    if stored is None:
        print(f"Nothing is stored in {calibration.path()}.")
    return 0 if stored is not None else 1


def _forget() -> int:
    from greenlab.sensors.models import calibration

    where = calibration.path()
    try:
        gone = calibration.forget()
    except OSError as error:
        raise FailedError(f"cannot remove {where}: {error.strerror}") from None
    print(f"Removed {where}." if gone else f"Nothing is stored in {where}.")
    return 0


def _text(made: Calibration, machine: Machine) -> str:
    """What was read, and what the model makes of it."""
    from greenlab.sensors.models.calibration import curve
    from greenlab.sensors.models.cpu import least_memory_w

    lines = curve(made, least_memory_w(machine)).lines()
    idle_w = [line.idle_w for line in lines]
    full_w = [line.idle_w + line.rise_w for line in lines]
    return (
        f"{made.cpu}, {made.source}: {made.idle_w:.1f} W idle, {made.full_w:.1f} W at full "
        f"load.\nThe processor package alone: {_span(idle_w)} idle, {_span(full_w)} at full "
        "load, depending on the program."
    )


def _span(watts: list[float]) -> str:
    return f"{min(watts):.3g} to {max(watts):.3g} W"
