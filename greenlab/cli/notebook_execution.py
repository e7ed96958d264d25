"""Executes a notebook and measures each cell, even if some fail."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from greenlab import units
from greenlab.cli import text_tables
from greenlab.cli.errors import Terminated
from greenlab.ledger.location import default_path
from greenlab.record import Advice, CellRecord, Figure, Run, total
from greenlab.record.tally import RecordTally
from greenlab.settings import LEDGER

if TYPE_CHECKING:
    from greenlab.cli.kernel import Received, Snapshot, WeighingClient
    from greenlab.cli.notebook_io import CodeCell, Notebook

_GPU_SETTLES_S: Final = 0.3  # three updates of the slowest counter
_EXIT_CODES: Final = {"ok": 0, "error": 1, "interrupted": 130}


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a run ended, and the exit code that says so."""

    status: Literal["ok", "error", "interrupted"] = "ok"
    reason: str | None = None
    signal_number: int | None = None

    @property
    def code(self) -> int:
        """The exit code; of a signal as shells have it."""
        if self.signal_number is not None:
            return 128 + self.signal_number
        return _EXIT_CODES[self.status]


def execute(
    notebook: Notebook,
    path: Path,
    save: Callable[[Run], None],
    *,
    kernel: str | None = None,
    timeout_s: float | None = None,
) -> tuple[Run, int]:
    """Run the cells of a notebook, whose outputs are filled in, and weigh them.

    `save` is given what there is as soon as the last cell has ended, in whatever way, and
    before anything else can go wrong. Gives the same, and the exit code.

    Raises:
        CommandError: there is no kernel for it, or no greenlab in that kernel.
    """
    from greenlab.cli.kernel import WeighingClient

    client = WeighingClient(
        notebook.node,
        timeout=timeout_s,
        resources={"metadata": {"path": str(path.absolute().parent)}},
        kernel_name=kernel or "",
    )
    progress = _Progress()
    # Set by jupyter_server for its own kernels: the path that the records will carry.
    env = {**os.environ, "JPY_SESSION_NAME": str(path.resolve())}
    if LEDGER.name in env:  # the kernel runs in another folder
        env[LEDGER.name] = str(default_path())
    with client.kernel(env), client.signals() as received:
        ending = _run(client, notebook, progress, received)
        with received.held():
            run = _document(path, notebook, progress, ending)
            save(run)
    return run, ending.code


def _run(
    client: WeighingClient, notebook: Notebook, progress: _Progress, received: Received
) -> _Ending:
    """Run the cells, then wait for what settles late; never raises."""
    from greenlab.cli.kernel import SETTLE_S, TERMINATED_S

    ending = _Ending()
    try:
        _cells(client, notebook, progress, received)
    except _StoppedError as stop:
        ending = stop.ending
    except KeyboardInterrupt:
        return _Ending("interrupted", f"interrupted in {progress.place}")
    except Terminated as stop:
        with suppress(Exception, KeyboardInterrupt, Terminated):
            client.interrupt()
            progress.take(client.snapshot(progress.last_id, answer_s=TERMINATED_S))
        name = signal.Signals(stop.number).name
        return _Ending("interrupted", f"stopped by {name} in {progress.place}", stop.number)
    except Exception as error:  # noqa: BLE001 - the connection to a kernel breaks in many ways
        return _Ending("error", f"{progress.place} ended with {type(error).__name__}: {error}")
    with suppress(KeyboardInterrupt, Terminated):
        parts = [part for one in progress.records.values() for part in one.components]
        if any(part.kind == "gpu" for part in parts):
            time.sleep(_GPU_SETTLES_S)
        progress.take(client.snapshot(None, SETTLE_S))
    return ending


def _document(path: Path, notebook: Notebook, progress: _Progress, ending: _Ending) -> Run:
    records = tuple(progress.records.values())
    gaps = [(place, Figure.missing(why)) for place, why in progress.unweighed.items()]
    tally = RecordTally()
    for record in records:
        tally.add(record)
    sums = tally.totals
    return Run(
        str(path),
        ending.status,
        records,
        _placed(progress.advice, notebook),
        total([("cells", sums.energy_j), *gaps]) if gaps else sums.energy_j,
        total([("cells", sums.emissions_g), *gaps]) if gaps else sums.emissions_g,
        ending.reason,
        tuple(progress.warnings),
    )


def is_cell(record: CellRecord) -> bool:
    """Whether a record is a whole cell, not a part of one."""
    return record.kind == "cell" and record.parent_id is None


