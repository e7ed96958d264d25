"""What the sampling thread does: it waits, looks at the stacks that are due, and charges them.

It takes no more than `MOST_OF_A_CORE`: where looks cost much, they are taken less often.
"""

from __future__ import annotations

import _thread
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import thread_time
from typing import TYPE_CHECKING, Final

from greenlab.lines.awaiting import calls_of_task, suspended_task
from greenlab.lines.calls import Calls
from greenlab.lines.samples import Samples, Used
from greenlab.lines.stack import Seen, StackReader
from greenlab.lines.thread_shares import (
    NOBODY,
    CpuPoint,
    background,
    cell_thread_s,
    charges,
    idents,
)
from greenlab.meter.attribution.cpu_time import CpuSnapshot, ProcessCpu
from greenlab.meter.attribution.threads import ThreadCpu

if TYPE_CHECKING:
    from greenlab.lines.sampler import Watched
    from greenlab.meter import Meter

PERIOD_S: Final = 0.01
ASKED_PERIOD_S: Final = 0.005
MOST_OF_A_CORE: Final = 0.004
"""By the thread's own clock. What the system takes to wake it comes on top: 0.5 % in all."""
ASKED_OF_A_CORE: Final = 0.015
"""The same where the user asked for lines."""
COUNTERS_EVERY_S: Final = 0.2
"""How often the counters are read meanwhile, so that the power over time is known."""
COUNTERS_OF_A_CORE: Final = 0.001
LONG_RUN: Final = 3.0
"""Of the interval after which Python gives the lock away: what ran for longer without doing so
was C code."""
_USUAL_COST_S: Final = 25e-6
_SMOOTH: Final = 0.1
_ONCE: Final = 4.0
_GOLDEN: Final = 0.6180339887498949
"""Periods vary by its multiples' fractions: a loop of the same length is not always seen at the
same line. No random number of the user's is drawn."""
_SHORTEST_WAIT_S: Final = 1e-3


