"""What greenlab adds: at import, at `%load_ext`, and to the wall time of a trivial cell.

CodeCarbon's task API (`start_task`, `stop_task` of an offline tracker that writes no file)
is measured beside it, in the same run. Run: `python benchmarks/overhead.py`.

- import: a fresh process that imports, less one that does nothing, interleaved.
- load: seconds that the statement blocks in a fresh kernel.
- cell: seconds of the kernel's own `do_execute` of `pass`, with and without, interleaved in
  one kernel. The median is that of the differences of neighbours; the p99 is the 99th
  percentile of the cells with it, less that of the cells without. What greenlab does after a
  cell's reply is out is not in it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

TRACKER = (
    "OfflineEmissionsTracker(country_iso_code='FRA', save_to_file=False, log_level='critical')"
)

TIMER = """
import time as _time
_kernel, _took = get_ipython().kernel, []
_execute = _kernel.do_execute
async def _timed(code, silent, *args, **kwargs):
    start = _time.perf_counter()
    reply = await _execute(code, silent, *args, **kwargs)
    if not silent:
        _took.append(_time.perf_counter() - start)
    return reply
_kernel.do_execute = _timed
"""

Cell = tuple[str, str]
"""A cell, and what is run silently before it."""


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=1000, help="pairs of cells (1000)")
    parser.add_argument("--starts", type=int, default=9, help="fresh starts (9)")
    chosen = parser.parse_args()

    print(f"{machine()}, {time.strftime('%Y-%m-%d')}")
    print(f"{chosen.starts} starts, {chosen.cells} pairs of cells\n")
    print(f"{'':<28}{'greenlab':>12}{'CodeCarbon':>12}")
    row("import, median", *imports(chosen.starts))
    row("load, median", *loads(chosen.starts))
    mine, theirs = greenlab_cells(chosen.cells), codecarbon_cells(min(chosen.cells, 300))
    for name, *seconds in zip(("median", "p99", "the first"), mine, theirs, strict=True):
        row(f"added to a cell, {name}", *seconds)


def machine() -> str:
    """The machine in words."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0].partition(":")[2].strip() if names else model
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} CPUs, {system}"


def row(name: str, *seconds: float) -> None:
    """One line of the table."""
    print(f"{name:<28}" + "".join(f"{shown(value):>12}" for value in seconds), flush=True)


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
            mine.append(run.timed("get_ipython().run_line_magic('load_ext', 'greenlab')"))
    for _ in range(min(starts, 3)):
        with kernel() as run:
            statement = f"from codecarbon import OfflineEmissionsTracker; t = {TRACKER}"
            theirs.append(run.timed(statement))
    return statistics.median(mine), statistics.median(theirs)


def greenlab_cells(pairs: int) -> tuple[float, float, float]:
    """Seconds added by greenlab: median, p99, and the first cell's."""
    with kernel() as run:
        run.cell("%load_ext greenlab")
        run.cell("from greenlab.notebook.extension import current; _cells = current().cells")
        run.cell(TIMER)
        off, on = ("pass", "_cells.enabled = False"), ("pass", "_cells.enabled = True")
        return interleaved(run, pairs, off, on)


def codecarbon_cells(pairs: int) -> tuple[float, float, float]:
    """Seconds added by a CodeCarbon task around the cell: median, p99, the first cell's."""
    with kernel() as run:
        run.cell(f"from codecarbon import OfflineEmissionsTracker; _tracker = {TRACKER}")
        run.cell(TIMER)
        task = "_tracker.start_task()\ntry:\n    pass\nfinally:\n    _ = _tracker.stop_task()"
        return interleaved(run, pairs, ("pass", "pass"), (task, "pass"))


def interleaved(run: Kernel, pairs: int, off: Cell, on: Cell) -> tuple[float, float, float]:
    """Seconds that `on` adds to `off`: median, p99, and the first time."""
    for _ in range(5):  # a kernel's own first cells are slow
        run.took(off)
    first = run.took(on) - run.took(off)
    without, with_it = [], []
    for _ in range(pairs):
        without.append(run.took(off))
        with_it.append(run.took(on))
    differences = [after - before for before, after in zip(without, with_it, strict=True)]
    p99 = statistics.quantiles(with_it, n=100)[98] - statistics.quantiles(without, n=100)[98]
    return statistics.median(differences), p99, first


class Kernel:
    """A real kernel that runs cells as a front end would."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def cell(self, code: str) -> None:
        """Run a cell."""
        self._execute(code)

    def took(self, cell: Cell) -> float:
        """Seconds that the kernel spent on a cell."""
        code, before = cell
        self._execute(before, silent=True)
        self._execute(code)
        return float(self._ask("_took[-1]"))

    def timed(self, statement: str) -> float:
        """Seconds that a statement takes in the kernel."""
        clock = "__import__('time').perf_counter()"
        self._execute(f"_start = {clock}\n{statement}\n_end = {clock}")
        return float(self._ask("_end - _start"))

    def _ask(self, expression: str) -> Any:
        reply = self._execute("", silent=True, ask=expression)
        answer = reply["user_expressions"]["answer"]
        if answer["status"] != "ok":
            raise RuntimeError(answer["evalue"])
        return json.loads(answer["data"]["text/plain"])

    def _execute(self, code: str, *, silent: bool = False, ask: str = "None") -> dict[str, Any]:
        reply = self._client.execute_interactive(
            code,
            silent=silent,
            user_expressions={"answer": ask},
            timeout=60,
            output_hook=lambda _: None,
        )
        content: dict[str, Any] = reply["content"]
        if content["status"] != "ok":
            raise RuntimeError(f"{content['ename']}: {content['evalue']}")
        return content


@contextmanager
def kernel() -> Iterator[Kernel]:
    """A fresh kernel with a ledger of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GREENLAB_LEDGER": f"{folder}/ledger.sqlite"}
        manager, client = start_new_kernel(
            kernel_name="python3", env=environment, stderr=subprocess.DEVNULL
        )
        try:
            yield Kernel(client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
