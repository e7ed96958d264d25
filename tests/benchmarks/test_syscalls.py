"""The gate: greenlab adds no more system calls to a cell than these."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from benchmarks.syscalls import added, compare, rapl_tree

# At each end of a window: CPU time of the process and of its children, whether there are any,
# and the process's number, which tells a fork; at the begin /proc/stat. A counter adds one
# read at each end.
MODELS = {"clock_gettime": 2, "getpid": 3, "getrusage": 2, "pread64": 1, "waitid": 2}
READS_PER_COUNTER = 2
# After the reply: one transaction of SQLite, which writes one page of its log, and a second one
# where the first is full. Before and after it, a look at the ledger and its log: whether they
# were deleted, moved or replaced. First the ledger's lock, which the user's code may have dropped.
AFTER = {"fcntl": 1 + 6, "newfstatat": 4, "pwrite64": 4}
# With counters, one look at whether a new one has come, and /proc/stat, for the time until the
# next cell.
NEW_DEVICES = {"openat": 1, "newfstatat": 2, "getdents64": 2, "close": 1, "pread64": 1}

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")


def within(bounds, names):
    more = {name: count for name, count in names.items() if count > bounds.get(name, 0)}
    assert not more, f"more system calls in each cell than before: {more}"


@linux_only
@pytest.mark.parametrize("packages", [0, 1, 3])
def test_a_cell_costs_no_more_system_calls(tmp_path, packages):
    calls = added(rapl_tree(tmp_path, packages) if packages else None)
    reads = READS_PER_COUNTER * packages
    within(MODELS | {"pread64": MODELS["pread64"] + reads}, calls.names_before)
    within(Counter(AFTER) + Counter(NEW_DEVICES if packages else {}), calls.names_after)
    # It was looked at: a counter cannot be had without being read.
    assert calls.before_reply >= reads + 1


def trace(extra_before, extra_after):
    def cell(phase, before, after):
        return [
            f'7 newfstatat(AT_FDCWD, "/greenlab-{phase}-begin", 0x7ff, 0) = -1 ENOENT',
            "7 epoll_wait(3, [], 1, 0) = 0",
            *before,
            f'7 newfstatat(AT_FDCWD, "/greenlab-{phase}-reply", 0x7ff, 0) = -1 ENOENT',
            *after,
            f'7 newfstatat(AT_FDCWD, "/greenlab-{phase}-end", 0x7ff, 0) = -1 ENOENT',
            "7 write(1, between cells, 1) = 1",
        ]

    without = cell("without", [], [])
    return [*cell("warm", [], []), *without * 3, *cell("with", extra_before, extra_after) * 3]


def test_counts_what_is_added_and_where():
    read = "7 pread64(9, cpu, 4096, 0) = 3"
    calls = compare(trace([read, read], ["8 fcntl(5, F_SETLK) = 0"]), 3)
    assert calls.names_before == {"pread64": 2}
    assert calls.names_after == {"fcntl": 1}
    assert (calls.before_reply, calls.after_reply) == (2, 1)


def test_leaves_out_clocks_memory_and_the_ends_of_interrupted_calls():
    lines = [
        "7 clock_gettime(CLOCK_MONOTONIC, {tv_sec=1}) = 0",
        "7 mmap(NULL, 4096, PROT_READ) = 0x7f",
        "8 <... futex resumed>) = 0",
        "7 --- SIGCHLD {si_signo=SIGCHLD} ---",
        "7 clock_gettime(CLOCK_PROCESS_CPUTIME_ID, {tv_sec=1}) = 0",
    ]
    assert compare(trace(lines, []), 3).names_before == {"clock_gettime": 1}


def test_a_trace_that_lacks_cells_is_refused():
    with pytest.raises(RuntimeError, match="does not hold every cell"):
        compare(trace([], [])[:-4], 3)
