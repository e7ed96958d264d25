"""Weighs each cell through IPython's events, the way cells run without us."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any, Final, TypeVar

from greenlab.cellcode.source_hash import source_hash, without_header
from greenlab.measuring import status_of
from greenlab.notebook import cell_magic_line, gpu_finish, per_call_sync
from greenlab.notebook.comparer import Comparer
from greenlab.notebook.energy_line import EnergyLine
from greenlab.notebook.event_loop import after_reply, in_a_moment, soon
from greenlab.notebook.interrupts import Interrupter, interrupt_ended
from greenlab.notebook.options import Options
from greenlab.notebook.per_unit import count_units
from greenlab.notebook.record_variables import RecordVariables
from greenlab.notebook.repeat import Repeater
from greenlab.notebook.running_cells import Frame, Frames
from greenlab.record import CellRecord, Repeat, display
from greenlab.record.cell import Status
from greenlab.session import LinesWanted, OpenWindow, Session, enclose

T = TypeVar("T")

LONG_S: Final = 0.05
TIDY_S: Final = 1.0
LOOK_AGAIN_S: Final = 0.005
"""After cells longer than `LONG_S`: counters that stopped are found out by then."""


class CellHooks:
    """Pairs `pre_run_cell` with `post_run_cell` and weighs what lies between.

    Cells that run inside a cell (`%%capture`, `%run`) are part of it: there `%%energy` is
    left to the magic of that name, which weighs a span.

    Whatever way a cell ends, it is weighed: one whose end was not reported, as `interrupted`,
    as soon as it is seen to be over. An interrupt that comes while we begin or end a cell is
    the cell's; a fault of ours never shows up in it.

    `on_start()` and `on_end(record, raw_cell, now=shown)` are told about top-level cells, the
    former before the window opens; the lines that `on_end` gives are printed below the
    figures of `%%energy`. `on_fault(error)` is told of faults. `comparer` does what `--compare`
    asks.
    """

    def __init__(
        self,
        shell: Any,
        session: Session,
        *,
        on_start: Callable[[], None],
        on_end: Callable[..., list[str]],
        on_fault: Callable[[Exception], None] | None = None,
        comparer: Comparer | None = None,
    ) -> None:
        self.shell = shell
        self.session = session
        self.enabled = True
        self._on_start = on_start
        self._on_end = on_end
        self._on_fault = on_fault if on_fault is not None else session.note_trouble
        self._comparer = comparer
        self._frames = Frames()
        self._tidies = False
        self._line = EnergyLine(shell, comparer, self._frames.inside, self._on_fault)
        self.variables = RecordVariables(shell)

    def register(self) -> None:
        """Begin to weigh cells."""
        self.shell.events.register("pre_run_cell", self.before)
        self.shell.events.register("post_run_cell", self.after)
        self._line.register()

    def unregister(self) -> None:
        """Leave IPython as it was; a cell that runs is weighed up to here."""
        with suppress(ValueError):
            self.shell.events.unregister("pre_run_cell", self.before)
        with suppress(ValueError):
            self.shell.events.unregister("post_run_cell", self.after)
        with suppress(ValueError):
            self._line.unregister()
        for frame in self._frames.all():
            self._undisturbed(partial(self._end, frame, "ok"))

    def before(self, info: Any) -> None:
        """`pre_run_cell`."""
        told_by = sys._getframe(1)
        interrupt = self._undisturbed(partial(self._begin, info, told_by))
        if interrupt is not None:
            self._undisturbed(partial(self._interrupt, info, told_by, interrupt))

    def after(self, result: Any) -> None:
        """`post_run_cell`."""
        over: list[tuple[Frame, Status]] = []
        interrupt = self._undisturbed(partial(self._close, result, over))
        if interrupt is not None:
            self._undisturbed(partial(interrupt_ended, self.shell, result, interrupt))

    def _undisturbed(self, step: Callable[[], None]) -> KeyboardInterrupt | None:
        """Do one of our steps. A fault is noted. An interrupt of the user's is handed back, and
        the step done again: each goes on where it was.
        """
        interrupt: KeyboardInterrupt | None = None
        for _ in range(2):
            try:
                self._tried(step)
            except KeyboardInterrupt as error:
                interrupt = error
            else:
                break
        return interrupt

    def _tried(self, step: Callable[[], T]) -> T | None:
        """Do it; where it fails, note that."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001
            self._on_fault(error)
            return None

    def _begin(self, info: Any, told_by: FrameType) -> None:
        """Open the window as the last thing done here."""
        self._tried(self._end_lost)
        frame, nested = self._frames.begin(info, told_by)
        if nested:
            return
        self._tried(self.session.flush)
        frame.options = options = self._tried(partial(self._line.options, info.raw_cell))
        if options is None and not self.enabled:
            self.session.gaps.forget()
            return
        if options is not None and options.repeat > 1:
            self._repeat(frame, options.repeat)
        cell_id = getattr(info, "cell_id", None)
        if self._comparer is not None:
            self._tried(partial(self._comparer.before, info.raw_cell, cell_id, options))
        execution_count = self.shell.execution_count - 1 if info.store_history else None
        if not frame.waits:
            frame.followed = soon(self._follow)
        self._tried(self._on_start)
        frame.weighing = weighing = self.session.begin(
            "cell",
            scope=options.scope if options else "process",
            cell_id=cell_id,
            execution_count=execution_count,
            source_hash=partial(source_hash, info.raw_cell),
            precise=options is not None and options.precise,
            lines=LinesWanted(options is not None and options.lines, info.raw_cell),
        )
        frame.leave = enclose(weighing)
        if options is not None and options.sync:
            frame.unsync = self._tried(partial(per_call_sync.begin, weighing.watched))
        if frame.added:
            frame.run = self.session.meter.start()

    def _close(self, result: Any, over: list[tuple[Frame, Status]]) -> None:
        """End the cell that this is the end of. `over` holds it once it is found."""
        if not over and (frame := self._frames.ended(result)) is not None:
            over.append((frame, _status_of(result, frame)))
        for one, status in over:
            self._end(one, status)

    def _end(self, frame: Frame, status: Status) -> None:
        """Close the window as early as can be."""
        if frame.weighing is None:
            self._forget(frame)
        elif frame.options is None:
            self._end_silent(frame, frame.weighing, status)
        else:
            self._end_shown(frame, frame.weighing, frame.options, status)

    def _end_silent(self, frame: Frame, weighing: OpenWindow, status: Status) -> None:
        """The record waits for the reply."""
        raw_cell = frame.info.raw_cell
        then = partial(self._on_end, raw_cell=raw_cell, now=False)
        self._tried(partial(self.session.end_soon, weighing, status, then))
        self._forget(frame)
        # Once the window is closed, and before its record is made of it.
        weighing.async_tail = gpu_finish.still_running()
        self._look_again(weighing)
        if not frame.followed:
            after_reply(self.session.flush)

    def _end_shown(
        self, frame: Frame, weighing: OpenWindow, options: Options, status: Status
    ) -> None:
        """Wait for a GPU's work, and show the figures."""
        if not frame.waited:
            frame.waited = True
            if gpu_finish.finish():
                weighing.async_tail = False
            if frame.unsync is not None:
                self._tried(frame.unsync)
            if frame.run is not None and status == "ok":
                self._mark(frame)
        elif status == "ok" and not frame.counted:
            status = "interrupted"  # while it waited
        self._forget(frame)
        record = self.session.end(weighing, status, partial(self._count, frame, status))
        self._look_again(weighing)
        if not frame.shown:
            self._show(frame, record, options)
            if self._comparer is not None:
                self._comparer.after(record, frame.info.raw_cell, options)

    def _count(self, frame: Frame, status: Status) -> None:
        """What `--per` asks for, once the window is closed."""
        if frame.options is not None and frame.weighing is not None and not frame.counted:
            frame.counted = True
            count_units(frame.options, self.shell.user_ns, frame.weighing, status, frame.notes)

    def _show(self, frame: Frame, record: CellRecord, options: Options) -> None:
        """The figures of `%%energy`, and what else its line asks for."""
        raw_cell, notes = frame.info.raw_cell, []
        if options.output:
            self.variables.keep(options.output, record)
        if not frame.noted:
            frame.noted = True
            find = partial(self._on_end, record, raw_cell, now=not options.quiet)
            notes = self._tried(find) or []
        notes[:0] = frame.notes
        if cell_magic_line.empty(without_header(raw_cell)):
            notes.insert(0, cell_magic_line.NOTHING_BELOW)
        frame.shown = True
        if not options.quiet:
            self.shell.display_pub.publish(
                data=display.bundle(record, notes, raw_cell), metadata={}
            )

    def _follow(self) -> None:
        """A cell has answered, or lets others run: what it left is finished."""
        for frame in self._frames.here():
            frame.followed = False
        self._undisturbed(self._end_lost)
        self._tried(self.session.flush)
        if not self._tidies:
            self._tidies = True
            in_a_moment(TIDY_S, self._tidy)

    def _tidy(self) -> None:
        """If no cell runs: the ledger puts its latest records among the others."""
        self._tidies = False
        if self.session.running is None:
            self._tried(self.session.ledger.fold)

    def _end_lost(self) -> None:
        """End the cells of this thread that are over, though nobody told."""
        for frame in reversed(self._frames.over()):
            self._end(frame, "interrupted")

    def _interrupt(self, info: Any, told_by: FrameType, interrupt: KeyboardInterrupt) -> None:
        """Hand an interrupt on to the cell that begins."""
        frame, _ = self._frames.begin(info, told_by)
        interrupter = Interrupter(interrupt, frame.owns_this_call)
        frame.added.append(interrupter)
        self.shell.ast_transformers.insert(0, interrupter)

    def _repeat(self, frame: Frame, times: int) -> None:
        transformers = self.shell.ast_transformers
        if not frame.added:
            mark = partial(self._mark, frame)
            frame.added.append(Repeater(times, mark, frame.owns_this_call, transformers))
        if frame.added[0] not in transformers:
            transformers.append(frame.added[0])

    def _forget(self, frame: Frame) -> None:
        for transformer in frame.added:
            if transformer in self.shell.ast_transformers:
                self.shell.ast_transformers.remove(transformer)
        self._frames.forget(frame)
        if frame.leave is not None:
            frame.leave()

    def _look_again(self, weighing: OpenWindow) -> None:
        if weighing.window.length_s >= LONG_S:
            in_a_moment(LOOK_AGAIN_S, self.session.meter.look_again)

    def _mark(self, frame: Frame) -> None:
        """A run of a repeated cell has ended, another may begin. The user's code calls it."""
        weighing, window = frame.weighing, frame.run
        if weighing is None or window is None:
            return
        run = self._tried(partial(self.session.meter.stop, window, weighing.scope))
        if run is not None:
            weighing.repeats.append(Repeat(run.duration_s, run.energy_j))
        frame.run = self._tried(self.session.meter.start)


def _status_of(result: Any, frame: Frame) -> Status:
    """How a cell ended. What is told of another cell, a cell inside it, is not its end."""
    if result is None or result.info.raw_cell != frame.info.raw_cell:
        return "interrupted"
    return status_of(result.error_before_exec or result.error_in_exec)
