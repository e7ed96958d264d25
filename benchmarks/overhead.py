"""What greenlab adds: at import, at `%load_ext`, and to the wall time of a trivial cell.

CodeCarbon's task API (`start_task`, `stop_task` of an offline tracker that writes no file)
is measured beside it, in the same run. Run:

    python benchmarks/overhead.py [cells] [blocks] [running] [growth]

cells:

- import: a fresh process that imports, less one that does nothing, interleaved.
- load: seconds that the statement blocks in a fresh kernel.
- cell: seconds of the kernel's own `do_execute` of `pass`, with it and without (its hooks taken
  off), interleaved in one kernel; who is first alternates. The median is that of the
  differences of neighbours, of time and of the processor time of the thread that runs cells,
  which says more on a busy machine; the p99 is the 99th percentile of the cells with it, less
  that of the cells without. With a page, the panel is told of each cell; after a rest, caches
  are cold, for the kernel's own work as for ours. What greenlab does after a cell's reply is
  out is given separately: it delays nothing but a cell that comes at once.

blocks: a `measure()` block that holds nothing, its record made and stored, beside a task of
CodeCarbon and a window of Zeus, which keep no record (without a counter Zeus reads nothing). In
one process, in turns: time and processor time, to begin and to end.

running (`benchmarks/running.py`): processor and memory that a loaded kernel takes, beside a
plain one at the same time. growth (`benchmarks/growth.py`): what a window costs with more
counters, GPUs, children and records. All four take ten minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import growth, running
from benchmarks.kernels import Kernel, kernel
from benchmarks.machine import described
from benchmarks.statistic import percentile

TRACKER = (
    "OfflineEmissionsTracker(country_iso_code='FRA', save_to_file=False, log_level='critical')"
)

TIMER = """
import time as _time
_kernel, _took = get_ipython().kernel, []
_execute = _kernel.do_execute
async def _timed(code, silent, *args, **kwargs):
    start, cpu = _time.perf_counter(), _time.thread_time()
    reply = await _execute(code, silent, *args, **kwargs)
    cpu_s, seconds = _time.thread_time() - cpu, _time.perf_counter() - start
    if not silent:
        _took.append([seconds, cpu_s])
    return reply
_kernel.do_execute = _timed
"""

HOOKS = """
from greenlab.notebook.extension import current as _current
_cells, _weighs = _current().cells, True
def _weigh(on):
    global _weighs
    if on != _weighs:
        _cells.register() if on else _cells.unregister()
    _weighs = on
"""

Cell = tuple[str, str]
"""A cell, and what is run silently before it."""


class Added(NamedTuple):
    """Seconds that something adds to a cell: medians of time and of processor time, the 99th
    percentile, and the first time.
    """

    median_s: float
    cpu_s: float
    p99_s: float
    first_s: float


FLUSHES = """
from greenlab.notebook.extension import current as _current
_session, _flushed = _current().session, []
_flush = _session.flush
def _timed_flush():
    work, start = bool(_session._unfinished), _time.perf_counter()
    _flush()
    if work:
        _flushed.append(_time.perf_counter() - start)
_session.flush = _timed_flush
"""


def main() -> None:
    """Measure, and print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (all)")
    parser.add_argument("--cells", type=int, default=1000, help="pairs of cells (1000)")
    parser.add_argument("--rested", type=int, default=60, help="pairs after a rest (60)")
    parser.add_argument("--starts", type=int, default=9, help="fresh starts (9)")
    parser.add_argument("--many", type=int, default=10_000, help="cells for memory (10000)")
    parser.add_argument("--seconds", type=float, default=60, help="of rest (60)")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print(described())
    for part in chosen.parts or PARTS:
        print()
        PARTS[part](chosen)


