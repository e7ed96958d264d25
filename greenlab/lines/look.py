"""One look at the sampled stacks: which lines the CPU time since the last look is charged to.

Loaded by the sampling thread when the first cell is sampled.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import thread_time
from typing import TYPE_CHECKING, Final

from greenlab.lines.awaiting import awaited
from greenlab.lines.calls import Calls
from greenlab.lines.edges import IDLE, Look
from greenlab.lines.gil_delays import at_once_s, long_run_s
from greenlab.lines.samples import Used
from greenlab.lines.sampling_budget import ASKED_PERIOD_S, PERIOD_S
from greenlab.lines.stack import Seen, StackReader
from greenlab.lines.thread_shares import (
    NOBODY,
    Charges,
    CpuPoint,
    background,
    cell_thread_s,
    charges,
    idents,
)
from greenlab.meter.attribution.cpu_time import CpuSnapshot

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.lines.sampler import Watched
    from greenlab.meter.attribution.cpu_time import ProcessCpu
    from greenlab.meter.attribution.leftover_threads import ThreadCpu

MOST_GLANCES: Final = 8


def look_at(
    due: Sequence[Watched], cpu: ProcessCpu, threads: ThreadCpu, host: Host, late_s: float
) -> dict[int, Calls]:
    """Look at the windows that are due, `late_s` seconds after that. The calls of other
    threads of the user's, by native number.
    """
    frames = sys._current_frames()
    try:
        # At once, before anything lets the threads go on: what they do later is of the next
        # look.
        at, process_s = host.monotonic(), cpu.own_s()
        stacks = [
            (one, Calls(frames.get(one.thread), one.reader.entry if one.reader else None))
            for one in due
        ]
        used, own_s = threads.snapshot(), thread_time()
        others = {}
        if used:
            ident_of = idents()
            others = {one: Calls(frames.get(ident_of.get(one, 0))) for one in used}
        process = CpuSnapshot(process_s, *cpu.families(), host.pid())
        for one, calls in stacks:
            cell_s = cell_thread_s(one.thread) if used else None
            _charge(one, CpuPoint(at, process, cell_s, used, own_s), calls, others, late_s)
    finally:
        frames.clear()  # no frame of the user's outlives this look
    return others


def _charge(
    one: Watched, now: CpuPoint, calls: Calls, others: dict[int, Calls], late_s: float
) -> None:
    if one.samples is None:
        one.begin(now.at)
    if not one.looking.acquire(blocking=False):
        return  # its window has just closed
    try:
        _look(one, now, calls, others, late_s)
    finally:
        one.looking.release()
    if one.over:  # closed meanwhile, and left the rest to this thread
        one.end()


def _look(
    one: Watched, now: CpuPoint, calls: Calls, others: dict[int, Calls], late_s: float
) -> None:
    if one.over:
        return
    before, one.point = one.point, now
    samples, reader, edges, facts = one.samples, one.reader, one.edges, one.facts
    if before is None or samples is None or reader is None:
        return
    assert edges is not None
    assert facts is not None
    apart = background(one.window) if now.threads else NOBODY
    charged = charges(before, now, apart)
    samples.covered_s += now.at - before.at
    since, cell_s = before.at, charged.cell_s
    if one.glances:
        steady_s = _steady_s(one, before, now, cell_s)
        if reader.last is not None:
            facts.looked(reader.last.seen, one.glances)
        edges.stay(steady_s, one.glanced_at, one.glances, held=one.held)
        since, cell_s, one.glances = one.glanced_at, cell_s - steady_s, 0
    held_s = min(late_s, cell_s)
    long = held_s > long_run_s()
    seen, parts = reader.look(calls, long=long)
    if seen.outer is None:
        seen, calls = awaited(one, reader, calls)
        parts = reader.spread(calls, seen, long=long)
    period_s = ASKED_PERIOD_S if one.asked else PERIOD_S
    of_time = time_of_threads(charged, cell_s, now.at - since)
    cell_of_time = 1.0 - sum(of_time.values())
    used = Used(cell_s, since, now.at, period_s, of_time=cell_of_time)
    waited_s = now.at - since - max(0.0, late_s - at_once_s())
    edges.add(Look(seen, parts, used, waited_s, held_s > at_once_s()))
    _note_facts(one, calls, seen, now.at)
    one.glances_left = min(MOST_GLANCES, facts.next_in(seen) - 1)
    for native, cpu_s in charged.threads.items():
        theirs = others[native]
        line = _in_thread(reader, theirs, seen)
        used = Used(cpu_s, since, now.at, period_s, of_time=of_time[native])
        for other, part in reader.spread(theirs, line, long=False):
            samples.add(other, used, part)
        _note_facts(one, theirs, line, now.at)


def _in_thread(reader: StackReader, calls: Calls, cell: Seen) -> Seen:
    """Another thread of the user's: its own line, called by that of the cell. Where a library's
    thread runs, that is the line that waits for it.
    """
    if not calls or cell.outer is None:
        return cell
    found = reader.read_from(calls, len(calls) - 1, cell.outer)
    return cell if found.inner is cell.outer else found


def time_of_threads(charged: Charges, cell_s: float, duration_s: float) -> dict[int, float]:
    """The part of the elapsed time that is charged to the lines of other threads, by native
    number. It is divided as the CPU time is: a cell that only waits for its threads has none
    of it. Where next to nothing is used, the rest is the cell's own.
    """
    whole_s = max(IDLE * duration_s, cell_s + sum(charged.threads.values()))
    return {native: cpu_s / whole_s for native, cpu_s in charged.threads.items() if whole_s > 0}


def _steady_s(one: Watched, before: CpuPoint, now: CpuPoint, cell_s: float) -> float:
    """CPU seconds up to the last glance: by the process's clock, children's by time."""
    own_s = now.process.own_s - before.process.own_s
    own_then_s = one.glanced_s - before.process.own_s
    of_time = (one.glanced_at - before.at) / (now.at - before.at)
    of_own = own_then_s / own_s if own_s > 0 else of_time
    known_s = min(cell_s, own_s)
    return known_s * min(1.0, of_own) + (cell_s - known_s) * of_time


def _note_facts(one: Watched, calls: Calls, seen: Seen, at: float) -> None:
    """Look at the variables of the line that was seen, if that is due."""
    reader, facts = one.reader, one.facts
    if reader is None or facts is None:
        return
    if (count := facts.another(seen)) and calls:
        index = reader.innermost_of_user(calls)
        facts.look(seen, count, calls, index, at - one.begun)
