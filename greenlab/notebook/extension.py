"""`%load_ext greenlab` and `%unload_ext greenlab`: puts the notebook's parts together."""

from __future__ import annotations

import atexit
import contextlib
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from greenlab import session
from greenlab.notebook.adviser import Adviser
from greenlab.notebook.cells import CellHooks
from greenlab.notebook.client_detection import by_page, cells_before, is_batch
from greenlab.notebook.comm_channel import Link
from greenlab.notebook.comparer import Comparer
from greenlab.notebook.event_loop import after_reply, in_a_moment
from greenlab.notebook.live_power import LivePower
from greenlab.notebook.magics import GreenlabMagics
from greenlab.notebook.notebook_path import NotebookPath
from greenlab.notebook.page_settings import PageSettings
from greenlab.notebook.prover import Prover
from greenlab.notebook.quiet_load import QuietLoad
from greenlab.notebook.user_code import user_code
from greenlab.record import Advice, CellRecord
from greenlab.record.messages import (
    Advised,
    Brief,
    Configure,
    Hello,
    Power,
    Prove,
    Recorded,
    Renamed,
    Running,
    SetAdviceStatus,
    State,
    StopProof,
)
from greenlab.session import OpenWindow, Session, internal_error_message
from greenlab.session.history import Detail

QUIET_S = 2.0
"""After this time without a cell, a page that is there has said `hello`."""