def first_line(source: str) -> str:
    """What to know a cell by: its first line that is neither `%%energy` nor a comment."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    if lines and lines[0].split()[0] == "%%energy":
        del lines[0]
    return next((line for line in lines if not line.startswith("#")), (*lines, "")[0])


@dataclass
class _Progress:
    """What is known so far; a settled record takes the place of the former.

    `place`: the cell that runs, for people. `unweighed`: cells that ran and left no record,
    and why.
    """

    place: str = "the notebook"
    records: dict[str, CellRecord] = field(default_factory=dict)
    unweighed: dict[str, str] = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()
    warnings: dict[str, None] = field(default_factory=dict)

    def take(self, snapshot: Snapshot | None) -> list[CellRecord]:
        """Add what a snapshot brings; the records in it."""
        if snapshot is None:
            return []
        self.records.update((record.id, record) for record in snapshot.records)
        self.advice = snapshot.advice
        self.warnings |= dict.fromkeys(snapshot.warnings)
        return list(snapshot.records)

    @property
    def last_id(self) -> str | None:
        return next(reversed(self.records), None)


class _StoppedError(Exception):
    """The run ended before the last cell."""

    def __init__(self, status: Literal["error", "interrupted"], reason: str) -> None:
        super().__init__(reason)
        self.ending = _Ending(status, reason)


def _cells(
    client: WeighingClient, notebook: Notebook, progress: _Progress, received: Received
) -> None:
    """Run the cells one after the other.

    Raises:
        _StoppedError: a cell failed, took too long or was interrupted, or the kernel died.
        KeyboardInterrupt: a second Ctrl-C.
        Terminated: a signal that ends programs.
    """
    count = len(notebook.code_cells)
    for number, cell in enumerate(notebook.code_cells, 1):
        progress.place = f"code cell {number} of {count}"
        ran = client.code_cells_executed
        stop = _cell(client, cell, progress)
        new = progress.take(client.snapshot(progress.last_id))
        if client.code_cells_executed > ran and not any(map(is_cell, new)):
            progress.unweighed[progress.place] = "greenlab was off or unloaded when it ran"
        if received.interrupt.is_set():
            raise _StoppedError("interrupted", f"interrupted in {progress.place}")
        if stop is not None:
            raise stop
        if sys.stderr.isatty():
            print(_line(number, count, cell.source, new), file=sys.stderr)


def _cell(client: WeighingClient, cell: CodeCell, progress: _Progress) -> _StoppedError | None:
    """Run one cell; why it is the last one, if so.

    Raises:
        _StoppedError: the kernel died, so there is nothing to ask.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    place = progress.place
    try:
        client.run_cell(cell)
    except CellTimeoutError:
        client.interrupt()
        return _StoppedError("error", f"{place} took longer than {client.timeout} s")
    except CellExecutionError as error:
        what = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        return _StoppedError("error", f"{place} failed with {what}")
    except DeadKernelError:
        what = "the records of the cells before it are kept"
        progress.unweighed[place] = "the kernel died"
        raise _StoppedError("error", f"the kernel died in {place}; {what}") from None
    return None


def _line(number: int, count: int, source: str, records: Iterable[CellRecord]) -> str:
    """`[3/12]  1.2 s  12.4 J  model.fit(x, y)`."""
    weighed = [one for one in records if is_cell(one)]
    figures = "not measured"
    if weighed:
        figures = (
            f"{units.duration(weighed[-1].duration_s):>10}  "
            f"{text_tables.amount(weighed[-1].energy_j, 'J'):>10}"
        )
    columns = shutil.get_terminal_size().columns
    return text_tables.head(f"[{number}/{count}] {figures}  {first_line(source)}", columns - 1)


def _placed(advice: tuple[Advice, ...], notebook: Notebook) -> tuple[Advice, ...]:
    """The advice with what the kernel does not know: the numbers of cells, and later cells.

    What would break one of those is only listed.
    """
    from greenlab.advice.analysis.uses_of_removed import is_read_in

    index = {cell.id: number for number, cell in enumerate(notebook.code_cells)}

    def placed(one: Advice) -> Advice:
        if one.cell_index is None and one.cell_id in index:
            one = replace(one, cell_index=index[one.cell_id])
        others = [cell.source for cell in notebook.code_cells if cell.id != one.cell_id]
        own = next((cell.source for cell in notebook.code_cells if cell.id == one.cell_id), "")
        breaks = one.status == "shown" and is_read_in(one.affects, own, others)
        return replace(one, status="candidate") if breaks else one

    return tuple(map(placed, advice))