def cells(chosen: argparse.Namespace) -> None:
    """The costs that a user waits for."""
    print(f"{chosen.starts} starts, {chosen.cells} pairs of cells\n")
    print("| | greenlab | CodeCarbon |\n| --- | --- | --- |")
    row("import, median", *imports(chosen.starts))
    row("load, blocking, median", *loads(chosen.starts))
    mine, after = greenlab_cells(chosen.cells)
    theirs = codecarbon_cells(min(chosen.cells, 300))
    names = ("median", "processor time, median", "p99", "the first cell")
    for name, *seconds in zip(names, mine, theirs, strict=True):
        row(f"added to a cell, {name}", *seconds)
    row(
        "the same with a page, median", greenlab_cells(chosen.cells // 2, page=True)[0].median_s
    )
    rested, _ = greenlab_cells(chosen.rested, rest_s=1.0)
    row("the same after 1 s of rest, median", rested.median_s)
    row("after the reply, median", statistics.median(after))
    row("after the reply, p99", percentile(after, 0.99))


BLOCKS = """
import json, logging, os, statistics, sys, time
import greenlab

block = greenlab.measure("block")
turns = {"greenlab": (block.__enter__, lambda: block.__exit__(None, None, None))}
try:
    from codecarbon import OfflineEmissionsTracker
    tracker = TRACKER
    turns["CodeCarbon"] = tracker.start_task, tracker.stop_task
except ImportError:
    pass
try:
    from zeus.monitor import ZeusMonitor
    logging.getLogger("zeus").setLevel(logging.CRITICAL)
    monitor = ZeusMonitor(gpu_indices=[])
    turns["Zeus"] = (
        lambda: monitor.begin_window("block", sync_execution=False),
        lambda: monitor.end_window("block", sync_execution=False),
    )
except Exception:
    pass

def timed(step):
    start, cpu = time.perf_counter(), time.thread_time()
    step()
    return time.perf_counter() - start, time.thread_time() - cpu

taken = {name: [] for name in turns}
for number in range(int(sys.argv[1])):
    for name, (begin, end) in turns.items():
        taken[name].append((*timed(begin), *timed(end)))
skip = len(taken["greenlab"]) // 10
medians = {
    name: [statistics.median(one) for one in zip(*times[skip:])]
    for name, times in taken.items()
}
records = greenlab.session.current().ledger.records()
assert len(records) == len(taken["greenlab"]), len(records)
print(json.dumps(medians))
"""


def blocks(chosen: argparse.Namespace) -> None:
    """What a block waits for."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GREENLAB_LEDGER": f"{folder}/ledger.sqlite"}
        environment["PYTHONPATH"] = str(Path(__file__).parent.parent)
        script = BLOCKS.replace("TRACKER", TRACKER)
        done = subprocess.run(
            [sys.executable, "-c", script, str(chosen.cells)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    print(f"{chosen.cells} blocks of each, in turns; medians\n")
    print("| a block | begin | end | begin, processor time | end, processor time |")
    print("| --- | --- | --- | --- | --- |")
    for name, (begin, begin_cpu, end, end_cpu) in json.loads(
        done.stdout.splitlines()[-1]
    ).items():
        row(name, begin, end, begin_cpu, end_cpu)


def row(name: str, *seconds: float) -> None:
    """One line of the table."""
    told = [*map(shown, seconds), "-"][: max(2, len(seconds))]
    print(f"| {name} | {' | '.join(told)} |", flush=True)


def shown(seconds: float) -> str:
    """Seconds, milliseconds or microseconds."""
    if abs(seconds) >= 1:
        return f"{seconds:.2f} s"
    if abs(seconds) >= 1e-3:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.0f} µs"


def imports(starts: int) -> tuple[float, float]:
    """Median seconds of each import beyond a bare Python."""
    added: dict[str, list[float]] = {"import greenlab": [], "import codecarbon": []}
    for _ in range(starts):
        bare = process("pass")
        for statement, values in added.items():
            values.append(process(statement) - bare)
    mine, theirs = added.values()
    return statistics.median(mine), statistics.median(theirs)


def process(statement: str) -> float:
    """Seconds of a Python process that runs one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def loads(starts: int) -> tuple[float, float]:
    """Median seconds that loading blocks a fresh kernel."""
    mine, theirs = [], []
    for _ in range(starts):
        with kernel() as run:
            mine.append(run.seconds_of("get_ipython().run_line_magic('load_ext', 'greenlab')"))
    for _ in range(min(starts, 3)):
        with kernel() as run:
            statement = f"from codecarbon import OfflineEmissionsTracker; t = {TRACKER}"
            theirs.append(run.seconds_of(statement))
    return statistics.median(mine), statistics.median(theirs)


def greenlab_cells(
    pairs: int, *, page: bool = False, rest_s: float = 0.0
) -> tuple[Added, list[float]]:
    """What greenlab adds, and seconds after the replies."""
    with kernel() as run:
        run.cell("%load_ext greenlab")
        run.cell(TIMER + FLUSHES + HOOKS)
        if page:
            run.watch(live_power=False)
        off, on = ("pass", "_weigh(False)"), ("pass", "_weigh(True)")
        return interleaved(run, pairs, off, on, rest_s), run.ask("_flushed")


def codecarbon_cells(pairs: int) -> Added:
    """What a CodeCarbon task around the cell adds."""
    with kernel() as run:
        run.cell(f"from codecarbon import OfflineEmissionsTracker; _tracker = {TRACKER}")
        run.cell(TIMER)
        task = "_tracker.start_task()\ntry:\n    pass\nfinally:\n    _ = _tracker.stop_task()"
        return interleaved(run, pairs, ("pass", "pass"), (task, "pass"))


def interleaved(run: Kernel, pairs: int, off: Cell, on: Cell, rest_s: float = 0.0) -> Added:
    """What `on` adds to `off`, in pairs of which now one and now the other comes first."""
    for _ in range(5):  # a kernel's own first cells are slow
        took(run, off)
    first_s = took(run, on)[0] - took(run, off)[0]
    without, with_it = [], []
    for number in range(pairs):
        for cell in (off, on) if number % 2 else (on, off):
            (with_it if cell is on else without).append(took(run, cell, rest_s))
    seconds, cpu_s = (
        [b[part] - a[part] for a, b in zip(without, with_it, strict=True)] for part in (0, 1)
    )
    p99_s = percentile([t[0] for t in with_it], 0.99) - percentile(
        [t[0] for t in without], 0.99
    )
    return Added(statistics.median(seconds), statistics.median(cpu_s), p99_s, first_s)


def took(run: Kernel, cell: Cell, rest_s: float = 0.0) -> list[float]:
    """Seconds that the kernel spent on a cell, and processor time of the thread that ran it."""
    code, before = cell
    run.silently(before)
    time.sleep(rest_s)
    run.cell(code)
    return [float(run.ask(f"_took[-1][{part}]")) for part in (0, 1)]


PARTS = {
    "cells": cells,
    "blocks": blocks,
    "running": lambda chosen: running.report(chosen.seconds, chosen.many),
    "growth": lambda _: growth.report(),
}


if __name__ == "__main__":
    main()
