"""`greenlab run NOTEBOOK`.

The extension is loaded silently first; the cells run as nbclient runs them, in the
notebook's folder. A cell that fails stops the run. Exit code: 0 when all cells ran, 1 when
one failed or the kernel died, 130 when interrupted, 143 when terminated. The files of -o and
--json are written in each case, with what there is by then.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from greenlab import units
from greenlab.cli import files, terminal, text
from greenlab.cli.errors import CommandError, UsageError
from greenlab.cli.execution import execute, first_line, is_cell
from greenlab.cli.notebooks import Notebook, read_notebook
from greenlab.cli.output import add_json, write_json
from greenlab.record import Run, display

NAME: Final = "run"
HELP: Final = "execute a notebook in a real kernel and weigh every cell"
_LONGEST: Final = 400
"""Characters of a message: an error's text may be pages long. JSON and the notebook have it."""
_LONGEST_NAME: Final = 72

_Where = TypeVar("_Where", Path, str)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebook, `-o`, `--json`, `--timeout` and `--kernel`."""
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path, help="an .ipynb file")
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
    """Execute and weigh, write the files, print the table."""
    notebook = read_notebook(args.notebook)
    _check(args)
    writing = _Writing(notebook, args.output, args.json)
    result, code = execute(
        notebook, args.notebook, writing.save, kernel=args.kernel, timeout_s=args.timeout
    )
    if args.json != "-":
        print(_table(result, notebook))
    for sentence in (*result.warnings, *filter(None, [result.reason])):
        terminal.say(f"greenlab run: {text.head(sentence, _LONGEST)}")
    writing.check()
    return code


def _check(args: argparse.Namespace) -> None:
    """Find out before hours of work that a file cannot be written, or would replace another.

    Raises:
        UsageError: it cannot, or would.
    """
    document = Path(args.json) if args.json not in (None, "-") else None
    for path in filter(None, (args.output, document)):
        files.check_writable(path)
    if document is not None and _same(document, args.notebook):
        raise UsageError(f"--json {document} would replace the notebook: name another file")
    if document is not None and args.output is not None and _same(document, args.output):
        raise UsageError(f"-o and --json both name {document}: name two files")


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() and not (one.exists() and not one.is_file())


class _Writing:
    """The files of a run, each written whatever becomes of the other."""

    def __init__(self, notebook: Notebook, output: Path | None, json: str | None) -> None:
        self._notebook, self._output, self._json = notebook, output, json
        self._troubles: list[CommandError] = []

    def save(self, result: Run) -> None:
        """Write what is asked for; what fails is kept for `check`."""
        if self._output is not None:
            self._try(lambda path: files.write(path, self._notebook.text()), self._output)
        if self._json is not None:
            self._try(lambda where: write_json(result, where), self._json)

    def check(self) -> None:
        """Say at last what could not be written.

        Raises:
            CommandError: something could not.
        """
        for trouble in self._troubles[:-1]:
            terminal.say(f"greenlab run: {trouble}")
        if self._troubles:
            raise self._troubles[-1]

    def _try(self, write: Callable[[_Where], None], where: _Where) -> None:
        try:
            write(where)
        except CommandError as error:
            self._troubles.append(error)


def _table(result: Run, notebook: Notebook) -> str:
    """One row per cell, its advice below it, and the sum."""
    sources = {cell.id: cell.source for cell in notebook.code_cells}
    parts: list[tuple[str, ...]] = []
    notes: dict[int, list[str]] = {}
    shown = [advice for advice in result.advice if advice.status == "shown"]
    for one in result.records:
        if not is_cell(one):
            continue
        count = "-" if one.execution_count is None else one.execution_count
        source = sources.get(one.cell_id or "", "")
        parts.append(
            (
                text.head(f"[{count}] {first_line(source)}", _LONGEST_NAME),
                units.duration(one.duration_s),
                *text.figures(one.energy_j, one.emissions_g),
            )
        )
        ours = [a for a in shown if a.cell_id and a.cell_id == one.cell_id]
        notes[len(parts)] = [f"      advice: {advice.title}" for advice in ours]
        if one.status != "ok":
            notes[len(parts)].insert(0, f"      {display.ENDED[one.status]}")
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


def _seconds(text_: str) -> int:
    try:
        value = int(text_)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text_!r} is no whole number of seconds above 0")
    return value