class Sampling:
    """One thread's work. `watched()` gives the windows that are open; `ended`: whether the
    thread has ended; `asleep`: whether it must be woken.
    """

    def __init__(
        self,
        meter: Meter,
        watched: Callable[[], list[Watched]],
        idle_s: float,
        patience_s: float,
    ) -> None:
        self.ended = self.asleep = False
        self._meter, self._watched = meter, watched
        self._host = host = meter.host
        self._idle_s, self._patience_s = idle_s, patience_s
        self._cpu, self._threads = ProcessCpu(host), ThreadCpu(host)
        self._wake = _thread.allocate_lock()
        self._wake.acquire()
        self._closed = False
        self._idle_since = host.monotonic()
        self._cost_s = _USUAL_COST_S
        self._phase = 0.0
        self._counters_due = 0.0
        self._due_at = self._late_s = 0.0

    def wake_up(self) -> None:
        """Something begins that cannot wait."""
        self.asleep = False
        with suppress(RuntimeError):  # it is awake
            self._wake.release()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self.wake_up()

    def run(self) -> None:
        """The thread."""
        try:
            wait_s = 0.0
            while not self._closed:
                if wait_s:
                    self._wake.acquire(timeout=wait_s)
                if not self._closed:
                    wait_s = self._turn()
        except Exception:  # noqa: BLE001, S110 a trace would land in the user's cell
            pass
        finally:
            self.ended = True

    def _turn(self) -> float:
        """Look at what is due. Seconds to wait; -1: until something begins."""
        begun_s = thread_time()
        now = self._host.monotonic()
        watched = self._watched()
        due = [one for one in watched if one.begins_at <= now]
        if due:
            self._idle_since = now
            due_at = self._due_at or min(one.begins_at for one in due)
            self._late_s = max(0.0, now - due_at)
            self._sample(due)
            self._note_readings(now)
            cost_s = thread_time() - begun_s + _USUAL_COST_S / 2  # what waking costs
            # What costs much once, as the first look at a library's files, does not count.
            self._cost_s += _SMOOTH * (min(cost_s, _ONCE * self._cost_s) - self._cost_s)
            wait_s = self._period(due)
            self._due_at = self._host.monotonic() + wait_s
            return wait_s
        self._due_at = 0.0
        if watched:
            self._idle_since = now
            return max(_SHORTEST_WAIT_S, min(one.begins_at for one in watched) - now)
        if now - self._idle_since < self._idle_s:
            return self._patience_s
        self.asleep = True
        if self._watched():  # it began in between, and did not see that this sleeps
            self.asleep = False
            return _SHORTEST_WAIT_S
        self._idle_since = now
        return -1

    def _period(self, due: Sequence[Watched]) -> float:
        self._phase = (self._phase + _GOLDEN) % 1.0
        asked = any(one.asked for one in due)
        wanted_s, most = (
            (ASKED_PERIOD_S, ASKED_OF_A_CORE) if asked else (PERIOD_S, MOST_OF_A_CORE)
        )
        return max(wanted_s, self._cost_s / most) * (0.75 + 0.5 * self._phase)

    def _sample(self, due: Sequence[Watched]) -> None:
        frames = sys._current_frames()
        try:
            # At once, before anything lets the threads go on.
            stacks = {one.thread: Calls(frames.get(one.thread)) for one in due}
            threads, own_s = self._threads.snapshot(), thread_time()
            others = {}
            if threads:
                ident_of = idents()
                others = {one: Calls(frames.get(ident_of.get(one, 0))) for one in threads}
            at, cpu = self._host.monotonic(), self._snapshot()
            for one in due:
                cell_s = cell_thread_s(one.thread) if threads else None
                point = CpuPoint(at, cpu, cell_s, threads, own_s)
                self._charge(one, point, stacks[one.thread], others)
        finally:
            frames.clear()  # no frame of the user's outlives this look

    def _charge(
        self, one: Watched, now: CpuPoint, calls: Calls, others: dict[int, Calls]
    ) -> None:
        before, one.point = one.point, now
        samples = one.samples or one.begin(now.at)
        reader = one.reader
        if before is None or one.over or reader is None:
            return
        apart = background(one.window) if now.threads else NOBODY
        charged = charges(before, now, apart)
        seen = reader.read(calls)
        if seen.outer is None:
            seen, calls = _awaited(one, reader, calls)
        period_s = ASKED_PERIOD_S if one.asked else PERIOD_S
        samples.covered_s += now.at - before.at
        long = min(self._late_s, charged.cell_s) > LONG_RUN * sys.getswitchinterval()
        used = Used(charged.cell_s, before.at, now.at, period_s)
        _add(one, samples, calls, seen, used, long=long)
        for native, cpu_s in charged.threads.items():
            theirs = others[native]
            line = _in_thread(reader, theirs, seen)
            used = Used(cpu_s, now.at, now.at, period_s)
            _add(one, samples, theirs, line, used, long=False)

    def _snapshot(self) -> CpuSnapshot:
        return CpuSnapshot(self._cpu.own_s(), *self._cpu.families(), self._host.pid())

    def _note_readings(self, now: float) -> None:
        """Have the counters read, seldom and for less than a thousandth of a core."""
        if now < self._counters_due:
            return
        begun_s = thread_time()
        self._meter.note_readings()
        cost_s = thread_time() - begun_s
        self._counters_due = now + max(COUNTERS_EVERY_S, cost_s / COUNTERS_OF_A_CORE)


def _awaited(one: Watched, reader: StackReader, calls: Calls) -> tuple[Seen, Calls]:
    """The cell waits in a task: its line is that of the `await`. What runs meanwhile in its
    thread, as a task of the user's, is the innermost line; else what waits is.
    """
    if one.task is None:
        one.task = suspended_task(calls, reader.is_waiting)
    waiting = calls_of_task(one.task() if one.task is not None else None)
    seen = reader.read_waiting(waiting)
    if seen.outer is None:
        return seen, calls
    running = reader.read_from(calls, _in_loop(calls), seen.outer)
    if running.inner is not None and running.inner is not seen.outer:
        return running, calls
    return seen, waiting


def _in_thread(reader: StackReader, calls: Calls, cell: Seen) -> Seen:
    """Another thread of the user's: its own line, called by that of the cell. Where a library's
    thread runs, that is the line that waits for it.
    """
    if not calls or cell.outer is None:
        return cell
    found = reader.read_from(calls, len(calls) - 1, cell.outer)
    return cell if found.inner is cell.outer else found


def _in_loop(calls: Calls) -> int:
    """The index of the outermost call that the event loop makes."""
    for index in range(len(calls)):
        if calls.code(index).co_name == "_run_once":
            return index
    return len(calls) - 1


def _add(
    one: Watched,
    samples: Samples,
    calls: Calls,
    seen: Seen,
    used: Used,
    *,
    long: bool,
) -> None:
    """Charge the lines that did what was done since the last look; look at the variables of the
    one that was seen, if that is due.
    """
    reader, facts = one.reader, one.facts
    assert reader is not None
    assert facts is not None
    for line, part in reader.spread(calls, seen, long=long):
        samples.add(line, used, part)
    if (count := facts.another(seen)) and calls:
        index = reader.innermost_of_user(calls)
        facts.look(seen, count, calls, index, used.until - one.begun)
