"""What the sampling thread does: it waits, and looks at the stacks that are due.

Most looks see what the one before saw. Those are glances: of the stack and one clock. What else
there is to read, of children and threads, is read when the stack has changed, or after
a few of them; that look is in `look.py`.
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

from greenlab.lines.gil_delays import at_once_s, long_run_s
from greenlab.lines.sampling_budget import Budget
from greenlab.meter.attribution.cpu_time import ProcessCpu
from greenlab.meter.attribution.leftover_threads import ThreadCpu

if TYPE_CHECKING:
    from greenlab.lines.sampler import Watched
    from greenlab.meter import Meter

COUNTERS_EVERY_S: Final = 0.2
"""How often the counters are read meanwhile, so that the power over time is known."""
COUNTERS_OF_A_CORE: Final = 0.001
_SHORTEST_WAIT_S: Final = 1e-3


def load_look() -> Callable[..., object]:
    """What looks. Loaded for the first cell that is sampled: most are too short to be."""
    from greenlab.lines.look import look_at

    return look_at


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
        self._look_at: Callable[..., object] | None = None
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
        if due and self._look_at is None:
            self._look_at = load_look()
            return self._turn()  # the code has gone on meanwhile
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
        late_s = now - self._due_at
        if late_s > long_run_s() and one.reader.depends_on_time:
            return None
        frames = sys._current_frames()
        same = one.reader.is_still_at(frames.get(one.thread))
        frames.clear()
        if not same:
            return None
        one.glances += 1
        one.glanced_at, one.glanced_s = now, self._cpu.own_s()
        one.held = late_s > at_once_s()
        return one

    def _sample(self, due: Sequence[Watched]) -> None:
        self._active = len(threading._active)  # type: ignore[attr-defined]
        assert self._look_at is not None
        others = self._look_at(due, self._cpu, self._threads, self._host, self._late_s)
        self._only = ref(due[0]) if len(due) == 1 and not others else None

    def _note_readings(self, now: float) -> None:
        """Have the counters read, seldom and for less than a thousandth of a core."""
        if now < self._counters_due:
            return
        begun_s = thread_time()
        self._meter.note_readings()
        cost_s = thread_time() - begun_s
        self._counters_due = now + max(COUNTERS_EVERY_S, cost_s / COUNTERS_OF_A_CORE)