class Extension:
    """greenlab in one IPython shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.session: Session = session.current()
        self.path = NotebookPath(shell)
        self.session.notebook = self.path
        self.session.lines.user = user_code(shell)
        self.adviser = Adviser(
            shell,
            self._advised,
            self.session.ledger.verdicts,
            self.session.meter.gpu_states,
            self.session.hot_stacks,
        )
        self.comparer = Comparer(shell, self.adviser)
        self.link = Link(self._hear, self.state)
        self.live = LivePower(self.session, self._send_power, self._send_brief)
        self.cells = CellHooks(
            shell,
            self.session,
            on_start=self.live.cell_begins,
            on_end=self._ended,
            on_fault=self.fault,
            comparer=self.comparer,
        )
        self.prover = Prover(
            shell, self.adviser, lambda: self.session.running is not None, self.link.send
        )
        self.settings = PageSettings(self.session, self.live)
        self.by_page = by_page(shell)
        self.cells_before = 0 if _loaded_before else cells_before(shell)
        self._quiet_load = QuietLoad(shell, lambda: _loaded is self)
        self._correcting = False
        self._unsent: deque[Recorded] = deque()
        self._said: set[str] = set()
        self._magics = GreenlabMagics(shell, self)

    @property
    def advice(self) -> tuple[Advice, ...]:
        """The advice that stands now."""
        return self.adviser.advice

    def load(self) -> None:
        """Register hooks and magics, and call out to the pages."""
        self.session.listeners.append(self._recorded)
        self._magics.register()
        self.cells.register()
        if getattr(self.shell, "kernel", None) is not None:
            announce = not is_batch(self.shell)
            if announce:
                self.settings.expect_page()
            self.link.open(announce=announce)
            in_a_moment(0.0, self._wait_for_quiet)  # the cell that loads it is no cell more
            if self.by_page:
                self._quiet_load.register()
        atexit.register(self.close)
        self._say_warnings()

    def unload(self) -> None:
        """Take everything back; finished records stay in the ledger.

        A cell that runs is weighed up to here.
        """
        steps: list[Callable[[], object]] = [
            self.cells.unregister,
            self._magics.unregister,
            self.session.flush,
            partial(self.live.watch, on=False),
            partial(atexit.unregister, self.close),
            self.prover.close,
            self._unlisten,
            session.close_current,
        ]
        if getattr(self.shell, "kernel", None) is not None:
            steps[-2:-2] = [self.link.close, self._quiet_load.unregister]
        for step in steps:  # each, whatever comes of the others
            try:
                step()
            except Exception as error:  # noqa: BLE001
                self.fault(error)

    def close(self) -> None:
        """The kernel ends: nothing that was begun here outlives it."""
        self.prover.close()
        session.close_current()

    def fault(self, error: BaseException) -> None:
        """A fault of greenlab's own: noted and said, never raised into the user's code."""
        self.session.note_trouble(error)
        self._say_warnings()

    def _unlisten(self) -> None:
        with contextlib.suppress(ValueError):
            self.session.listeners.remove(self._recorded)

    def state(self, detail: Detail = "records") -> State:
        """Everything a page needs to draw itself."""
        known = self.session.overview(detail)
        running = self.session.running
        from greenlab._version import __version__

        return State(
            kernel_id=self.session.kernel_id,
            notebook=self.path(),
            version=__version__,
            enabled=self.cells.enabled,
            live_power=self.settings.live_power,
            running=_running(running) if running else None,
            records=known.records,
            older=known.older,
            totals=known.totals,
            sensors=self.session.meter.sensors,
            intensity=self.session.intensity,
            advice=self.advice,
            warnings=self.session.warnings(),
            edited=self.session.all_edited(),
            proving=self.prover.proving,
            earlier=known.earlier,
            curve=known.curve,
            grids=self.session.grids,
            cells_before=self.cells_before,
            loaded_by_page=self.by_page,
        )

    def enable(self, *, on: bool) -> None:
        """`%greenlab on` and `off`."""
        self.cells.enabled = on
        self.link.send(self.state())

    def _ended(self, record: CellRecord, raw_cell: str, *, now: bool) -> list[str]:
        notes = self.adviser.consider(record, raw_cell, now=now)
        if now and (edited := self.session.edited(record.cell_id)):
            from greenlab.record.change_words import edited_text

            notes.insert(0, edited_text(edited))
        return notes

    def _recorded(self, record: CellRecord) -> None:
        self.cells.variables.settled(record)
        self._say_warnings()
        if self.link.attached and not self._correcting:
            edited = self.session.edited(record.cell_id) if record.kind == "cell" else None
            self._unsent.append(Recorded(record, self.session.totals(), edited))
            after_reply(self._send_records)

    def _send_records(self) -> None:
        with contextlib.suppress(IndexError):  # another thread was quicker
            while True:
                self.link.send(self._unsent.popleft())

    def _send_power(self, power: Power) -> None:
        """Before it the records that wait for the reply of a cell that follows them at once."""
        self._send_records()
        self.link.send(power)

    def _advised(self, advice: tuple[Advice, ...]) -> None:
        self.link.send(Advised(advice))

    def _say_warnings(self) -> None:
        """Each warning once, below the cell after which it came up."""
        with contextlib.suppress(Exception):  # somebody has taken the place of stderr
            for warning in self.session.warnings():
                if warning not in self._said:
                    self._said.add(warning)
                    print(f"greenlab: {warning}", file=sys.stderr)  # noqa: T201

    def _hear(self, message: Any, comm_id: str) -> bool:
        """A message from a page; whether it changed what all pages show.

        A fault of ours in it never shows up in the user's cells.
        """
        try:
            return self._take_up(message, comm_id)
        except Exception as error:  # noqa: BLE001
            self.session.note_trouble(error)
            return True

    def _take_up(self, message: Any, comm_id: str) -> bool:
        if isinstance(message, SetAdviceStatus):
            self.adviser.set_status(message.id, message.status)
        elif isinstance(message, Prove):
            self.prover.prove(message)
        elif isinstance(message, StopProof):
            self.prover.stop(message.id)
        elif isinstance(message, Renamed):
            self.path.is_now(message.notebook)
        elif isinstance(message, (Hello, Configure)):
            if isinstance(message, Hello) and message.notebook:
                self.path.is_now(message.notebook)
            self._correcting = True  # records that change with the zone go with the state
            try:
                return self.settings.hear(message, comm_id)
            finally:
                self._correcting = False
        return False

    def _send_brief(self, listed: bool) -> None:
        self.link.send(Brief(self.state("rows" if listed else "totals")))

    def _wait_for_quiet(self) -> None:
        """Until no cell has run for a while: what pages have said by then was in the queue."""
        ran = self.shell.execution_count

        def look() -> None:
            if self.shell.execution_count != ran or self.session.running is not None:
                self._wait_for_quiet()
            else:
                self.link.expect_no_more()
                self.settings.expect_no_more()

        in_a_moment(QUIET_S, look)


def _running(weighing: OpenWindow) -> Running:
    return Running(weighing.cell_id, weighing.execution_count, weighing.started_at)


_loaded: Extension | None = None
_loaded_before = False


def current() -> Extension | None:
    """The extension of this process, if it is loaded."""
    return _loaded


def load(shell: Any) -> None:
    """Load into `shell`; a second load changes nothing."""
    global _loaded, _loaded_before
    if _loaded is not None:
        return
    extension: Extension | None = None
    try:
        extension = Extension(shell)
        extension.load()
    except Exception as error:  # noqa: BLE001  the notebook runs on without us
        if extension is not None:
            extension.unload()
        text = internal_error_message.describe(error)
        print(f"greenlab: not loaded, no cell is weighed. {text}", file=sys.stderr)  # noqa: T201
    else:
        _loaded, _loaded_before = extension, True


def unload(shell: Any) -> None:  # noqa: ARG001  IPython hands the shell over
    """Unload, if loaded."""
    global _loaded  # noqa: PLW0603
    if _loaded is not None:
        _loaded.unload()
        _loaded = None
