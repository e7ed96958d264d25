"""A GPU that shows its power and no energy: greenlab beside Zeus, in real time, in one run.

The GPU is simulated (`served_nvml`): its reading is made anew every 20 ms, as on a P100, or
every 100 ms. Both tools weigh every window: they take turns at being first to open it, and the
truth is that of each tool's own window. Zeus polls without a pause, in a process of its own.
In a process of its own, too, since both are given another module `pynvml`:

    python -m benchmarks.sampled

- steady: the same load before, in and after the window.
- cell: the load begins and ends with the window, as work that a cell starts.
- steps: a load that comes and goes every 0.37 s, windows anywhere.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers import Answer, available
from benchmarks.statistic import percentile
from greenlab.meter import Meter
from greenlab.sensors import Host
from tests.simulated import Square

FOLDER = Path(__file__).parent / "served_nvml"
VARIABLE = "GREENLAB_SERVED_NVML"
UPDATES_S = (0.02, 0.1)
LENGTHS = ((1.0, 0.2), (5.0, 0.1))
"""Seconds of a window, and how many of them for each that is asked for."""
LOW_W, HIGH_W, STEADY_W, STEPS_S = 30.0, 240.0, 180.0, 0.37


class WithPower(Host):
    """This machine with the served GPU."""

    def nvml(self) -> Any:
        import pynvml

        return pynvml


class Greenlab:
    """Its meter; the GPU's energy."""

    name = "greenlab"

    def __init__(self) -> None:
        self._meter = Meter(WithPower())

    def start(self) -> None:
        self._window = self._meter.start()

    def stop(self) -> Answer:
        found = self._meter.stop(self._window).components
        figure = next(c.host_energy_j for c in found if c.kind == "gpu")
        return Answer(figure.value, figure.low, figure.high, figure.reason or "")

    def close(self) -> None:
        self._meter.close()


class Zeus:
    """Its monitor, which polls the GPU's power in other processes from now on."""

    name = "Zeus"

    def __init__(self) -> None:
        from zeus.monitor import ZeusMonitor

        logging.getLogger("zeus").setLevel(logging.CRITICAL)
        self._monitor = ZeusMonitor(gpu_indices=[0], cpu_indices=[])

    def start(self) -> None:
        self._monitor.begin_window("window", sync_execution=False)

    def stop(self) -> Answer:
        measured = self._monitor.end_window("window", sync_execution=False)
        return Answer(measured.gpu_energy[0])

    def close(self) -> None:
        self._monitor.power_monitor.stop()


class Served:
    """The GPU's power: a square wave, written where every process reads it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wave"
        self.write(Square(STEADY_W, STEADY_W, 1.0), 0.0, UPDATES_S[0])
        os.environ[VARIABLE] = str(self._file)

    def write(self, wave: Square, begin: float, update_s: float) -> None:
        values = (wave.low, wave.high, wave.period_s, wave.duty, begin, update_s)
        if not self._file.exists():
            self._file.write_bytes(struct.pack("6d", *values))
        with self._file.open("r+b") as file:
            file.write(struct.pack("6d", *values))


@contextlib.contextmanager
def served(*chosen: type[Any]) -> Iterator[tuple[Served, list[Any]]]:
    """The GPU, and these tools open on it.

    Raises:
        RuntimeError: the real `pynvml` is imported already.
    """
    if "pynvml" in sys.modules:
        raise RuntimeError("pynvml is imported already: begin in a fresh process")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sys.path.insert(0, str(FOLDER))
    with tempfile.TemporaryDirectory() as folder:
        gpu = Served(Path(folder))
        with contextlib.redirect_stdout(io.StringIO()):
            tools = [tool() for tool in chosen]
        try:
            yield gpu, tools
        finally:
            sys.path.remove(str(FOLDER))
            for tool in tools:
                tool.close()


class Case(NamedTuple):
    """A kind of window: how often the reading is made anew, the load, and its seconds."""

    update_s: float
    load: str
    length_s: float

    @property
    def wave(self) -> Square:
        """The power from the window's begin on; before it, the end of the wave's period."""
        waves = {
            "steady": Square(STEADY_W, STEADY_W, 1.0),
            "cell": Square(LOW_W, HIGH_W, 2 * self.length_s),
            "steps": Square(LOW_W, HIGH_W, STEPS_S, 0.6),
        }
        return waves[self.load]


def report(windows: int = 60) -> None:
    """Print each tool's median and p95 error, and how many of greenlab's intervals held."""
    installed = {tool.name for tool in available()}
    chosen = [tool for tool in (Greenlab, Zeus) if tool.name in installed]
    with served(*chosen) as (gpu, tools):
        names = " | ".join(f"{tool.name}, median | p95" for tool in tools)
        print(f"| reading | load | window | {names} | held |")
        print("| --- " * (4 + 2 * len(tools)) + "|")
        for update_s in UPDATES_S:
            for load in ("steady", "cell", "steps"):
                for length_s, part in LENGTHS:
                    row(gpu, tools, Case(update_s, load, length_s), max(3, int(windows * part)))


def row(gpu: Served, tools: list[Any], case: Case, count: int) -> None:
    """One line of the table."""
    wrong: dict[str, list[float]] = {tool.name: [] for tool in tools}
    held = 0
    for turn in range(count):
        order = tools[turn % len(tools) :] + tools[: turn % len(tools)]
        for name, answer, truth_j in window(gpu, order, case, 0.0137 * (turn % 17)):
            wrong[name].append(abs((answer.energy_j or 0.0) / truth_j - 1.0))
            if answer.low_j is not None and answer.high_j is not None:
                held += answer.low_j <= truth_j <= answer.high_j
    cells = [
        f"{percentile(values, 0.5):.2%} | {percentile(values, 0.95):.2%}"
        for values in wrong.values()
    ]
    print(
        f"| every {case.update_s * 1e3:.0f} ms | {case.load} | {case.length_s:g} s "
        f"| {' | '.join(cells)} | {held} of {count} |",
        flush=True,
    )


def window(
    gpu: Served, tools: list[Any], case: Case, later_s: float
) -> Iterator[tuple[str, Answer, float]]:
    """What each tool says of so many seconds, and the truth from its start to its stop."""
    begin = time.monotonic() + 0.8 + later_s
    gpu.write(case.wave, begin, case.update_s)
    time.sleep(begin - time.monotonic())
    begun = {}
    for tool in tools:
        tool.start()
        begun[tool.name] = time.monotonic()
    time.sleep(max(0.0, begin + case.length_s - time.monotonic()))
    for tool in tools:
        ended = time.monotonic()
        answer = tool.stop()
        joules = case.wave.joules
        yield tool.name, answer, joules(ended - begin) - joules(begun[tool.name] - begin)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--windows", type=int, default=60, help="a fifth of it per row (60)")
    report(parser.parse_args().windows)


if __name__ == "__main__":
    main()
