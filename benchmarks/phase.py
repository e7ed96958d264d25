"""Would it help to track the phase of a counter's updates, without spinning?

A counter that moves every millisecond under a constant load; cells 0.2 to 2 s apart. Its
rhythm is learned by looking on for some time at the start, and from then on whenever the
counter moves between two reads 30 µs apart, which every window makes at either end. Each
window is weighed plainly, and with the moments of the updates as the rhythm predicts them
while its error stays below a quarter of a period. Run: `python benchmarks/phase.py`.

- known: windows at whose ends the phase was still known.
- p95: error of the best value, plain and tracked, over the windows where it was known.
- held: of these, how many tracked intervals held the truth.
"""

from __future__ import annotations

import argparse
import random
import sys
from bisect import bisect_right
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent.parent))

from greenlab.interval import Interval
from greenlab.meter.bounds import Reading, energy_between

POWER_W, CAP_W, PERIOD_S, READ_S, APART_S = 40.0, 60.0, 1e-3, 2e-6, 30e-6
COUNTER = SimpleNamespace(period_s=1.15e-3, step_j=61e-6, cap_w=CAP_W)
COUNTERS = {
    "a perfect clock": (0.0, 0.0),
    "each update ± 2 %, no drift": (0.02, 0.0),
    "each interval ± 1 %": (0.0, 0.01),
}


class Updates:
    """The true moments: a grid, each off by `jitter`, its intervals off by `walk`."""

    def __init__(self, seconds: float, jitter: float, walk: float, seed: int) -> None:
        chance = random.Random(seed)
        at, self.at = chance.random() * PERIOD_S, []
        true_period = PERIOD_S * (1 + 3e-5 * chance.uniform(-1, 1))
        while at < seconds:
            self.at.append(at + jitter * PERIOD_S * chance.uniform(-1, 1))
            at += true_period * (1 + walk * chance.uniform(-1, 1))

    def last(self, t: float) -> float:
        return self.at[max(0, bisect_right(self.at, t) - 1)]


class Phase:
    """One known update, the period, and how wrong either may be."""

    def __init__(self, updates: Updates, look_s: float) -> None:
        seen = [t for t in updates.at if 0.01 < t < 0.01 + look_s]
        self.at, self.error_s, self.count = seen[-1], READ_S, len(seen) - 1
        self.first, self.period_s = seen[0], (seen[-1] - seen[0]) / self.count
        self.drift = 2 * READ_S / self.count

    def doubt_s(self, t: float) -> float:
        return self.error_s + abs(t - self.at) / self.period_s * self.drift

    def date(self, t: float) -> Interval | None:
        """The last update before t; `None` if nobody knows."""
        doubt_s = self.doubt_s(t)
        if doubt_s > PERIOD_S / 4:
            return None
        k = (t - self.at) // self.period_s
        mid = self.at + k * self.period_s
        late = t - mid < doubt_s or self.period_s - (t - mid) < doubt_s
        if late:  # which of two updates it was cannot be known
            return None
        return Interval(mid - doubt_s, mid, mid + doubt_s)

    def saw(self, earliest: float, latest: float) -> None:
        mid, error_s = (earliest + latest) / 2, (latest - earliest) / 2
        if self.doubt_s(mid) < PERIOD_S / 4:
            self.count += round((mid - self.at) / self.period_s)
            self.period_s = (mid - self.first) / self.count
            self.drift = (error_s + READ_S) / self.count
        else:
            self.first, self.count = mid, 0
        self.at, self.error_s = mid, error_s


def run(length_s: float, look_s: float, jitter: float, walk: float, cells: int) -> str:
    """One row of the table."""
    updates = Updates(cells * (1.15 + length_s) + 20.0, jitter, walk, 1)
    phase, chance, now = Phase(updates, look_s), random.Random(2), 0.2 + look_s
    plain, tracked, held = [], [], 0
    for _ in range(cells):
        now += chance.uniform(0.2, 2.0)
        begun, ended = now, now + length_s * chance.uniform(1.0, 1.1)
        now, truth = ended, POWER_W * (ended - begun)
        ends = (begun - READ_S, ended + READ_S)
        start, end = (Reading(t, t, POWER_W * updates.last(t), 0) for t in ends)
        energy = energy_between(start, end, begun, ended, COUNTER)
        dates = [phase.date(t) for t in ends]
        if all(dates):
            plain.append(abs(energy.mid - truth) / truth)
            start, end = start._replace(dated=dates[0]), end._replace(dated=dates[1])
            energy = energy_between(start, end, begun, ended, COUNTER)
            tracked.append(abs(energy.mid - truth) / truth)
            held += energy.low <= truth <= energy.high
        for t in ends:
            if updates.last(t) != updates.last(t - APART_S):
                phase.saw(t - APART_S, t)
    known = f"{len(plain) / cells:.0%}"
    if len(plain) < cells / 50:
        return f"{known} | - | - | - |"
    return f"{known} | {_p95(plain):.1%} | {_p95(tracked):.1%} | {held / len(plain):.1%} |"


def _p95(errors: list[float]) -> float:
    return sorted(errors)[int(0.95 * len(errors))]


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=1000, help="per row (1000)")
    cells = parser.parse_args().cells
    print("| counter | look | cell | known | p95 plain | p95 tracked | held |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, (jitter, walk) in COUNTERS.items():
        for look_s in (0.006, 0.1, 1.0):
            for length_s in (0.005, 0.02):
                row = run(length_s, look_s, jitter, walk, cells)
                print(f"| {name} | {look_s * 1e3:g} ms | {length_s * 1e3:g} ms | {row}")


if __name__ == "__main__":
    main()
