"""The thread that looks at the stack of the code that is weighed, every so many milliseconds.

It charges the CPU time that the process used since its last look to the line that it finds.
C code that holds the interpreter's lock does not fool it: Python gives the lock away right
after the call, while the frame still names that line, so that the late sample carries all that
the call used.

It is there for cells that have run for a second (`PATIENCE_S`), and from the start for those
that ask for it (`asked`). What a sample does is in `sampling_thread.py`.
"""

from __future__ import annotations

import _thread
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from greenlab import settings
from greenlab.host.forks import renew_after_fork
from greenlab.lines.sampling_thread import Sampling, load_look
from greenlab.lines.user_code import UserCode

if TYPE_CHECKING:
    from asyncio import Task

    from greenlab.lines.edges import Edges
    from greenlab.lines.live_facts import LiveFacts
    from greenlab.lines.samples import Samples
    from greenlab.lines.stack import Block, StackReader
    from greenlab.lines.thread_shares import CpuPoint
    from greenlab.lines.window_code import WindowCode
    from greenlab.meter import Meter, Window
    from greenlab.record.lines import GpuCharge

PATIENCE_S: Final = 1.0
"""Cells below it are never sampled."""
MOST_LATE_S: Final = 0.1
"""A look that was due for longer when the window closed says nothing of its last lines."""
IDLE_S: Final = 60.0
"""After so long without a cell the thread sleeps until one begins. Until then it looks every
`PATIENCE_S`, and a cell that begins does not have to wake it."""


class Watched:
    """A window whose lines are sampled, or will be once it is old enough.

    `source`: the cell's text; `asked`: whether the user asked for its lines. `samples`: what
    was seen, `None` before the first sample. `over`: whether the window is closed. `gpu`: whom
    the GPU's joules are charged to; `note`: what else should be known of the lines. `point`:
    the CPU time up to which all is charged; `next_at`: when the next look is due. `glances`:
    how many looks since then saw the same, of at most `glances_left`; the last one when, at
    which CPU second of the process, and whether the lock was `held` up to it. `task`: that of
    the code, once it was suspended.
    """

    __slots__ = (
        "__weakref__",
        "asked",
        "begins_at",
        "begun",
        "block",
        "code",
        "edges",
        "facts",
        "glanced_at",
        "glanced_s",
        "glances",
        "glances_left",
        "gpu",
        "held",
        "looking",
        "next_at",
        "note",
        "over",
        "point",
        "reader",
        "samples",
        "source",
        "task",
        "thread",
        "user",
        "window",
    )

    def __init__(
        self,
        window: Window,
        user: UserCode,
        *,
        asked: bool,
        block: Block | None,
        source: str | None,
    ) -> None:
        # What a cell waits for: the rest is made when sampling begins.
        self.window, self.user, self.block, self.source = window, user, block, source
        self.asked, self.over = asked, False
        self.begun = window.begin.at
        self.begins_at = self.begun if asked else self.begun + PATIENCE_S
        self.thread = threading.get_ident()
        self.task: ref[Task[Any]] | None = None
        self.point = _at_begin(window) if asked else None
        self.samples: Samples | None = None
        self.edges: Edges | None = None
        self.reader: StackReader | None = None
        self.facts: LiveFacts | None = None
        self.code: WindowCode | None = None
        self.gpu: GpuCharge = "waiting"
        self.note: str | None = None

    def begin(self, at: float) -> None:
        """Sampling begins."""
        from greenlab.lines.edges import Edges
        from greenlab.lines.live_facts import LiveFacts
        from greenlab.lines.samples import Samples
        from greenlab.lines.stack import StackReader
        from greenlab.lines.window_code import WindowCode

        self.code = WindowCode(self.user, self.source)
        self.reader, self.facts = StackReader(self.code, self.block), LiveFacts()
        self.samples = Samples(self.begun if self.asked else at)
        self.edges = Edges(self.samples)
        self.glances = self.glances_left = 0
        self.glanced_at, self.glanced_s, self.held = at, 0.0, False
        self.next_at = at
        # Never waited for: who finds it taken leaves its part out, or to the other.
        self.looking = _thread.allocate_lock()

    def end(self) -> None:
        """The window is closed: charge what was used since the last look."""
        self.over = True
        end, samples, edges = self.window.end, self.samples, self.edges
        if samples is None or edges is None or not self.looking.acquire(blocking=False):
            return
        from greenlab.lines.thread_shares import CpuPoint, background, charges

        try:
            if self.reader is not None:
                self.reader.last = self.reader.entry = None
            before, self.point = self.point, None
            if end is None or before is None or end.at > self.next_at + MOST_LATE_S:
                edges.end(0.0, 0.0)
                return
            now = CpuPoint(end.at, end.cpu, None, end.threads, None)
            used = charges(before, now, background(self.window))
            samples.covered_s += max(0.0, end.at - before.at)
            edges.end(used.cell_s, end.at)
        finally:
            self.looking.release()


class Sampler:
    """The sampling thread of a process, and what it watches.

    `enabled`: whether cells are sampled that did not ask. `user`: whose code it looks for.
    Where the thread cannot be had, or fails, there are no lines; nothing is raised.
    """

    def __init__(self, meter: Meter) -> None:
        self.enabled = settings.LINES.on
        self.user = UserCode()
        self._meter = meter
        self._watched: list[ref[Watched]] = []
        self._sampling: Sampling | None = None
        renew_after_fork(self)

    def watch(
        self,
        window: Window,
        *,
        asked: bool = False,
        block: Block | None = None,
        source: str | None = None,
    ) -> Watched | None:
        """Sample the code that this thread runs in a window: from now on where it was `asked`
        for, else once the window is a second old.

        `block`: `None` for a cell.
        """
        if not (asked or self.enabled):
            return None
        if asked:  # from its first moment: nothing is left to be loaded then
            load_look()
        watched = Watched(window, self.user, asked=asked, block=block, source=source)
        # Replaced as a whole: the thread reads it. Weak: a window may be forgotten.
        self._watched = [*self._watched, ref(watched)]
        if self._sampling is None or self._sampling.ended:
            self._start()
        elif asked or self._sampling.asleep:
            self._sampling.wake_up()
        return watched

    def leave(self, watched: Watched) -> None:
        """Its window is closed."""
        watched.end()
        self._watched = [one for one in self._watched if one() not in (None, watched)]

    def watched(self) -> list[Watched]:
        """The windows that are open."""
        found = [one() for one in self._watched]
        return [one for one in found if one is not None and not one.over]

    def close(self) -> None:
        """End the thread."""
        self._watched = []
        sampling, self._sampling = self._sampling, None
        if sampling is not None:
            sampling.close()

    def renew(self) -> None:
        """In a forked child: there is no thread, and what was seen is the parent's."""
        for one in self.watched():
            one.over, one.samples, one.edges = True, None, None
        self._watched, self._sampling = [], None

    def _start(self) -> None:
        sampling = Sampling(self._meter, self.watched, IDLE_S, PATIENCE_S)
        with suppress(RuntimeError):  # no more threads
            # Not `threading`: that waits until the thread runs, and shows it to the user's
            # code.
            _thread.start_new_thread(sampling.run, ())
            self._sampling = sampling


def _at_begin(window: Window) -> CpuPoint:
    from greenlab.lines.thread_shares import at_begin

    return at_begin(window)
