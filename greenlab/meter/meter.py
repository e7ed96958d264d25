"""The meter of a process: opens and closes windows, reads everything at both ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from greenlab.host.forks import renew_after_fork
from greenlab.meter.counter_reader import Tracker
from greenlab.meter.edge_readings import MomentReader
from greenlab.meter.estimate import WindowEstimate
from greenlab.meter.keepalive import Watch
from greenlab.meter.settling.gpu_lag import MOST_AT_ONCE
from greenlab.meter.settling.settle import LateCounters
from greenlab.meter.settling.stall_review import Hindsight, behind, look_on
from greenlab.meter.settling.update_period import long_look, quick_look
from greenlab.meter.short_lived_threads import BackgroundThreads
from greenlab.meter.window import Moment, OpenWindows, Window
from greenlab.sensors import Counter, Host, PowerModel, look_for_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenlab.meter.bounds import Reading
    from greenlab.meter.measurement import Measurement
    from greenlab.record import SensorStatus
    from greenlab.record.cell import Scope
    from greenlab.sensors.base import GpuState


class Meter:
    """The energy meter of one process.

    `sensors` says what it found. `on_settled` is called, mostly from a background thread, with
    the final measurement of a window whose first one had `settled=False`, and of one whose
    counter turns out to have stalled; without a listener nothing waits. Nothing here raises
    for a counter that fails: its figure is missing and says why. All methods may be called from
    any thread.
    """

    def __init__(self, host: Host | None = None) -> None:
        self.on_settled: Callable[[Window, Measurement], None] | None = None
        self._host = host if host is not None else Host()
        self.sensors: tuple[SensorStatus, ...]
        self.sensors, sources, lacking = look_for_all(self._host)
        self._trackers = [Tracker(s, self._host) for s in sources if isinstance(s, Counter)]
        self._moments = MomentReader(self._host, self._trackers)
        models = [s for s in sources if isinstance(s, PowerModel)]
        self._weighing = WindowEstimate(
            self._host, self._trackers, models, self._moments.machine, lacking
        )
        self._hindsight = Hindsight(self._trackers, self._weighing)
        self._lock = threading.RLock()
        self._open = OpenWindows()
        self._background = BackgroundThreads()
        self._late = LateCounters(self._host, self._trackers, self._weighing, self._read)
        needs = [every for t in self._trackers if (every := t.keep_alive_s) is not None]
        every_s = min(needs, default=None)
        self._watch = Watch(every_s, self._sample, self._lock, self._tell_hindsight)
        slow = quick_look(self._trackers, self._host)
        self._last: Moment = self._moments.begin()
        renew_after_fork(self)
        if slow:
            self._background.do(lambda: long_look(slow, self._host, self._read))

    def start(self, *, precise: bool = False) -> Window:
        """Open a window: what happens from now on counts.

        `precise`: wait for the counters' next update here and at the end, about 1 ms each.
        """
        with self._lock:
            inside = bool(self._open)
            self._watch.turn_on()
            begin = self._moments.begin(precise)
            if inside:
                self._open.note(begin.readings)
            window = Window(begin, None if inside else self._last, precise=precise)
            self._open.add(window)
        return window

    def end(self, window: Window) -> None:
        """Close a window: read everything now, work it out when `stop` is called."""
        with self._lock:
            if window.end is None:
                window.end = self._last = self._moments.end(window.precise, window.begin.at)
                self._open.discard(window)
                if window.timeline is not None:
                    window.timeline.add(window.end.readings)
                if self._open:
                    self._open.note(window.end.readings)
                else:
                    self._watch.turn_off()

    def stop(
        self, window: Window, scope: Scope = "process", *, settle: bool = True
    ) -> Measurement:
        """Close a window and say what was used in it. Closing again repeats the answer.

        `settle`: false for windows whose late energy nobody waits for, as live power.
        """
        with self._lock:
            self.end(window)
            end, first = self._complete(window), not window.measured
            window.measured = True
            if first and window.gap is not None:
                self._weighing.learn(window.gap, window.begin)
        late = first and settle and self.on_settled is not None
        late = late and len(self._background) < MOST_AT_ONCE
        late = late and bool(self._late)
        result = self._weighing.measure(
            window.begin,
            end,
            scope,
            gap=window.gap,
            settled=not late,
            timeline=window.timeline,
        )
        if first:
            # After measuring: a counter that stalled must not teach what is normal.
            with self._lock:
                self._weighing.learn(window.begin, end)
                self._hindsight.note(window, scope, result)
            self._tell_hindsight()
        if late:
            self._settle_later(window, end, scope)
        return result

    def look_again(self) -> None:
        """Read the counters once more, a few milliseconds after a window has ended: one that
        stopped in it is found out, and watched until it moves.
        """
        if self.on_settled is None:
            return
        late = behind(self._last, self._host, self._read)
        self._tell_hindsight()
        if late and len(self._background) < MOST_AT_ONCE:

            def watch() -> None:
                look_on(late, self._host, self._read)
                self._tell_hindsight()

            self._background.do(watch)

    @staticmethod
    def gap(before: Window, after: Window) -> Window | None:
        """The closed window from one window's end to a later one's start.

        `None` while the first is open, or if they overlap.
        """
        if before.end is None or after.begin.at <= before.end.at:
            return None
        between = Window(before.end)
        between.end = after.begin
        return between

    def now(self, window: Window) -> Moment:
        """All that can be read now, in an open window; the end of a closed one.

        Counters that were read a moment ago, and cannot have moved much since, are not asked
        again.
        """
        with self._lock:
            if window.end is not None:
                return self._complete(window)
            moment = self._moments.end(recent=True)
            self._open.note(moment.readings)
        return moment

    def peek(
        self,
        window: Window,
        scope: Scope = "process",
        *,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> Measurement:
        """What was used from the begin, or `since`, until now, or `until`. Closes nothing."""
        begin = since if since is not None else window.begin
        end = until if until is not None else self.now(window)
        return self._weighing.measure(
            begin, end, scope, gap=window.gap, timeline=window.timeline
        )

    @property
    def host(self) -> Host:
        """The machine that it reads."""
        return self._host

    def note_readings(self) -> None:
        """Read the counters for the timelines of the windows that are open."""
        if self._trackers and self._open:
            self._keep_alive()

    def gpu_states(self) -> dict[str, GpuState]:
        """The GPUs by device, as their drivers describe them now: a call to each."""
        ways = {t.counter.device: getattr(t.counter, "state", None) for t in self._trackers}
        return {device: state() for device, state in ways.items() if state is not None}

    def wait(self, timeout_s: float = 2.0) -> None:
        """Wait until the windows that settle late have settled."""
        self._background.wait(timeout_s)

    def close(self) -> None:
        """Give everything back. Call it when no window is open."""
        self.wait()
        with self._lock:
            self._watch.close()
            self._open.clear()
            for tracker in self._trackers:
                tracker.counter.close()
            self._moments.close()

    def renew(self) -> None:
        """In a forked child: no thread of the parent's is there, no lock of theirs is freed.

        Windows that are open go on and count what the child uses from the fork on.
        """
        self._lock = threading.RLock()
        self._background.forget()
        self._moments.forget()
        self._watch.renew(self._lock)

    def _complete(self, window: Window) -> Moment:
        """A closed window's end, with what was left for later."""
        end = window.end
        assert end is not None
        if end.busy is None and (self._trackers or self._moments.says_something(window)):
            whole = self._moments.with_busy(end)
            if self._last is end:
                self._last = whole
            window.end = end = whole
        return end

    def _keep_alive(self) -> None:
        with self._lock:
            self._open.note({tracker: tracker.read() for tracker in self._trackers})

    def _sample(self) -> None:
        """What the watch does at each of its wakings: those are read that are due, and after
        the last window all of them.
        """
        with self._lock:
            if not self._open:
                self._keep_alive()
                return
            now = self._host.monotonic()
            self._open.note({t: t.read() for t in self._trackers if t.due(now)})

    def _read(self, tracker: Tracker) -> Reading:
        with self._lock:
            reading = tracker.read()
            self._open.note({tracker: reading})
        return reading

    def _tell_hindsight(self) -> None:
        """Pass on the figures of closed windows that later readings have changed."""
        with self._lock:
            changed = self._hindsight.review()
        for window, result in changed:
            if self.on_settled is not None:
                self.on_settled(window, result)

    def _settle_later(self, window: Window, end: Moment, scope: Scope) -> None:
        def settle() -> None:
            result = self._late.settled(window, end, scope)
            with self._lock:
                self._hindsight.note(window, scope, result)
            if self.on_settled is not None:
                self.on_settled(window, result)

        self._background.do(settle)
