"""How often the interval holds the truth, and how far the best value is from it.

On a simulated machine whose true energy is known in closed form (`tests/simulated`): a CPU
counter that moves every millisecond under five loads, with reads undisturbed and delayed by
up to 20 ms, and a GPU counter that moves every 100 ms. Nothing here was checked against a
meter at the wall. Run:

    python benchmarks/accuracy.py [intervals] [peers] [faults] [sampled]

- intervals, in virtual time. covered: windows whose interval holds the true energy of the
  device. p95 error: of the best value, under a constant load, reads undisturbed. half-width:
  of the interval, median, same windows.
- peers: the p95 error under a constant load beside CodeCarbon and Zeus (where installed), in
  real time, on files that another process rewrites every millisecond; windows in turn.
- faults: what each says of one same window of 4 s in which a counter misbehaves. **wrong**:
  an interval that does not hold the truth.
- sampled: errors beside Zeus on a GPU that shows its power and no energy, in real time.

All four take ten minutes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import beside
from benchmarks.machine import described
from benchmarks.peers import versions
from benchmarks.statistic import odd, percentile
from greenlab.meter import Meter
from tests.simulated import Constant, Gpu, Machine, Package, Proportional, Ramp, Spikes, Square
from tests.simulated.traces import Trace

LENGTHS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 1.0, 5.0)
GPU_LENGTHS_S = (0.01, 0.05, 0.2, 1.0)
LOADS: tuple[Trace, ...] = (
    Constant(40.0),
    Square(5.0, 60.0, 0.013),
    Ramp(3.0, 55.0, 0.4),
    Spikes(4.0, 60.0),
    Proportional(8.0, 12.0),
)
Row = tuple[bool, float, float]
"""Whether the interval held, relative error, relative half-width."""


def cpu(load: Trace, length_s: float, windows: int, jitter: float, seed: int) -> list[Row]:
    """So many windows of one length under one load."""
    machine = Machine(packages=[Package(load)], jitter=jitter, seed=seed)
    meter = Meter(machine)
    rows = []
    for turn in range(windows):
        machine.work(0.0123 + 0.00071 * (turn % 97), others=0.3)
        window = meter.start()
        machine.work(odd(length_s, turn), own=1.0, others=0.5)
        figure = meter.stop(window).components[0].host_energy_j
        truth = machine.packages[0].energy_j(window.begin.at, window.end.at)
        rows.append(_row(figure, truth))
    return rows


class Bursts:
    """A GPU of 60 W when idle and 300 W while it works."""

    cap_w = 300.0

    def __init__(self) -> None:
        self.begin = self.end = self.before_j = 0.0

    def work(self, begin: float, end: float) -> None:
        self.before_j += 240.0 * (self.end - self.begin)
        self.begin, self.end = begin, end

    def joules(self, t: float) -> float:
        busy = min(max(t, self.begin), self.end) - self.begin
        return 60.0 * t + self.before_j + 240.0 * busy


def gpu(length_s: float, windows: int, jitter: float) -> list[Row]:
    """Windows in which the GPU works all the time, settled."""
    load = Bursts()
    machine = Machine(gpus=[Gpu(load, jitter=jitter)])
    machine.gpus[0].users = {machine.pid(): 100}
    meter = Meter(machine)
    machine.work(3.0)
    rows, final = [], []
    meter.on_settled = lambda _, result: final.append(result)
    for turn in range(windows):
        machine.work(0.611 + 0.0137 * (turn % 31))
        window = meter.start()
        busy_s = odd(length_s, turn)
        load.work(machine.now, machine.now + busy_s)
        machine.work(busy_s, own=1.0)
        meter.stop(window)
        meter.wait()
        truth = load.joules(window.end.at) - load.joules(window.begin.at)
        figure = next(c for c in final[-1].components if c.kind == "gpu").host_energy_j
        rows.append(_row(figure, truth))
    return rows


def _row(figure: object, truth: float) -> Row:
    held = figure.low - 1e-9 <= truth <= figure.high + 1e-9
    return held, abs(figure.value - truth) / truth, (figure.high - figure.low) / 2 / truth


def main() -> None:
    """Measure, and print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (all)")
    parser.add_argument("--windows", type=int, default=60, help="per length and load (60)")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print(f"{described()}; {versions()}")
    for part in chosen.parts or PARTS:
        print()
        PARTS[part](chosen.windows)


def intervals(windows: int) -> None:
    """Two tables of coverage, error and width."""
    print("| CPU window | covered | p95 error | half-width |\n| --- | --- | --- | --- |")
    for length_s in LENGTHS_S:
        everything = [
            row
            for seed, load in enumerate(LOADS)
            for jitter in (0.0, 0.2)
            for row in cpu(load, length_s, windows, jitter, seed)
        ]
        _print(length_s, everything, cpu(LOADS[0], length_s, 4 * windows, 0.0, 9))
    print("\n| GPU window, settled | covered | p95 error | half-width |")
    print("| --- | --- | --- | --- |")
    for length_s in GPU_LENGTHS_S:
        regular = gpu(length_s, windows, 0.0)
        _print(length_s, regular + gpu(length_s, windows, 0.03), regular)


def sampled(windows: int) -> None:
    """In a fresh process: it puts another module in the place of `pynvml`."""
    command = [sys.executable, "-m", "benchmarks.sampled", "--windows", str(windows)]
    sys.stdout.flush()
    subprocess.run(command, cwd=Path(__file__).parent.parent, check=True)


PARTS = {
    "intervals": intervals,
    "peers": beside.errors,
    "faults": beside.faults,
    "sampled": sampled,
}


def _print(length_s: float, everything: list[Row], quiet: list[Row]) -> None:
    held = sum(row[0] for row in everything)
    print(
        f"| {length_s * 1000:g} ms | {held} of {len(everything)} "
        f"| {percentile([row[1] for row in quiet], 0.95):.2%} "
        f"| ± {statistics.median(row[2] for row in quiet):.1%} |"
    )


if __name__ == "__main__":
    main()
