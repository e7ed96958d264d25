"""`greenlab run NOTEBOOK`.

The extension is loaded silently first; the cells run as nbclient runs them, in the
notebook's folder. A cell that fails stops the run. Exit code: 0 when all cells ran, 1 when
one failed or the kernel died, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from greenlab import units
from greenlab.cli import text
from greenlab.cli.output import UsageError, add_json, read_notebook, write_json
from greenlab.record import Advice, CellRecord, Run, total

if TYPE_CHECKING:
    from greenlab.cli.kernel import Snapshot, WeighingClient

NAME: Final = "run"
HELP: Final = "execute a notebook in a real kernel and weigh every cell"
_EXIT_CODES: Final = {"ok": 0, "error": 1, "interrupted": 130}
_GPU_SETTLES_S: Final = 0.3  # three updates of the slowest counter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebook, `-o`, `--json`, `--timeout` and `--kernel`."""
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="write the executed notebook here, also when a cell failed",
    )
    add_json(parser)
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="the longest a cell may take (default: any time)",
    )
    parser.add_argument(
        "--kernel", metavar="NAME", help="another kernel than the one the notebook names"
    )


def run(args: argparse.Namespace) -> int:
    """Execute, weigh, tell."""
    notebook = read_notebook(args.notebook)
    if args.output is not None and not args.output.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {args.output.parent} to write {args.output} in")
    result = execute(notebook, args.notebook, kernel=args.kernel, timeout_s=args.timeout)
    if args.output is not None:
        _write(notebook, args.output)
    if args.json:
        write_json(result, args.json)
    if args.json != "-":
        print(_table(result, notebook))
    if result.reason:
        print(f"greenlab run: {result.reason}", file=sys.stderr)
    return _EXIT_CODES[result.status]


@dataclass
class _Progress:
    """What is known so far; a settled record takes the place of the former."""

    records: dict[str, CellRecord] = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()

    def take(self, snapshot: Snapshot | None) -> list[CellRecord]:
        """Add what a snapshot brings; the records in it."""
        if snapshot is None:
            return []
        self.records.update((record.id, record) for record in snapshot.records)
        self.advice = snapshot.advice
        return list(snapshot.records)

    @property
    def last_id(self) -> str | None:
        return next(reversed(self.records), None)


def execute(
    notebook: Any, path: Path, *, kernel: str | None = None, timeout_s: float | None = None
) -> Run:
    """Run the cells of a notebook, whose outputs are filled in, and weigh them.

    Raises:
        UsageError: there is no kernel for it, or no greenlab in that kernel.
    """
    from greenlab.cli.kernel import WeighingClient

    client = WeighingClient(
        notebook,
        timeout=timeout_s,
        resources={"metadata": {"path": str(path.absolute().parent)}},
        kernel_name=kernel or "",
    )
    progress = _Progress()
    # Set by jupyter_server for its own kernels: the path that the records will carry.
    env = {**os.environ, "JPY_SESSION_NAME": str(path.resolve())}
    status: Literal["ok", "error", "interrupted"] = "ok"
    reason = None
    with client.kernel(env):
        try:
            _cells(client, progress)
        except _StoppedError as stop:
            status, reason = stop.status, stop.reason
        if any(
            part.kind == "gpu" for one in progress.records.values() for part in one.components
        ):
            time.sleep(_GPU_SETTLES_S)
        from greenlab.cli.kernel import SETTLE_S

        progress.take(client.snapshot(None, SETTLE_S))
    records = tuple(progress.records.values())
    energy_j, emissions_g = _sums(records)
    return Run(str(path), status, records, progress.advice, energy_j, emissions_g, reason)


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
                raise _StoppedError("error", f"the kernel died in {place}; {what}") from None
            new = progress.take(client.snapshot(progress.last_id))
            if interrupted.is_set():
                raise _StoppedError("interrupted", f"interrupted in {place}")
            if stop is not None:
                raise stop
            if sys.stderr.isatty():
                print(_line(number, count, cell.source, new), file=sys.stderr)


def _line(number: int, count: int, source: str, records: Iterable[CellRecord]) -> str:
    """`[3/12]  1.2 s  12.4 J  model.fit(x, y)`."""
    weighed = [one for one in records if one.kind == "cell" and one.parent_id is None]
    figures = "not weighed"
    if weighed:
        figures = (
            f"{units.duration(weighed[-1].duration_s):>10}  "
            f"{text.amount(weighed[-1].energy_j, 'J'):>10}"
        )
    return text.head(f"[{number}/{count}] {figures}  {_first_line(source)}", text.WIDTH)


def _table(result: Run, notebook: Any) -> str:
    """One row per cell, its advice below it, and the sum."""
    sources = {cell.get("id"): cell.source for cell in notebook.cells}
    parts: list[tuple[str, ...]] = []
    notes: dict[int, list[str]] = {}
    for one in result.records:
        if one.kind != "cell" or one.parent_id is not None:
            continue
        count = "-" if one.execution_count is None else one.execution_count
        parts.append(
            (
                text.head(f"[{count}] {_first_line(sources.get(one.cell_id, ''))}", 28),
                units.duration(one.duration_s),
                *text.figures(one.energy_j, one.emissions_g),
            )
        )
        ours = [a for a in result.advice if a.cell_id and a.cell_id == one.cell_id]
        notes[len(parts)] = [f"      advice: {advice.title}" for advice in ours]
        if one.status != "ok":
            notes[len(parts)].insert(0, f"      ended with status {one.status}")
    seconds = sum(one.duration_s for one in result.records if one.parent_id is None)
    parts.append(
        (
            "all",
            units.duration(seconds),
            *text.figures(result.energy_j, result.emissions_g),
        )
    )
    headers = ("cell", "time", *text.FIGURE_HEADERS)
    header, rule, *rows = text.table(headers, parts, shorten=text.head).split("\n")
    lines = [header, rule]
    for number, row in enumerate(rows, 1):
        lines += [row, *notes.get(number, [])]
    return "\n".join([*lines, *text.notes(result.energy_j, result.emissions_g)])


def _sums(records: Iterable[CellRecord]) -> tuple[Any, Any]:
    """Joules and grams of the records that lie in no other."""
    outer = [one for one in records if one.parent_id is None]
    return (
        total(("some cells", one.energy_j) for one in outer),
        total(("some cells", one.emissions_g) for one in outer),
    )


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")


def _write(notebook: Any, path: Path) -> None:
    import nbformat

    try:
        content: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
        path.write_text(f"{content}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _seconds(text_: str) -> int:
    try:
        value = int(text_)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text_!r} is no whole number of seconds above 0")
    return value
