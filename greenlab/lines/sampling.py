"""What the sampling thread does: it waits, looks at the stacks that are due, and charges them.

Most looks see what the one before saw. Those are glances: of the stack and one clock. What else
there is to read, of children and threads, is read when the stack has changed, or after
`MOST_GLANCES`.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import thread_time
from typing import TYPE_CHECKING, Final
from weakref import ref

from greenlab.lines.awaiting import awaited
from greenlab.lines.calls import Calls
from greenlab.lines.edges import Look
from greenlab.lines.samples import Used
from greenlab.lines.sampling_budget import ASKED_PERIOD_S, PERIOD_S, Budget
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
from greenlab.meter.attribution.leftover_threads import ThreadCpu

if TYPE_CHECKING:
    from greenlab.lines.sampler import Watched
    from greenlab.meter import Meter

COUNTERS_EVERY_S: Final = 0.2
"""How often the counters are read meanwhile, so that the power over time is known."""
COUNTERS_OF_A_CORE: Final = 0.001
LONG_RUN: Final = 3.0
"""Of the interval after which Python gives the lock away: what ran for longer without doing so
was C code."""
AT_ONCE: Final = 1.5
"""Of that interval: within it, a thread that runs Python code has given the lock away."""
MOST_GLANCES: Final = 8
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
        self._budget = Budget()
        self._used_s = 0.0
        self._counters_due = 0.0
        self._due_at = self._late_s = 0.0
        self._asked = False
        # Of the last look: the window, where a glance may do for the next one.
        self._only: ref[Watched] | None = None
        self._active = 0

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
        now = self._host.monotonic()
        if self._due_at and (one := self._glanced(now)) is not None:
            return self._wait_s(now, [one])
        watched = self._watched()
        due = [one for one in watched if one.begins_at <= now]
        if due:
            if self._due_at:
                self._late_s = max(0.0, now - self._due_at)
            else:
                self._late_s = max(0.0, now - min(one.begins_at for one in due))
                self._budget.begin(min(one.begun for one in due))
                self._used_s = thread_time()
            self._asked = any(one.asked for one in due)
            self._sample(due)
            self._note_readings(now)
            return self._wait_s(now, due)
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

    def _wait_s(self, now: float, due: Sequence[Watched]) -> float:
        """Seconds to the next look."""
        self._idle_since = now
        used_s = thread_time()
        cost_s, self._used_s = used_s - self._used_s, used_s
        wait_s = self._budget.wait_s(now, cost_s, asked=self._asked)
        # From this look's begin: what the threads did while it lasted comes late, too.
        self._due_at = now + wait_s
        for one in due:
            one.next_at = self._due_at
        return max(_SHORTEST_WAIT_S, self._due_at - self._host.monotonic())

    def _glanced(self, now: float) -> Watched | None:
        """The window whose stack is as it was at the last look, so that this look is done."""
        one = None if self._only is None else self._only()
        if one is None or one.over or one.reader is None or one.glances >= one.glances_left:
            return None
        if len(threading._active) != self._active:  # type: ignore[attr-defined]
            return None  # another thread has begun
        late_s, interval_s = now - self._due_at, sys.getswitchinterval()
        if late_s > LONG_RUN * interval_s and one.reader.depends_on_time:
            return None
        frames = sys._current_frames()
        same = one.reader.is_still_at(frames.get(one.thread))
        frames.clear()
        if not same:
            return None
        one.glances += 1
        one.glanced_at, one.glanced_s = now, self._cpu.own_s()
        one.held = late_s > AT_ONCE * interval_s
        return one

    def _sample(self, due: Sequence[Watched]) -> None:
        frames = sys._current_frames()
        try:
            # At once, before anything lets the threads go on: what they do later is of the
            # next look.
            at, process_s = self._host.monotonic(), self._cpu.own_s()
            stacks = [
                (one, Calls(frames.get(one.thread), one.reader.entry if one.reader else None))
                for one in due
            ]
            threads, own_s = self._threads.snapshot(), thread_time()
            others = {}
            if threads:
                ident_of = idents()
                others = {one: Calls(frames.get(ident_of.get(one, 0))) for one in threads}
            cpu = CpuSnapshot(process_s, *self._cpu.families(), self._host.pid())
            self._only = ref(due[0]) if len(due) == 1 and not threads else None
            self._active = len(threading._active)  # type: ignore[attr-defined]
            for one, calls in stacks:
                cell_s = cell_thread_s(one.thread) if threads else None
                point = CpuPoint(at, cpu, cell_s, threads, own_s)
                self._charge(one, point, calls, others)
        finally:
            frames.clear()  # no frame of the user's outlives this look

    def _charge(
        self, one: Watched, now: CpuPoint, calls: Calls, others: dict[int, Calls]
    ) -> None:
        if one.samples is None:
            one.begin(now.at)
        if not one.looking.acquire(blocking=False):
            return  # its window has just closed
        try:
            self._look(one, now, calls, others)
        finally:
            one.looking.release()
        if one.over:  # closed meanwhile, and left the rest to this thread
            one.end()

    def _look(
        self, one: Watched, now: CpuPoint, calls: Calls, others: dict[int, Calls]
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
        interval_s = sys.getswitchinterval()
        late_s = min(self._late_s, cell_s)
        long = late_s > LONG_RUN * interval_s
        seen, parts = reader.look(calls, long=long)
        if seen.outer is None:
            seen, calls = awaited(one, reader, calls)
            parts = reader.spread(calls, seen, long=long)
        period_s = ASKED_PERIOD_S if one.asked else PERIOD_S
        used = Used(cell_s, since, now.at, period_s)
        waited_s = now.at - since - max(0.0, self._late_s - AT_ONCE * interval_s)
        edges.add(Look(seen, parts, used, waited_s, late_s > AT_ONCE * interval_s))
        _note_facts(one, calls, seen, now.at)
        one.glances_left = min(MOST_GLANCES, facts.next_in(seen) - 1)
        for native, cpu_s in charged.threads.items():
            theirs = others[native]
            line = _in_thread(reader, theirs, seen)
            used = Used(cpu_s, now.at, now.at, period_s)
            for other, part in reader.spread(theirs, line, long=False):
                samples.add(other, used, part)
            _note_facts(one, theirs, line, now.at)

    def _note_readings(self, now: float) -> None:
        """Have the counters read, seldom and for less than a thousandth of a core."""
        if now < self._counters_due:
            return
        begun_s = thread_time()
        self._meter.note_readings()
        cost_s = thread_time() - begun_s
        self._counters_due = now + max(COUNTERS_EVERY_S, cost_s / COUNTERS_OF_A_CORE)


def _in_thread(reader: StackReader, calls: Calls, cell: Seen) -> Seen:
    """Another thread of the user's: its own line, called by that of the cell. Where a library's
    thread runs, that is the line that waits for it.
    """
    if not calls or cell.outer is None:
        return cell
    found = reader.read_from(calls, len(calls) - 1, cell.outer)
    return cell if found.inner is cell.outer else found


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
