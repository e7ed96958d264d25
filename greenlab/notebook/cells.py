"""Weighs each cell through IPython's events, the way cells run without us."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from greenlab.cellcode.source_hash import source_hash, without_header
from greenlab.measuring import status_of
from greenlab.notebook import cuda, header
from greenlab.notebook.comparer import Comparer
from greenlab.notebook.later import after_reply, in_a_moment
from greenlab.notebook.options import Options
from greenlab.notebook.repeat import Repeater
from greenlab.record import CellRecord, Repeat, display
from greenlab.session import Session, Weighing, enclose

LONG_S: Final = 0.05
LOOK_AGAIN_S: Final = 0.005
"""After cells longer than `LONG_S`: counters that stopped are found out by then."""


@dataclass(slots=True)
class Frame:
    """A cell between its two events; `weighing` is `None` for one that is not weighed."""

    info: Any
    thread_id: int
    options: Options | None = None
    weighing: Weighing | None = None
    leave: Callable[[], None] | None = None
    repeater: Repeater | None = None


class CellHooks:
    """Pairs `pre_run_cell` with `post_run_cell` and weighs what lies between.

    Cells that run inside a cell (`%%capture`, `%run`) are part of it: there `%%energy` is
    left to the magic of that name, which weighs a span.

    `on_start()` and `on_end(record, raw_cell, now=shown)` are told about top-level cells, the
    former before the window opens; the lines that `on_end` gives are printed below the
    figures of `%%energy`. `comparer` does what `--compare` asks.
    """

    def __init__(
        self,
        shell: Any,
        session: Session,
        *,
        on_start: Callable[[], None],
        on_end: Callable[..., list[str]],
        comparer: Comparer | None = None,
    ) -> None:
        self.shell = shell
        self.session = session
        self.enabled = True
        self._on_start = on_start
        self._on_end = on_end
        self._comparer = comparer
        self._frames: list[Frame] = []
        self._lock = threading.Lock()
        self._kept: dict[str, CellRecord] = {}

    def register(self) -> None:
        """Begin to weigh cells."""
        self.shell.events.register("pre_run_cell", self.before)
        self.shell.events.register("post_run_cell", self.after)
        self.shell.input_transformer_manager.cleanup_transforms.insert(0, self.strip)

    def unregister(self) -> None:
        """Leave IPython as it was; open windows are dropped."""
        self.shell.events.unregister("pre_run_cell", self.before)
        self.shell.events.unregister("post_run_cell", self.after)
        self.shell.input_transformer_manager.cleanup_transforms.remove(self.strip)
        for frame in self._frames:
            self._remove_repeater(frame)
        self._frames.clear()

    def before(self, info: Any) -> None:
        """`pre_run_cell`. A fault of ours never shows up in the user's cell."""
        try:
            self._open(info)
        except Exception as error:  # noqa: BLE001
            self.session.note_trouble(error)

    def after(self, result: Any) -> None:
        """`post_run_cell`."""
        try:
            self._close(result)
        except Exception as error:  # noqa: BLE001
            self.session.note_trouble(error)

    def strip(self, lines: list[str]) -> list[str]:
        """The input transformer: takes a valid `%%energy` off a cell of its own."""
        mine = not self._inside_a_cell() and self._options("".join(lines)) is not None
        return header.strip(lines) if mine else lines

    def _open(self, info: Any) -> None:
        """Open the window as the last thing done here."""
        nested = self._inside_a_cell()
        frame = Frame(info, threading.get_ident())
        with self._lock:
            self._frames.append(frame)
        if nested:
            return
        self.session.flush()
        frame.options = options = self._options(info.raw_cell)
        if options is None and not self.enabled:
            self.session.gaps.forget()
            return
        marks: list[Any] = []
        if options is not None and options.repeat > 1:
            frame.repeater = Repeater(options.repeat, lambda: self._mark(marks))
            self.shell.ast_transformers.append(frame.repeater)
        cell_id = getattr(info, "cell_id", None)
        if self._comparer is not None:
            self._comparer.before(info.raw_cell, cell_id, options)
        execution_count = self.shell.execution_count - 1 if info.store_history else None
        self._on_start()
        frame.weighing = weighing = self.session.begin(
            "cell",
            scope=options.scope if options else "process",
            cell_id=cell_id,
            execution_count=execution_count,
            source_hash=partial(source_hash, info.raw_cell),
            precise=options is not None and options.precise,
        )
        frame.leave = enclose(weighing)
        if frame.repeater is not None:
            marks += [weighing, self.session.meter.start()]

    def _close(self, result: Any) -> None:
        """Close the window as early as can be; a silent cell's record waits for the reply."""
        frame = self._take(result)
        if frame is None or frame.weighing is None or frame.leave is None:
            return
        if frame.options is not None and cuda.finish():
            frame.weighing.async_tail = False
        error = _error_of(result)
        if frame.repeater is not None:
            if error is None:
                frame.repeater.note()
            self._remove_repeater(frame)
        frame.leave()
        status, options, raw_cell = status_of(error), frame.options, frame.info.raw_cell
        if options is None:
            self.session.end_soon(
                frame.weighing, status, lambda record: self._on_end(record, raw_cell, now=False)
            )
            # Once the window is closed, and before its record is made of it.
            frame.weighing.async_tail = cuda.still_running()
            self._look_again(frame.weighing)
            after_reply(self.session.flush)
            return
        record = self.session.end(frame.weighing, status)
        self._look_again(frame.weighing)
        notes = self._on_end(record, raw_cell, now=not options.quiet)
        if header.empty(without_header(raw_cell)):
            notes.insert(0, header.NOTHING_BELOW)
        if options.output:
            self.keep(options.output, record)
        if not options.quiet:
            self.shell.display_pub.publish(data=display.bundle(record, notes), metadata={})
        if self._comparer is not None:
            self._comparer.after(record, raw_cell, options)

    def _options(self, raw_cell: str) -> Options | None:
        """Those of a valid header; any other stays for the magic, which says what is amiss."""
        options = header.read(raw_cell)
        faulty = options is not None and self._comparer and self._comparer.fault(options)
        return None if faulty else options

    def _look_again(self, weighing: Weighing) -> None:
        if weighing.window.length_s >= LONG_S:
            in_a_moment(LOOK_AGAIN_S, self.session.meter.look_again)

    def settled(self, record: CellRecord) -> None:
        """Put a settled record behind the name that `-o` gave the first one."""
        for name, kept in list(self._kept.items()):
            if kept.id == record.id and kept is not record:
                if self.shell.user_ns.get(name) is kept:
                    self.shell.user_ns[name] = record
                self._kept[name] = record

    def keep(self, name: str, record: CellRecord) -> None:
        """`-o NAME`: the record as a variable of the user."""
        self.shell.push({name: record})
        self._kept[name] = record

    def _take(self, result: Any) -> Frame | None:
        """The frame of a finished cell.

        A cell that was cancelled hands over no result: then it is this thread's latest.
        """
        thread_id = threading.get_ident()
        with self._lock:
            for frame in reversed(self._frames):
                if result is None:
                    matches = frame.thread_id == thread_id
                else:
                    matches = frame.info is result.info
                if matches:
                    self._frames.remove(frame)
                    return frame
        return None

    def _inside_a_cell(self) -> bool:
        if not self._frames:
            return False
        thread_id = threading.get_ident()
        return any(frame.thread_id == thread_id for frame in self._frames)

    def _mark(self, marks: list[Any]) -> None:
        weighing, window = marks
        run = self.session.meter.stop(window, weighing.scope)
        weighing.repeats.append(Repeat(run.duration_s, run.energy_j))
        marks[1] = self.session.meter.start()

    def _remove_repeater(self, frame: Frame) -> None:
        if frame.repeater in self.shell.ast_transformers:
            self.shell.ast_transformers.remove(frame.repeater)


def _error_of(result: Any) -> BaseException | None:
    if result is None:
        return KeyboardInterrupt()
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error
