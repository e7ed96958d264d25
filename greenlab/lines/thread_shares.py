"""Which thread's line is charged with the CPU time of a process.

Each Python thread of the user's is charged with its own CPU time. What children use, and the
threads of native libraries that nobody asks for by name (BLAS, OpenMP), goes to the line of the
cell, which waits for them; where threads of the user's work too, they share the native part by
their own CPU time, as each may have called the library.
"""

from __future__ import annotations

import threading
from time import thread_time
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.meter.attribution.cpu_time import CpuSnapshot, used_s
from greenlab.meter.attribution.leftover_threads import cpu_s_of

if TYPE_CHECKING:
    from greenlab.meter import Window

NOBODY: Final[frozenset[int]] = frozenset()
AT_WORK: Final = 0.1
"""Of the time between cells: a thread that ran for more of it works on something of its own."""


class CpuPoint(NamedTuple):
    """CPU seconds so far: of the process and its children, of the cell's own thread, of each
    thread of the user's by its native number, and of the sampling thread (`None`: not known).
    `at`: monotonic.
    """

    at: float
    process: CpuSnapshot
    cell_s: float | None
    threads: dict[int, float]
    sampling_s: float | None


class Charges(NamedTuple):
    """CPU seconds for the cell's own line, and for those of other threads by native number."""

    cell_s: float
    threads: dict[int, float]


def at_begin(window: Window) -> CpuPoint:
    """The point at which a window of this thread began, a moment ago."""
    begin = window.begin
    return CpuPoint(begin.at, begin.cpu, thread_time(), begin.threads, None)


def cell_thread_s(ident: int) -> float | None:
    """CPU seconds so far of a thread, by the number by which Python knows it; `None` where the
    system does not tell.
    """
    thread = threading._active.get(ident)  # type: ignore[attr-defined]
    native = getattr(thread, "native_id", None)
    try:
        return None if native is None else cpu_s_of(native)
    except OSError:
        return None


def background(window: Window) -> frozenset[int]:
    """The threads that ran while no cell did: what they use is no line's of this cell."""
    gap, begin = window.gap, window.begin
    if gap is None or begin.at <= gap.at:
        return NOBODY
    rest_s = begin.at - gap.at
    return frozenset(
        native
        for native, cpu_s in begin.threads.items()
        if native in gap.threads and cpu_s - gap.threads[native] > AT_WORK * rest_s
    )


def charges(before: CpuPoint, now: CpuPoint, background: frozenset[int]) -> Charges:
    """Who is charged with what was used between two points."""
    family_s = used_s(before.process, now.process)
    own_s = max(0.0, now.process.own_s - before.process.own_s)
    sampling_s = 0.0
    if now.sampling_s is not None and before.sampling_s is not None:
        sampling_s = max(0.0, now.sampling_s - before.sampling_s)
    used = {
        native: cpu_s - before.threads.get(native, 0.0)
        for native, cpu_s in now.threads.items()
        if cpu_s > before.threads.get(native, 0.0)
    }
    elsewhere_s = sum(s for native, s in used.items() if native in background)
    used = {native: s for native, s in used.items() if native not in background}
    left_s = max(0.0, family_s - sampling_s - elsewhere_s)
    if not used or now.cell_s is None or before.cell_s is None:
        return Charges(left_s, {})
    cell_s = max(0.0, now.cell_s - before.cell_s)
    threads_s = sum(used.values())
    children_s = max(0.0, family_s - own_s)
    native_s = max(0.0, left_s - children_s - cell_s - threads_s)
    known_s = cell_s + threads_s
    scale = min(1.0, max(0.0, left_s - children_s) / known_s) if known_s > 0 else 0.0
    factor = scale + (native_s / known_s if known_s > 0 else 0.0)
    shared = {native: s * factor for native, s in used.items()}
    return Charges(max(0.0, left_s - sum(shared.values())), shared)


def idents() -> dict[int, int]:
    """The number by which Python knows each thread, by its native number."""
    active = threading._active  # type: ignore[attr-defined]  # without a lock
    return {
        native: ident
        for ident, thread in list(active.items())
        if (native := thread.native_id) is not None
    }
