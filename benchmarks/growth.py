"""What a window costs as the machine and the ledger grow.

In one process, without a kernel: `open and close` is what a cell waits for, `work out` what
comes after its reply. Counters are files, GPUs are simulated (a driver's own time is not in
it), children are real processes that sleep. Sizes take turns.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.syscalls import rapl_tree
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.sensors import Host
from greenlab.session import Session
from tests.simulated import Constant, FakeNvml, Gpu

ROUNDS = 300
SIZES = {
    "RAPL packages": (0, 1, 2, 4, 8),
    "GPUs": (0, 1, 2, 4, 8),
    "sleeping children": (0, 1, 8, 64),
    "records in the ledger": (0, 1_000, 10_000, 50_000),
}


def report() -> None:
    """One table: microseconds, medians."""
    print("| what grows | number | open and close | work out |\n| --- | --- | --- | --- |")
    for name, grow in zip(SIZES, (packages, gpus, children, records), strict=True):
        grow(name, SIZES[name])


def packages(name: str, sizes: Sequence[int]) -> None:
    """More CPU sockets, each with a counter."""
    with ExitStack() as stack:
        meters = []
        for size in sizes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            meters.append(Meter(Host(rapl_tree(folder, size) if size else None)))
        show(name, sizes, in_turns([by_meter(meter) for meter in meters]))


class WithGpus(Host):
    """This machine, with so many simulated GPUs."""

    def __init__(self, count: int) -> None:
        super().__init__()
        gpus = [
            Gpu(Constant(300.0), uuid=f"GPU-{index:04}", users={self.pid(): 50})
            for index in range(count)
        ]
        self._nvml = FakeNvml(gpus, time.monotonic, self.pid()) if count else None

    def nvml(self) -> Any:
        return self._nvml


def gpus(name: str, sizes: Sequence[int]) -> None:
    """More GPUs."""
    show(name, sizes, in_turns([by_meter(Meter(WithGpus(size))) for size in sizes]))


def children(name: str, sizes: Sequence[int]) -> None:
    """More child processes; they are born between the sizes, which cannot take turns."""
    meter, born, costs = Meter(), [], []
    try:
        for size in sizes:
            while len(born) < size:
                born.append(subprocess.Popen(["sleep", "600"]))
            costs += in_turns([by_meter(meter)])
    finally:
        for child in born:
            child.kill()
            child.wait()
    show(name, sizes, costs)


def records(name: str, sizes: Sequence[int]) -> None:
    """More records of this user; each turn adds one."""
    with ExitStack() as stack:
        sessions = []
        for size in sizes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            session = Session(Meter(), Ledger(folder / "ledger.sqlite"))
            for _ in range(size):
                session.end(session.begin("cell"), "ok")
            sessions.append(session)
        show(name, sizes, in_turns([by_session(session) for session in sessions]))


Turn = Callable[[], tuple[float, float]]
"""One window: seconds to open and close it, and to work it out."""


def by_meter(meter: Meter) -> Turn:
    """Windows of a meter alone."""

    def turn() -> tuple[float, float]:
        start = time.perf_counter()
        window = meter.start()
        meter.end(window)
        closed = time.perf_counter()
        meter.stop(window)
        return closed - start, time.perf_counter() - closed

    return turn


def by_session(session: Session) -> Turn:
    """Cells of a session, with their records and the ledger."""

    def turn() -> tuple[float, float]:
        start = time.perf_counter()
        weighing = session.begin("cell")
        session.end_soon(weighing, "ok", lambda _: None)
        closed = time.perf_counter()
        session.flush()
        return closed - start, time.perf_counter() - closed

    return turn


def in_turns(turns: Sequence[Turn]) -> list[tuple[float, float]]:
    """The medians of each. Every one is first in its round equally often."""
    taken: list[list[tuple[float, float]]] = [[] for _ in turns]
    for number in range(ROUNDS):
        for index in range(len(turns)):
            which = (index + number) % len(turns)
            taken[which].append(turns[which]())
    return [tuple(map(statistics.median, zip(*one, strict=True))) for one in taken]


def show(name: str, sizes: Sequence[int], costs: Sequence[tuple[float, float]]) -> None:
    """Lines of the table."""
    for size, (waited_s, after_s) in zip(sizes, costs, strict=True):
        print(
            f"| {name} | {size:,} | {waited_s * 1e6:.0f} µs | {after_s * 1e6:.0f} µs |",
            flush=True,
        )
