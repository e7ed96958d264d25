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
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from greenlab.sensors.base import Interval
from greenlab.sensors.calibration import CODE
from greenlab.sensors.cpu_model import CpuModel, full_load
from greenlab.sensors.curve import Curve
from greenlab.sensors.ram_model import W_PER_GB
from greenlab.sensors.tdp import tdp_w


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
    splits = CpuModel("", Curve(full_w), "modelled").splits(load, 1.0, 1)
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
        kind = "at rest" if not load else "full load" if load == 1 else "in between"
        case = Case(row["processor"], float(row["package_w"]), modelled_w(full_w, load))
        found[kind].append(case)
    return found


def held_out() -> list[Case]:
    """Full load of each processor from the ratios to design power of all others: their
    median, least and most."""
    rows = [row for row in read("packages.csv") if row["load"] == "100"]
    known = [
        (row["processor"], float(row["package_w"]), design_w * int(row["sockets"]))
        for row in rows
        if (design_w := tdp_w(row["processor"]))
    ]
    cases = []
    for processor, watts, design_w in known:
        ratios = sorted(w / d for name, w, d in known if name != processor)
        fitted = Interval(ratios[0], statistics.median(ratios), ratios[-1])
        cases.append(Case(processor, watts, fitted.times(design_w)))
    return cases


def programs() -> list[float]:
    """What other full loads add to the draw at rest, over what the first one adds. Where the
    draw at rest is not known it is taken as 12 % of full load."""
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
        kind = names.get(row["test"], "at rest" if row["load"] == "0" else "processor busy")
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
    ratios = programs()
    inside = sum(CODE.low <= ratio <= CODE.high for ratio in ratios)
    print(
        f"\nOther programs at full load add {min(ratios):.2f} to {max(ratios):.2f} times as "
        f"much; {inside} of {len(ratios)} cases lie within {CODE.low:g} to {CODE.high:g}."
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
