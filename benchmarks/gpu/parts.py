"""What is measured on a GPU, one function a part: each gives rows for a table and keeps traces.

Each takes a `Bench`, and says in its docstring what stands in its rows.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.gpu.recorder import Recorder, Samples, thinned
from benchmarks.gpu.traces import edges, mean_power, paired, period, rise_s, table
from benchmarks.statistic import percentile

REST_S = 5.0
PAIRS = 6
SIDE_S = 3.0
"""Seconds of one side of a pair: an edge of 100 ms at either end is 3 % of it, at random."""
LENGTHS_S = (0.01, 0.05, 0.2)
CELLS = 60
SETTLED_S = 5.0
"""Seconds in which a GPU falls back to its idle power."""
START = """
import time
start = time.perf_counter()
from greenlab.meter import Meter
imported = time.perf_counter()
Meter()
print(imported - start, time.perf_counter() - imported)
"""
Rows = list[list[object]]


@dataclass
class Bench:
    """A GPU as NVML and torch know it, and the traces recorded so far."""

    nvml: Any
    handle: Any
    traces: dict[str, Samples] = field(default_factory=dict)

    @contextlib.contextmanager
    def record(self, name: str) -> Iterator[Samples]:
        """Record what runs in the block, and keep it."""
        with Recorder(self.nvml, self.handle) as recorder:
            yield recorder.samples
        self.traces[name] = thinned(recorder.samples)

    def energy_j(self) -> float:
        """Joules so far."""
        return float(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle)) * 1e-3


@dataclass(frozen=True)
class Part:
    """A table: its title, its heads, and what fills it."""

    title: str
    heads: tuple[str, ...]
    measure: Callable[[Bench], Rows]


def held(bench: Bench) -> Rows:
    """N02: mean watts while nothing, a context, and a freed context is held.

    Must come first: this process must not have used CUDA yet.
    """
    rows: Rows = [["no context of ours", _rest_w(bench, "rest without a context")]]
    with _process("hold") as child:
        rows.append(["a context and 2 GiB, idle", _rest_w(bench, "rest with a context")])
        _tell(child)
        rows.append(["after `empty_cache()`", _rest_w(bench, "rest after empty_cache")])
    rows.append(["after the process has ended", _rest_w(bench, "rest after its end")])
    return [[name, f"{watts:.1f} W"] for name, watts in rows]


def _rest_w(bench: Bench, name: str) -> float:
    time.sleep(8.0)  # clocks fall back slowly
    with bench.record(name) as samples:
        time.sleep(REST_S)
    return mean_power(samples["energy_j"])


def starts(_: Bench) -> Rows:
    """Seconds of the import and of `Meter()` in fresh processes, median of seven."""
    times = []
    for _turn in range(7):
        done = subprocess.run(
            [sys.executable, "-c", START], check=True, capture_output=True, text=True
        )
        times.append([float(part) for part in done.stdout.split()])
    imported, opened = (statistics.median(column) for column in zip(*times, strict=True))
    return [["import", f"{imported * 1e3:.1f} ms"], ["Meter()", f"{opened * 1e3:.1f} ms"]]


def updates(bench: Bench) -> Rows:
    """How often each value changes under a load that changes all the time."""
    burn = _burner()
    with bench.record("load of 50 ms on, 50 ms off") as samples:
        end = time.monotonic() + 10.0
        while time.monotonic() < end:
            burn(0.05)
            time.sleep(0.05)
    rows: Rows = []
    for name, trace in samples.items():
        try:
            seen = period(trace)
        except ValueError as error:
            rows.append([name, str(error), "", "", ""])
            continue
        rows.append(
            [
                name,
                f"{seen.median_s * 1e3:.1f} ms",
                f"{seen.p5_s * 1e3:.1f} to {seen.p95_s * 1e3:.1f} ms",
                seen.updates,
                f"{seen.resolution_s * 1e3:.1f} ms",
            ]
        )
    return rows


def averaging(bench: Bench) -> Rows:
    """How long each power value takes to follow a step from idle to full load."""
    burn = _burner()
    time.sleep(8.0)
    with bench.record("step from idle to full load") as samples:
        time.sleep(2.0)
        stepped_at = time.monotonic()
        burn(5.0)
    rows: Rows = []
    for name, trace in samples.items():
        if name == "energy_j":
            continue
        try:
            seconds = rise_s(trace, stepped_at)
        except ValueError as error:
            rows.append([name, str(error), ""])
        else:
            rows.append([name, f"{seconds * 1e3:.0f} ms", f"{seconds / 0.8 * 1e3:.0f} ms"])
    return rows


def settling(bench: Bench) -> Rows:
    """greenlab's settled figures of equal kernels against the energy of the whole series.

    The reference for one kernel: the counter's joules over the series, less the idle power
    in the gaps, by the number of kernels. The idle power is that of the last second of a
    gap of five, so that the time in which the clocks fall counts as the kernels': bias is
    the mean settled figure by that reference, scatter what 95 of 100 stay within around
    their own median.
    """
    burn, meter = _burner(), _meter()
    final: dict[int, Any] = {}
    meter.on_settled = lambda window, result: final.__setitem__(id(window), result)
    rows: Rows = []
    for length_s in LENGTHS_S:
        windows, spans = [], []
        with bench.record(f"kernels of {length_s * 1e3:g} ms") as samples:
            time.sleep(1.0)
            for turn in range(CELLS):
                window = meter.start()
                burn(length_s)
                meter.stop(window)
                windows.append(window)
                spans.append(window.length_s)
                time.sleep(0.6 + 0.0137 * (turn % 31))
            time.sleep(SETTLED_S)
        meter.wait()
        trace = samples["energy_j"]
        rest_w = mean_power([sample for sample in trace if sample[0] > trace[-1][0] - 1.0])
        at = edges(trace)
        total_j = mean_power(trace) * (at[-1] - at[0])
        each_j = (total_j - rest_w * (at[-1] - at[0] - sum(spans))) / CELLS
        figures = [_gpu(final[id(window)]) for window in windows if id(window) in final]
        values = [figure.value for figure in figures if figure.value is not None]
        middle = statistics.median(values)
        scatter = percentile([abs(value / middle - 1.0) for value in values], 0.95)
        bias = statistics.fmean(values) / each_j - 1
        inside = sum(figure.low <= each_j <= figure.high for figure in figures)
        rows.append(
            [
                f"{length_s * 1e3:g} ms ({statistics.median(spans) * 1e3:.0f})",
                f"{each_j:.2f} J",
                f"{bias:+.1%}",
                f"{scatter:.1%}",
                f"{inside} of {len(figures)}",
                sum(value == 0.0 for value in values),
            ]
        )
    meter.close()
    return rows


def _gpu(measurement: Any) -> Any:
    return next(c for c in measurement.components if c.kind == "gpu").host_energy_j


def tails(_: Bench) -> Rows:
    """Work that is launched and not waited for: how often a record would tell it."""
    import torch

    from benchmarks.gpu import tail
    from greenlab.notebook.gpu_finish import still_running

    return tail.rows(_burner().launch, torch.cuda.synchronize, still_running)


def sharing(_: Bench) -> Rows:
    """The kernel's share of a GPU by itself, and beside a process that does the same."""
    burn, meter = _burner(), _meter()

    def share() -> list[object]:
        window = meter.start()
        end = time.monotonic() + 6.0
        while time.monotonic() < end:
            burn(0.05)
        part = next(c for c in meter.stop(window).components if c.kind == "gpu")
        mine, whole = part.energy_j, part.host_energy_j
        if mine.value is None or not whole.value:
            return [mine.reason or "no figure", ""]
        low, high = (mine.low or 0.0) / whole.value, (mine.high or 0.0) / whole.value
        return [f"{mine.value / whole.value:.0%}", f"{low:.0%} to {high:.0%}"]

    rows: Rows = [["alone", "100%", *share()]]
    with _process("burn") as child:
        _send(child)
        time.sleep(1.0)
        rows.append(["beside an equal process", "50%", *share()])
    meter.close()
    return rows


