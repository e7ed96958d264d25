"""A notebook executed and weighed, cell by cell, whatever happens on the way."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from greenlab import units
from greenlab.cli import text
from greenlab.ledger.where import default_path
from greenlab.record import Advice, CellRecord, Figure, Run, total
from greenlab.record.tally import RecordTally
from greenlab.settings import LEDGER

if TYPE_CHECKING:
    from greenlab.cli.kernel import Snapshot, WeighingClient

_GPU_SETTLES_S: Final = 0.3  # three updates of the slowest counter


def execute(
    notebook: Any, path: Path, *, kernel: str | None = None, timeout_s: float | None = None
) -> Run:
    """Run the cells of a notebook, whose outputs are filled in, and weigh them.

    Raises:
        CommandError: there is no kernel for it, or no greenlab in that kernel.
    """
    from greenlab.cli.kernel import SETTLE_S, WeighingClient

    client = WeighingClient(
        notebook,
        timeout=timeout_s,
        resources={"metadata": {"path": str(path.absolute().parent)}},
        kernel_name=kernel or "",
    )
    progress = _Progress()
    # Set by jupyter_server for its own kernels: the path that the records will carry.
    env = {**os.environ, "JPY_SESSION_NAME": str(path.resolve())}
    if LEDGER.name in env:  # the kernel runs in another folder
        env[LEDGER.name] = str(default_path())
    status: Literal["ok", "error", "interrupted"] = "ok"
    reason = None
    with client.kernel(env):
        try:
            _cells(client, progress)
        except _StoppedError as stop:
            status, reason = stop.status, stop.reason
        parts = [part for one in progress.records.values() for part in one.components]
        if any(part.kind == "gpu" for part in parts):
            time.sleep(_GPU_SETTLES_S)
        progress.take(client.snapshot(None, SETTLE_S))
    records = tuple(progress.records.values())
    gaps = [(place, Figure.missing(why)) for place, why in progress.unweighed.items()]
    tally = RecordTally()
    for record in records:
        tally.add(record)
    sums = tally.totals
    return Run(
        str(path),
        status,
        records,
        _placed(progress.advice, notebook),
        total([("cells", sums.energy_j), *gaps]) if gaps else sums.energy_j,
        total([("cells", sums.emissions_g), *gaps]) if gaps else sums.emissions_g,
        reason,
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

    `unweighed`: cells that ran and left no record, and why.
    """

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
        self.status = status
        self.reason = reason


def _cells(client: WeighingClient, progress: _Progress) -> None:
    """Run the cells one after the other.

    Raises:
        _StoppedError: a cell failed, took too long or was interrupted, or the kernel died.
    """
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    cells = client.nb.cells
    number, count = 0, sum(cell.cell_type == "code" for cell in cells)
    with client.interruptible() as interrupted:
        for index, cell in enumerate(cells):
            if cell.cell_type != "code":
                continue
            number += 1
            place = f"code cell {number} of {count}"
            stop = None
            ran = client.code_cells_executed
            try:
                client.run_cell(cell, index)
            except CellTimeoutError:
                client.interrupt()
                stop = _StoppedError("error", f"{place} took longer than {client.timeout} s")
            except CellExecutionError as error:
                what = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
                stop = _StoppedError("error", f"{place} failed with {what}")
            except DeadKernelError:
                what = "the records of the cells before it are kept"
                progress.unweighed[place] = "the kernel died"
                raise _StoppedError("error", f"the kernel died in {place}; {what}") from None
            new = progress.take(client.snapshot(progress.last_id))
            if client.code_cells_executed > ran and not any(map(is_cell, new)):
                progress.unweighed[place] = "greenlab was off or unloaded when it ran"
            if interrupted.is_set():
                raise _StoppedError("interrupted", f"interrupted in {place}")
            if stop is not None:
                raise stop
            if sys.stderr.isatty():
                print(_line(number, count, cell.source, new), file=sys.stderr)


def _line(number: int, count: int, source: str, records: Iterable[CellRecord]) -> str:
    """`[3/12]  1.2 s  12.4 J  model.fit(x, y)`."""
    weighed = [one for one in records if is_cell(one)]
    figures = "not weighed"
    if weighed:
        figures = (
            f"{units.duration(weighed[-1].duration_s):>10}  "
            f"{text.amount(weighed[-1].energy_j, 'J'):>10}"
        )
    return text.head(f"[{number}/{count}] {figures}  {first_line(source)}", text.WIDTH)


def _placed(advice: tuple[Advice, ...], notebook: Any) -> tuple[Advice, ...]:
    """The advice with the number of its code cell, which the kernel does not know."""
    ids = [cell.get("id") for cell in notebook.cells if cell.cell_type == "code"]
    index = {cell_id: number for number, cell_id in enumerate(ids) if cell_id is not None}
    return tuple(
        replace(one, cell_index=index[one.cell_id])
        if one.cell_index is None and one.cell_id in index
        else one
        for one in advice
    )
