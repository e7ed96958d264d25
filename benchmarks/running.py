"""What a loaded kernel takes while it rests, while a cell runs, and over many cells.

Each number is a loaded kernel's less that of a plain one, measured at the same time.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.kernels import Kernel, kernel
from benchmarks.syscalls import rapl_tree

CELL_S = 20.0
CHUNK = 250
MIB = 2.0**20


def report(rest_s: float, many: int) -> None:
    """Two tables."""
    shares(rest_s)
    print()
    memory(many)


def shares(rest_s: float) -> None:
    """Share of a core, threads and processes: when idle, then while a cell sleeps."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tree = rapl_tree(folder)
        plain, loaded, watched, counted = (
            stack.enter_context(kernel(sysroot)) for sysroot in (None, None, None, tree)
        )
        kernels = {
            "loaded": loaded,
            "live power watched": watched,
            "the same, with a RAPL counter": counted,
        }
        for one in kernels.values():
            one.cell("%load_ext greenlab")
        watched.watch()
        counted.watch()
        everyone = [plain, *kernels.values()]
        for one in everyone:
            for _ in range(20):
                one.cell("pass")
        time.sleep(3.0)

        resting = spent(everyone, rest_s)
        sent = [one.begin(f"import time; time.sleep({CELL_S + 3.0})") for one in everyone]
        time.sleep(1.5)
        running = spent(everyone, CELL_S)
        threads = [one.threads() for one in everyone]
        processes = [one.children() for one in everyone]
        for one, cell in zip(everyone, sent, strict=True):
            one.reply(cell)
        time.sleep(0.5)

        print(f"Share of a core added: {rest_s:g} s of rest, then {CELL_S:g} s of a cell.\n")
        print("| kernel | idle | cell runs | threads, cell runs | processes |")
        print("| --- | --- | --- | --- | --- |")
        print(
            f"| plain (in all) | {resting[0]:.4%} | {running[0]:.4%} "
            f"| {threads[0]} | {processes[0]} |"
        )
        for index, name in enumerate(kernels, 1):
            print(
                f"| {name} | {resting[index] - resting[0]:+.4%} "
                f"| {running[index] - running[0]:+.4%} | {threads[index] - threads[0]:+d} "
                f"| {processes[index] - processes[0]:+d} |",
                flush=True,
            )


def spent(kernels: list[Kernel], seconds: float) -> list[float]:
    """The share of a core that each takes over so many seconds from now."""
    before = [(time.monotonic(), one.cpu_s()) for one in kernels]
    time.sleep(seconds)
    return [
        (one.cpu_s() - cpu_s) / (time.monotonic() - at)
        for one, (at, cpu_s) in zip(kernels, before, strict=True)
    ]


def memory(many: int) -> None:
    """Memory of its own that a loaded kernel takes more than a plain one, cell by cell."""
    print("| memory after | plain | loaded | added |\n| --- | --- | --- | --- |")
    with kernel() as plain, kernel() as loaded:
        show_memory("start", plain, loaded)
        loaded.cell("%load_ext greenlab")
        done = 0
        for stop in (0, *(many // part for part in (100, 10, 4, 2, 1))):
            while done < stop:
                count = min(CHUNK, stop - done)
                for one in (plain, loaded):
                    for _ in range(count):
                        one.reply(one.begin("pass"))
                done += count
            show_memory(f"{stop:,} cells" if stop else "`%load_ext`", plain, loaded)


def show_memory(when: str, plain: Kernel, loaded: Kernel) -> None:
    """One line of the table."""
    time.sleep(0.2)  # the last record is finished after its cell's reply
    a, b = plain.own_bytes() / MIB, loaded.own_bytes() / MIB
    print(f"| {when} | {a:.1f} MiB | {b:.1f} MiB | {b - a:+.1f} MiB |", flush=True)
