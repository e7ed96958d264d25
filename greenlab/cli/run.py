"""`greenlab run NOTEBOOK`.

The extension is loaded silently first; the cells run as nbclient runs them, in the
notebook's folder. A cell that fails stops the run. Exit code: 0 when all cells ran, 1 when
one failed or the kernel died, 130 when interrupted, 143 when terminated. The files of -o and
--json are written in each case, with what there is by then.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from greenlab import units
from greenlab.cli import files, safe_output, text_tables
from greenlab.cli.common import add_json, json_of, write_json
from greenlab.cli.errors import CommandError, FailedError, UsageError
from greenlab.cli.notebook_execution import execute, first_line, is_cell
from greenlab.cli.notebook_io import Notebook, read_notebook
from greenlab.record import Advice, CellRecord, Run, display
from greenlab.record.figure_display import unit_line, units_of

NAME: Final = "run"
HELP: Final = "execute a notebook in a real kernel and measure every cell"
_LONGEST: Final = 400
"""Characters of a message: an error's text may be pages long. JSON and the notebook have it."""
_LONGEST_NAME: Final = 72


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebook, `-o`, `--json`, `--timeout` and `--kernel`."""
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path, help="an .ipynb file")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="write the executed notebook here, even if a cell failed",
    )
    add_json(parser)
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="the longest time a cell may take (default: no limit)",
    )
    parser.add_argument(
        "--kernel", metavar="NAME", help="use this kernel instead of the one the notebook names"
    )


def run(args: argparse.Namespace) -> int:
    """Execute and weigh, write the files, print the table."""
    notebook = read_notebook(args.notebook)
    document = Path(args.json) if args.json not in (None, "-") else None
    _check(args.notebook, args.output, document)
    writing = _Writing(notebook, args.output, document)
    result, code = execute(
        notebook, args.notebook, writing.save, kernel=args.kernel, timeout_s=args.timeout
    )
    if args.json == "-":
        write_json(result, args.json)
    else:
        print(_table(result, notebook))
    for sentence in (*result.warnings, *filter(None, [result.reason])):
        safe_output.say(f"greenlab run: {text_tables.head(sentence, _LONGEST)}")
    writing.check()
    return code


def _check(notebook: Path, output: Path | None, document: Path | None) -> None:
    """Find out before hours of work that a file cannot be written, or would replace another.

    Raises:
        UsageError: it cannot, or would.
    """
    for path in filter(None, (output, document)):
        files.check_writable(path)
    if document is not None and _same(document, notebook):
        raise UsageError(f"--json {document} would replace the notebook: name another file")
    if document is not None and output is not None and _same(document, output):
        raise UsageError(f"-o and --json both name {document}: name two files")


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() and not (one.exists() and not one.is_file())


class _Writing:
    """The files of a run, each written even if the other fails."""

    def __init__(self, notebook: Notebook, output: Path | None, document: Path | None) -> None:
        self._notebook, self._output, self._document = notebook, output, document
        self._troubles: list[CommandError] = []

    def save(self, result: Run) -> None:
        """Write what is asked for; what fails is kept for `check`."""
        if self._output is not None:
            self._write(self._output, self._notebook.text)
        if self._document is not None:
            self._write(self._document, lambda: json_of(result))

    def check(self) -> None:
        """Say at last what could not be written.

        Raises:
            CommandError: something could not.
        """
        for trouble in self._troubles[:-1]:
            safe_output.say(f"greenlab run: {trouble}")
        if self._troubles:
            raise self._troubles[-1]

    def _write(self, path: Path, content: Callable[[], str]) -> None:
        try:
            files.write(path, content())
        except CommandError as error:
            self._troubles.append(error)
        except Exception as error:  # noqa: BLE001 - outputs may hold what no file can
            why = f"cannot write {path}: {type(error).__name__}: {error}"
            self._troubles.append(FailedError(why))


def _table(result: Run, notebook: Notebook) -> str:
    """One row per cell, its advice below it, and the sum."""
    sources = {cell.id: cell.source for cell in notebook.code_cells}
    cells = [one for one in result.records if is_cell(one)]
    rows = [_row(one, sources.get(one.cell_id or "", "")) for one in cells]
    seconds = sum(one.duration_s for one in result.records if one.counted_in is None)
    figures = text_tables.figures(result.energy_j, result.emissions_g)
    rows.append(("all", units.duration(seconds), *figures))
    headers = ("cell", "time", *text_tables.FIGURE_HEADERS)
    header, rule, *shown = text_tables.table(headers, rows, shorten=text_tables.head).split(
        "\n"
    )
    lines = [header, rule]
    for one, row in zip(cells, shown, strict=False):
        lines += [row, *_below(one, result.advice)]
    return "\n".join(
        [*lines, shown[-1], *text_tables.notes(result.energy_j, result.emissions_g)]
    )


def _row(one: CellRecord, source: str) -> tuple[str, ...]:
    count = "-" if one.execution_count is None else one.execution_count
    return (
        text_tables.head(f"[{count}] {first_line(source)}", _LONGEST_NAME),
        units.duration(one.duration_s),
        *text_tables.figures(one.energy_j, one.emissions_g),
    )


def _below(one: CellRecord, advice: Iterable[Advice]) -> list[str]:
    """What is to be said of a cell: how it ended, its units of work, and its advice."""
    ended = [] if one.status == "ok" else [f"      {display.ENDED[one.status]}"]
    ours = (a for a in advice if a.status == "shown" and a.cell_id and a.cell_id == one.cell_id)
    below = [*ended, *(f"      {unit_line(of)}" for of in units_of(one))]
    return [*below, *(f"      advice: {each.title}" for each in ours)]


def _seconds(text_: str) -> int:
    try:
        value = int(text_)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text_!r} is not a whole number of seconds above 0")
    return value
