"""`%load_ext greenlab` and `%unload_ext greenlab`: puts the notebook's parts together."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from greenlab import session
from greenlab.notebook.adviser import Adviser
from greenlab.notebook.cells import CellHooks
from greenlab.notebook.comparer import Comparer
from greenlab.notebook.later import after_reply
from greenlab.notebook.link import Link, is_batch
from greenlab.notebook.live import LivePower
from greenlab.notebook.magics import GreenlabMagics
from greenlab.notebook.prover import Prover
from greenlab.record import Advice, CellRecord, display
from greenlab.record.messages import (
    Advised,
    Configure,
    Hello,
    Prove,
    Proving,
    Recorded,
    Running,
    SetAdviceStatus,
    State,
    StopProof,
)
from greenlab.session import Session, Weighing, trouble
from greenlab.session.recording import writable

SENT_TO_A_PAGE = 500
"""Latest records in one `State`; the totals hold them all."""


class Extension:
    """greenlab in one IPython shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.session: Session = session.current()
        self.session.notebook = self._notebook
        self.adviser = Adviser(
            shell,
            self._advised,
            self.session.ledger.verdicts,
            self.session.meter.gpu_states,
        )
        self.comparer = Comparer(shell, self.adviser)
        self.link = Link(self._hear)
        self.live = LivePower(self.session, self.link.send)
        self.cells = CellHooks(
            shell,
            self.session,
            on_start=self.live.cell_begins,
            on_end=self._ended,
            on_fault=self.fault,
            comparer=self.comparer,
        )
        self.prover = Prover(
            shell, self.adviser, lambda: self.session.running is not None, self._proving
        )
        self.live_power = False
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
            self.link.open(announce=not is_batch(self.shell))
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
            steps.insert(-2, self.link.close)
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

    def state(self) -> State:
        """Everything a page needs to draw itself."""
        records = self.session.recent[-SENT_TO_A_PAGE:]
        running = self.session.running
        from greenlab._version import __version__

        return State(
            kernel_id=self.session.kernel_id,
            notebook=self._notebook(),
            version=__version__,
            enabled=self.cells.enabled,
            live_power=self.live_power,
            running=_running(running) if running else None,
            records=records,
            older=self.session.count - len(records),
            totals=self.session.totals(),
            sensors=self.session.meter.sensors,
            intensity=self.session.intensity,
            advice=self.advice,
            warnings=self.session.warnings(),
            edited=self.session.all_edited(),
            proving=self.prover.proving,
        )

    def enable(self, *, on: bool) -> None:
        """`%greenlab on` and `off`."""
        self.cells.enabled = on
        self.link.send(self.state())

    def _ended(self, record: CellRecord, raw_cell: str, *, now: bool) -> list[str]:
        notes = self.adviser.consider(record, raw_cell, now=now)
        if now and (edited := self.session.edited(record.cell_id)):
            notes.insert(0, display.edited_text(edited))
        return notes

    def _recorded(self, record: CellRecord) -> None:
        self.cells.settled(record)
        self._say_warnings()
        if self.link.attached:
            edited = self.session.edited(record.cell_id) if record.kind == "cell" else None
            after_reply(self.link.send, Recorded(record, self.session.totals(), edited))

    def _advised(self, advice: tuple[Advice, ...]) -> None:
        self.link.send(Advised(advice))

    def _proving(self, proving: Proving) -> None:
        self.link.send(proving)

    def _say_warnings(self) -> None:
        """Each warning once, below the cell after which it came up."""
        with contextlib.suppress(Exception):  # somebody has taken the place of stderr
            for warning in self.session.warnings():
                if warning not in self._said:
                    self._said.add(warning)
                    print(f"greenlab: {warning}", file=sys.stderr)  # noqa: T201

    def _hear(self, message: Any) -> None:
        if isinstance(message, SetAdviceStatus):
            self.adviser.set_status(message.id, message.status)
        elif isinstance(message, Prove):
            self.prover.prove(message)
        elif isinstance(message, StopProof):
            self.prover.stop(message.id)
        elif isinstance(message, (Hello, Configure)):
            self.session.set_zone(message.zone)
            self.live_power = message.live_power
            self.live.watch(on=message.live_power)
            self.link.send(self.state())

    def _notebook(self) -> str | None:
        """The notebook's path: jupyter_server and VS Code say it each in their own way."""
        path = os.environ.get("JPY_SESSION_NAME")
        return writable(path or self.shell.user_ns.get("__vsc_ipynb_file__"))


def _running(weighing: Weighing) -> Running:
    return Running(weighing.cell_id, weighing.execution_count, weighing.started_at)


_loaded: Extension | None = None


def current() -> Extension | None:
    """The extension of this process, if it is loaded."""
    return _loaded


def load(shell: Any) -> None:
    """Load into `shell`; a second load changes nothing."""
    global _loaded  # noqa: PLW0603  one shell per process
    if _loaded is not None:
        return
    extension: Extension | None = None
    try:
        extension = Extension(shell)
        extension.load()
    except Exception as error:  # noqa: BLE001  the notebook runs on without us
        if extension is not None:
            extension.unload()
        text = trouble.describe(error)
        print(f"greenlab: not loaded, no cell is weighed. {text}", file=sys.stderr)  # noqa: T201
    else:
        _loaded = extension


def unload(shell: Any) -> None:  # noqa: ARG001  IPython hands the shell over
    """Unload, if loaded."""
    global _loaded  # noqa: PLW0603
    if _loaded is not None:
        _loaded.unload()
        _loaded = None
