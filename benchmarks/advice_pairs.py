"""One case of the corpus, its cell against a change, in a process of its own.

Reads `{"path": …, "change": …, "pairs": …}` from standard input and prints the outcome as JSON.
After a warm-up of both, pairs run in ABBA order, each run on variables that the setup made
afresh, with the same random numbers. They go on until the interval is narrow enough, wherever
it lies: looking at its width alone does not favour an outcome. CPU seconds are those of the
process, its threads and its children; the setup and the metric are not counted.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil

import greenlab
from benchmarks.statistic import log_ratio_interval
from tests.advice.corpus_cases import Case, parse
from tests.advice.corpus_run import execute, fresh, seed

MAX_PAIRS = 24
# Of the interval, as a share of the ratio; below a ratio of a half, of a half.
WIDTH = 0.12


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `energy_j` is `None` where no counter measured it; `reason` says why."""

    cpu_s: float
    duration_s: float
    energy_j: float | None
    reason: str | None
    metric: float | None


def run(case: Case, source: str) -> Run:
    """Set up, then run the cell once."""
    namespace = fresh(case)
    seed()
    gc.collect()
    with greenlab.measure(precise=True) as weighed:
        spent, at = cpu_s(), time.perf_counter()
        execute(source, namespace, case.name)
        duration, used = time.perf_counter() - at, cpu_s() - spent
    energy = weighed.record.energy_j if weighed.record else None
    counted = energy is not None and energy.tier == "measured"
    metric = None
    if case.metric:
        metric = float(eval(compile(case.metric, f"<{case.name} metric>", "eval"), namespace))
    return Run(
        cpu_s=used,
        duration_s=duration,
        energy_j=energy.value if energy and counted else None,
        reason=None if counted else "no counter of energy on this machine",
        metric=metric,
    )


def cpu_s() -> float:
    """CPU seconds of this process and all it started, those that still run included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    total = sum(one.ru_utime + one.ru_stime for one in used)
    for child in psutil.Process().children(recursive=True):
        try:
            spent = child.cpu_times()
        except psutil.Error:
            continue
        total += spent.user + spent.system
    return total


def interval(befores: list[Run], afters: list[Run]) -> tuple[float, float, float]:
    """The ratio of CPU seconds with its interval."""
    pairs = zip(befores, afters, strict=True)
    return log_ratio_interval([math.log(after.cpu_s / before.cpu_s) for before, after in pairs])


def _narrow(befores: list[Run], afters: list[Run]) -> bool:
    ratio, low, high = interval(befores, afters)
    return high - low <= WIDTH * max(ratio, 0.5)


def compare(case: Case, change: str, pairs: int) -> dict[str, Any]:
    """Both versions side by side, in at least so many pairs."""
    run(case, case.cell)
    run(case, change)
    befores: list[Run] = []
    afters: list[Run] = []
    for turn in range(MAX_PAIRS):
        if turn >= pairs and _narrow(befores, afters):
            break
        if turn % 2:
            after, before = run(case, change), run(case, case.cell)
        else:
            before, after = run(case, case.cell), run(case, change)
        befores.append(before)
        afters.append(after)
    both = list(zip(befores, afters, strict=True))
    ratio, low, high = interval(befores, afters)
    energies = [(a.energy_j, b.energy_j) for a, b in both if a.energy_j and b.energy_j]
    whole = len(energies) == len(both)
    metrics = [
        [one.metric for one in runs if one.metric is not None] for runs in (befores, afters)
    ]
    old, new = (statistics.fmean(found) if found else None for found in metrics)
    return {
        "ratio": ratio,
        "low": low,
        "high": high,
        "pairs": len(both),
        "before_s": statistics.median(one.cpu_s for one in befores),
        "after_s": statistics.median(one.cpu_s for one in afters),
        "duration_ratio": statistics.median(b.duration_s / a.duration_s for a, b in both),
        "energy_ratio": statistics.median(b / a for a, b in energies) if whole else None,
        "energy_reason": None if whole else befores[0].reason,
        "metric_before": old,
        "metric_after": new,
        "metric_drop": None if old is None or new is None else old - new,
        "versions": versions(case),
    }


def versions(case: Case) -> dict[str, str]:
    """Of Python and the libraries the case needs."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in case.needs:
        if module := sys.modules.get(name):
            found[name] = str(getattr(module, "__version__", "unknown"))
    return found


def main() -> None:
    asked = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    case = parse(Path(asked["path"]))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        outcome = compare(case, asked["change"], asked["pairs"])
        os.chdir("/")
    json.dump(outcome, answers)
    answers.close()


if __name__ == "__main__":
    main()
