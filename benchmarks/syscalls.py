"""How many system calls greenlab adds to a trivial cell, counted with strace (Linux).

Unlike a time, the number is the same on a busy machine. IPython runs `pass` on an event loop
as a kernel does, first without greenlab, then with it; the difference is split into what
comes before the cell's reply and what is left until after it. Run:

    python benchmarks/syscalls.py [--names]

Not counted: calls that read a clock (most machines answer them without entering the system)
and those that manage memory or wake threads, which depend on what else runs.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
CELLS = 40
UNCOUNTED = re.compile(
    r"^\d+ +(brk|mmap|munmap|mremap|madvise|mprotect|futex|sched_yield|gettimeofday|getrandom"
    r"|restart_syscall|clock_gettime\(CLOCK_(MONOTONIC|REALTIME|BOOTTIME))\b"
)
CALL = re.compile(r"^\d+ +(\w+)\(")
MARK = re.compile(r'"/greenlab-(\w+)-(\w+)"')

PROBE = """
import asyncio, os, sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

settings = Config()
settings.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=settings)

def mark(phase, where):
    try:
        os.stat(f"/greenlab-{phase}-{where}")
    except OSError:
        pass

async def cells(phase, count):
    for _ in range(count):
        mark(phase, "begin")
        code = shell.transform_cell("pass")
        result = await shell.run_cell_async(
            "pass", store_history=True, cell_id="a", transformed_cell=code
        )
        shell.events.trigger("post_execute")  # these two as the kernel does
        shell.events.trigger("post_run_cell", result)
        mark(phase, "reply")
        for _ in range(5):
            await asyncio.sleep(0)
        mark(phase, "end")

async def main(count):
    await cells("warm", 5)
    await cells("without", count)
    shell.run_line_magic("load_ext", "greenlab")
    import greenlab.session
    for name, module in list(sys.modules.items()):
        for limit in ("SLOW_READ_S", "_HELD_UP_S") if name.startswith("greenlab.") else ():
            if hasattr(module, limit):  # strace makes every read a slow one
                setattr(module, limit, float("inf"))
    await cells("warm", 5)
    greenlab.session.current().meter.wait()  # it looks at slow counters for a second
    await cells("with", count)

asyncio.run(main(int(sys.argv[1])))
"""


@dataclass(frozen=True)
class Added:
    """System calls that greenlab adds to a cell: the median, before and after its reply."""

    before_reply: int
    after_reply: int
    names_before: dict[str, int]
    names_after: dict[str, int]


def added(sysroot: Path | None = None, cells: int = CELLS) -> Added:
    """Count them in a fresh process; `sysroot` stands for `/`.

    Raises:
        RuntimeError: there is no strace, or the traced process failed.
    """
    strace = shutil.which("strace")
    if strace is None:
        raise RuntimeError("strace is not on PATH: run tools/find-strace, which installs it")
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "IPYTHONDIR": folder,
            "GREENLAB_LEDGER": f"{folder}/ledger.sqlite",
            "PYTHONPATH": str(ROOT),
        }
        environment.pop("GREENLAB_SYSROOT", None)
        if sysroot is not None:
            environment["GREENLAB_SYSROOT"] = str(sysroot)
        trace = Path(folder, "trace")
        done = subprocess.run(
            [strace, "-f", "-o", trace, sys.executable, "-c", PROBE, str(cells)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"the traced process failed:\n{done.stderr[-2000:]}")
        return compare(trace.read_text(errors="replace").splitlines(), cells)


def compare(lines: list[str], cells: int) -> Added:
    """What cells with greenlab call beyond those without, from strace's lines.

    Raises:
        RuntimeError: the trace does not hold every cell.
    """
    counts = counted(lines)
    if {key: len(each) for key, each in counts.items() if key[0] != "warm"} != {
        (phase, part): cells for phase in ("without", "with") for part in ("begin", "reply")
    }:
        raise RuntimeError("strace's trace does not hold every cell")
    return Added(
        *(
            _median(counts["with", part]) - _median(counts["without", part])
            for part in ("begin", "reply")
        ),
        *(_names(counts["without", part], counts["with", part]) for part in ("begin", "reply")),
    )


def counted(lines: list[str]) -> dict[tuple[str, str], list[Counter[str]]]:
    """Calls by name of each cell, under its phase and the mark that they came after."""
    found: dict[tuple[str, str], list[Counter[str]]] = {}
    now: Counter[str] | None = None
    for line in lines:
        if mark := MARK.search(line):
            phase, where = mark.groups()
            now = None if where == "end" else Counter()
            if now is not None:
                found.setdefault((phase, where), []).append(now)
        elif now is not None and (call := CALL.match(line)) and not UNCOUNTED.search(line):
            now[call[1]] += 1
    return found


def _median(cells: list[Counter[str]]) -> int:
    return statistics.median_low(cell.total() for cell in cells)


def _names(without: list[Counter[str]], with_it: list[Counter[str]]) -> dict[str, int]:
    names = sorted({name for cell in (*without, *with_it) for name in cell})
    more = {
        name: statistics.median_low(cell[name] for cell in with_it)
        - statistics.median_low(cell[name] for cell in without)
        for name in names
    }
    return {name: count for name, count in more.items() if count}


def rapl_tree(root: Path, packages: int = 1) -> Path:
    """A folder with so many counters that stand still."""
    for index in range(packages):
        zone = root / f"sys/class/powercap/intel-rapl:{index}"
        zone.mkdir(parents=True)
        (zone / "name").write_text(f"package-{index}\n")
        (zone / "max_energy_range_uj").write_text("262143328850\n")
        (zone / "energy_uj").write_text("5000000000\n")
    return root


def main() -> None:
    """Count, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", action="store_true", help="which calls they are")
    names = parser.parse_args().names
    print("| system calls added to `pass` | before the reply | after it |")
    print("| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        tree = rapl_tree(Path(folder))
        for what, sysroot in (("models only", None), ("one RAPL package", tree)):
            calls = added(sysroot)
            print(f"| {what} | {calls.before_reply} | {calls.after_reply} |", flush=True)
            if names:
                print(calls.names_before, calls.names_after, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
