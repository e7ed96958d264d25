"""`greenlab run NOTEBOOK`.

The extension is loaded silently first; the cells run as nbclient runs them, in the
notebook's folder. A cell that fails stops the run. Exit code: 0 when all cells ran, 1 when
one failed or the kernel died, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from greenlab import units
from greenlab.cli import text
from greenlab.cli.execution import execute, first_line, is_cell
from greenlab.cli.output import UsageError, add_json, read_notebook, write_json
from greenlab.record import Run

NAME: Final = "run"
HELP: Final = "execute a notebook in a real kernel and weigh every cell"
_EXIT_CODES: Final = {"ok": 0, "error": 1, "interrupted": 130}


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
    """Execute, weigh, tell."""
    notebook = read_notebook(args.notebook)
    for path in (args.output, Path(args.json) if args.json not in (None, "-") else None):
        if path is not None and not path.absolute().parent.is_dir():
            raise UsageError(f"there is no folder {path.parent} to write {path} in")
        if path is not None and path.is_dir():
            raise UsageError(f"cannot write {path}: it is a folder. Name a file in it")
    result = execute(notebook, args.notebook, kernel=args.kernel, timeout_s=args.timeout)
    if args.json != "-":
        print(_table(result, notebook))
    for sentence in (*result.warnings, *filter(None, [result.reason])):
        print(f"greenlab run: {sentence}", file=sys.stderr)
    # Each whatever becomes of the other: the notebook has run, and may have run for hours.
    with ExitStack() as writing:
        if args.json:
            writing.callback(write_json, result, args.json)
        if args.output is not None:
            writing.callback(_write, notebook, args.output)
    return _EXIT_CODES[result.status]


def _table(result: Run, notebook: Any) -> str:
    """One row per cell, its advice below it, and the sum."""
    sources = {cell.get("id"): cell.source for cell in notebook.cells}
    parts: list[tuple[str, ...]] = []
    notes: dict[int, list[str]] = {}
    shown = [advice for advice in result.advice if advice.status == "shown"]
    for one in result.records:
        if not is_cell(one):
            continue
        count = "-" if one.execution_count is None else one.execution_count
        parts.append(
            (
                text.head(f"[{count}] {first_line(sources.get(one.cell_id, ''))}", 28),
                units.duration(one.duration_s),
                *text.figures(one.energy_j, one.emissions_g),
            )
        )
        ours = [a for a in shown if a.cell_id and a.cell_id == one.cell_id]
        notes[len(parts)] = [f"      advice: {advice.title}" for advice in ours]
        if one.status != "ok":
            notes[len(parts)].insert(0, f"      ended with status {one.status}")
    seconds = sum(one.duration_s for one in result.records if one.counted_in is None)
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
