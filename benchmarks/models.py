"""How far the models of processor and memory are from what was measured elsewhere.

- `data/packages.csv`: package and memory counters of AWS bare metal servers under stress-ng,
  from Benjamin Davy's turbostress reports (github-benjamin-davy/turbostressreports, 2021);
  memory sizes are those of the instance types. The mean of 60 readings, or a single one.
- `data/specpower.csv`: SPECpower_ssj2008 results, watts at the wall of whole servers at full
  load and at active idle; one result per processor, the first in three stretches of SPEC's
  list (as kept by cloud-carbon-footprint/ccf-coefficients, 2026-03). SPEC and SPECpower are
  trademarks of the Standard Performance Evaluation Corporation, www.spec.org.

At the wall there is more than package and memory, so these results cannot confirm the
model. They can convict it: what it says of package and memory must not exceed the wall.
Run: `python benchmarks/models.py`.
"""

from __future__ import annotations

import csv
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from greenlab.interval import Interval
from greenlab.sensors.models.calibration import CODE
from greenlab.sensors.models.cpu import CpuModel, full_load
from greenlab.sensors.models.power_curve import PowerCurve
from greenlab.sensors.models.ram import W_PER_GB
from greenlab.sensors.models.tdp import tdp_w

T_95 = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895)
"""Student's t, 95th percentile, for 1 to 7 degrees of freedom."""


class Case(NamedTuple):
    """One measurement beside the model: watts, and the processor."""

    processor: str
    truth_w: float
    model_w: Interval