def advice(bench: Bench) -> Rows:
    """Joules of the same work before and after, in ABBA order, and their ratio."""
    from benchmarks.gpu.work import pairs

    rows: Rows = []
    for pair in pairs():
        try:
            before, after = _in_turns(bench, pair.before, pair.after)
        except Exception as error:  # noqa: BLE001  torch.compile fails in many ways
            rows.append([pair.rule, pair.case, "", "", f"{type(error).__name__}: {error}"[:90]])
            continue
        ratio = paired(before, after)
        rows.append(
            [
                pair.rule,
                pair.case,
                f"{statistics.median(before):.3g} J",
                f"{statistics.median(after):.3g} J",
                f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]",
            ]
        )
    return rows


def _in_turns(
    bench: Bench, before: Callable[[], object], after: Callable[[], object]
) -> tuple[list[float], list[float]]:
    for side in (before, after):
        for _ in range(3):
            side()
    sides: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS):
        order = (1, 0) if number % 2 else (0, 1)
        for index in order:
            sides[index].append(_joules_each(bench, (before, after)[index]))
    return sides


def _joules_each(bench: Bench, work: Callable[[], object]) -> float:
    import torch

    torch.cuda.synchronize()
    start_j, begun, count = bench.energy_j(), time.monotonic(), 0
    while time.monotonic() - begun < SIDE_S:
        work()
        torch.cuda.synchronize()
        count += 1
    return (bench.energy_j() - start_j) / count


def _meter() -> Any:
    from greenlab.meter import Meter

    return Meter()


def _burner() -> Any:
    from benchmarks.gpu.work import Burner

    return Burner()


@contextlib.contextmanager
def _process(role: str) -> Iterator[Any]:
    """`work.py` in a process of its own, ready."""
    child = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("work.py"), role],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if child.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the process that should {role} the GPU ended: see above why")
        yield child
    finally:
        child.kill()
        child.communicate()


def _send(child: Any) -> None:
    child.stdin.write("\n")
    child.stdin.flush()


def _tell(child: Any) -> None:
    _send(child)
    child.stdout.readline()


PARTS: dict[str, Part] = {
    "held": Part("N02, an idle GPU that is held", ("held", "power"), held),
    "starts": Part("Start-up with NVML", ("step", "median"), starts),
    "updates": Part(
        "How often values change",
        ("value", "period, median", "5 % to 95 %", "updates", "looked every"),
        updates,
    ),
    "averaging": Part(
        "How long power values average",
        ("value", "10 % to 90 % of a step", "as a mean over"),
        averaging,
    ),
    "settling": Part(
        "Settled figures of single kernels",
        ("kernel (measured)", "reference", "bias", "scatter, p95", "held", "0 J"),
        settling,
    ),
    "tails": Part(
        "Work left running after a cell",
        ("launched", "left when asked", "seen", "asking, p95"),
        tails,
    ),
    "sharing": Part("The kernel's share", ("kernel", "expected", "share", "interval"), sharing),
    "advice": Part("Advice, measured", ("rule", "case", "before", "after", "ratio"), advice),
}


def shown(part: Part, rows: Sequence[Sequence[object]]) -> str:
    """A part's table under its title."""
    return f"### {part.title}\n\n{table(part.heads, rows)}\n"
