"""Which tests take long, and which must have the machine to themselves: their markers.

`make check` runs those without a marker. A test file takes all markers of the lines that its
path begins with.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

from _pytest.mark.expression import Expression

MARKERS: Final = {
    "kernel": (  # start a kernel, a command or another process
        "cli/",
        "work_counters/",
        "notebook/",
        "test_demo.py",
        "test_docs.py",
        "test_light.py",
        "test_no_network.py",
        "test_packaging.py",
        "test_rooms.py",
        "ledger/test_processes.py",
        "ledger/test_released.py",
        "ledger/test_damaged.py",
        "ledger/test_exchanged.py",
        "ledger/test_file_lock.py",
        "lines/test_gil_switch_points.py",
        "meter/attribution/test_cpu_time.py",
        "session/test_child_processes.py",
        "host/test_clocks.py",
        "proof/",
        "training/",
    ),
    "slow": (
        "advice/",
        "benchmarks/",
        "meter/test_children.py",
        "meter/test_coverage.py",
        "meter/test_invariants.py",
        "meter/test_real_time.py",
        "session/test_random_sessions.py",
        "test_measuring_faults.py",
    ),
    # Load torch, transformers and the like into the tests' own process. A process with so many
    # objects is slow to fork and to search: the others are spared it, in a run of their own.
    "heavy": (
        "advice/",
        "benchmarks/test_gpu.py",
        "lines/test_frame_locals.py",
        "notebook/test_adviser.py",
        "notebook/test_adviser_signals.py",
        "notebook/test_per_call_sync.py",
        "proof/safety/test_judge.py",
        "test_demo.py",
        "test_docs.py",
        "training/",
        "work_counters/",
    ),
    "alone": (  # judge the machine's own time or what is shared by all of its processes
        "benchmarks/test_beside.py",
        "benchmarks/test_proofs.py",
        "benchmarks/test_sampled.py",
        "benchmarks/test_syscalls.py",
        "notebook/test_prover.py",
        "notebook/test_comparer.py",
        "notebook/test_simulated.py",
        "proof/backends/test_detach.py",
        "proof/backends/test_nothing_left.py",
        "proof/test_proof.py",
        "test_import_cost.py",
        "meter/test_real_time.py",
    ),
}


IN_FILES: Final = ("kernel", "torch", "slow")
"""Markers that a file may also give to its tests itself."""


def is_unwanted(path: str, expression: str) -> bool:
    """Whether no test of a file can be among those that `-m` asks for: importing some of them
    takes seconds.
    """
    if not expression:
        return False
    wanted = Expression.compile(expression)
    known = markers_of(path)
    more = (some for size in range(len(IN_FILES) + 1) for some in combinations(IN_FILES, size))
    return not any(wanted.evaluate({*known, *some}.__contains__) for some in more)


def markers_of(path: str) -> list[str]:
    """The markers of a test file, by its path below `tests/`."""
    return [name for name, starts in MARKERS.items() if path.startswith(starts)]