def read(name: str) -> list[dict[str, str]]:
    """A file of `data`."""
    with (Path(__file__).parent / "data" / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def modelled_w(full_w: Interval, load: float) -> Interval:
    """What the model says of a steady load, 0 to 1."""
    splits = CpuModel("", PowerCurve(full_w), "modelled").splits(load, 1.0, 1)
    best, *extremes = (split.active_j + split.idle_j for split in splits)
    return Interval(min(extremes), best, max(extremes))


def packages() -> dict[str, list[Case]]:
    """The processor model against package counters, by kind of load."""
    found: dict[str, list[Case]] = defaultdict(list)
    for row in read("packages.csv"):
        design_w = tdp_w(row["processor"])
        if design_w is None:
            continue
        full_w = full_load(row["processor"]).times(design_w * int(row["sockets"]))
        load = int(row["load"]) / 100
        kind = "idle" if not load else "full load" if load == 1 else "in between"
        case = Case(row["processor"], float(row["package_w"]), modelled_w(full_w, load))
        found[kind].append(case)
    return found


def ratios() -> dict[str, list[float]]:
    """Full-load package power over design power: all cases of each kind of processor."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in read("packages.csv"):
        design_w = tdp_w(row["processor"])
        if row["load"] == "100" and design_w:
            watts = float(row["package_w"]) / int(row["sockets"])
            found[row["processor"]].append(watts / design_w)
    return found


def prediction(kinds: Collection[Sequence[float]]) -> Interval:
    """The ratio of one more case of one more kind: its middle, and where 90 % should lie.

    Cases of a kind are alike and kinds differ, so the logarithms are taken for one-way random
    effects, with the usual estimates from the mean squares (Searle, Casella, McCulloch,
    Variance Components, 1992, ch. 3). The bounds are Student's t, with one degree of freedom
    for each kind but one: few kinds tell little of how far the next may lie. Conformal
    intervals, which assume less, would have no end here: they need nine kinds or more.
    """
    logs = [[math.log(ratio) for ratio in kind] for kind in kinds]
    means = [statistics.fmean(kind) for kind in logs]
    within = math.fsum((y - m) ** 2 for kind, m in zip(logs, means, strict=True) for y in kind)
    within /= sum(map(len, logs)) - len(logs)
    cases = statistics.harmonic_mean([len(kind) for kind in logs])
    between = max(0.0, statistics.variance(means) - within / cases)
    spread = math.sqrt(between * (1 + 1 / len(logs)) + within)
    middle, reach = statistics.fmean(means), T_95[len(logs) - 2] * spread
    return Interval(*(math.exp(middle + way * reach) for way in (-1, 0, 1)))


def held_out() -> list[Case]:
    """Full load of each kind of processor, as the others foretell it; in design powers."""
    known = ratios()
    cases = []
    for processor, own in known.items():
        fitted = prediction([kind for name, kind in known.items() if name != processor])
        cases += [Case(processor, ratio, fitted) for ratio in own]
    return cases


def programs() -> list[float]:
    """What other full loads add to the idle power, over what the first one adds. Where the
    idle power is not known it is taken as 12 % of full load."""
    ratios = []
    machines: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for row in read("packages.csv"):
        if row["load"] in ("0", "100"):
            test = "rest" if row["load"] == "0" else row["test"]
            machine = (row["processor"], row["memory_gb"], row["repeats"])
            machines[machine][test] = float(row["package_w"])
    for watts in machines.values():
        rest = watts.get("rest", 0.12 * watts["cpu"])
        others = (watts[test] for test in watts if test not in ("rest", "cpu"))
        ratios += [(other - rest) / (watts["cpu"] - rest) for other in others]
    return ratios


def memory() -> dict[str, list[Case]]:
    """The memory model against memory counters, by kind of load."""
    names = {"vm": "memory hammered", "maximize": "memory hammered"}
    found: dict[str, list[Case]] = defaultdict(list)
    for row in read("packages.csv"):
        kind = names.get(row["test"], "idle" if row["load"] == "0" else "processor busy")
        case = Case(
            row["processor"], float(row["memory_w"]), W_PER_GB.times(float(row["memory_gb"]))
        )
        found[kind].append(case)
    return found


def at_the_wall(load: float) -> list[Case]:
    """Package and memory, as modelled, beside the whole server's watts at the wall."""
    cases = []
    for row in read("specpower.csv"):
        design_w = tdp_w(row["processor"])
        if design_w is None:
            continue
        full_w = full_load(row["processor"]).times(design_w * int(row["chips"]))
        package, modules = modelled_w(full_w, load), W_PER_GB.times(float(row["memory_gb"]))
        both = Interval(*(a + b for a, b in zip(package, modules, strict=True)))
        wall_w = float(row["full_w" if load else "idle_w"])
        cases.append(Case(row["processor"], wall_w, both))
    return cases


def _line(name: str, cases: Iterable[Case]) -> str:
    cases = list(cases)
    errors = sorted(abs(case.model_w.mid / case.truth_w - 1.0) for case in cases)
    held = sum(case.model_w.low <= case.truth_w <= case.model_w.high for case in cases)
    makes = len({case.processor for case in cases})
    return (
        f"| {name} | {len(cases)} on {makes} | {statistics.median(errors):.0%} "
        f"| {errors[int(0.9 * (len(errors) - 1))]:.0%} | {held / len(cases):.0%} |"
    )


def main() -> None:
    """Print the tables."""
    print("| against counters | cases on processors | median error | p90 | inside 90 % |")
    print("| --- | --- | --- | --- | --- |")
    for kind, cases in packages().items():
        print(_line(f"processor, {kind}", cases))
    print(_line("processor, full load, held out", held_out()))
    for kind, cases in memory().items():
        print(_line(f"memory, {kind}", cases))
    fitted = prediction(list(ratios().values()))
    print(
        f"\nFull load of one more kind of server, predicted from all: {fitted.mid:.2f} times "
        f"the design power, {fitted.low:.2f} to {fitted.high:.2f}."
    )
    added = programs()
    inside = sum(CODE.low <= ratio <= CODE.high for ratio in added)
    print(
        f"Other programs at full load add {min(added):.2f} to {max(added):.2f} times as "
        f"much; {inside} of {len(added)} cases lie within {CODE.low:g} to {CODE.high:g}."
    )
    print("\n| at the wall | servers | modelled part of the wall | low end above the wall |")
    print("| --- | --- | --- | --- |")
    for name, load in (("full load", 1.0), ("active idle", 0.0)):
        cases = at_the_wall(load)
        part = statistics.median(case.model_w.mid / case.truth_w for case in cases)
        above = sum(case.model_w.low > case.truth_w for case in cases)
        print(f"| {name} | {len(cases)} | {part:.0%} | {above} |")


if __name__ == "__main__":
    main()
