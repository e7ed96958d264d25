"""`greenlab advise NOTEBOOK...`.

It only reads: nothing runs, so nothing is known of sizes, devices or energy. A folder stands
for the notebooks in it and below, but those in hidden folders; what is no notebook there is
named and passed over. Of several notebooks a summary by rule comes first. A notebook that you
name and that cannot be read is reported, the others are read, and the exit code is 2. --json
gives a list where several notebooks or a folder are named.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from greenlab import units
from greenlab.cli import plain, safe_output
from greenlab.cli.common import add_json, write_json
from greenlab.cli.errors import UsageError
from greenlab.cli.notebook_io import read_notebook
from greenlab.record import AdviceList

NAME: Final = "advise"
HELP: Final = "read notebooks and list changes that may save energy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebooks and `--json`."""
    parser.add_argument(
        "notebooks", metavar="NOTEBOOK", type=Path, nargs="+", help="an .ipynb file or a folder"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Read the code cells and list what the rules find."""
    one = len(args.notebooks) == 1 and not args.notebooks[0].is_dir()
    if one:
        found, code = [_read(args.notebooks[0])], 0
    else:
        found, code = _read_all(args.notebooks)
    lists = [advice for advice, _ in found]
    if args.json:
        write_json(lists[0] if one else lists, args.json)
    if args.json != "-" and found:
        print(_text(*found[0]) if one else _texts(found))
    return code


def _read_all(paths: list[Path]) -> tuple[list[tuple[AdviceList, int]], int]:
    """What is found in each notebook, its number of code cells, and the exit code.

    One that cannot be read is named on standard error; the others are read all the same.
    """
    found, code = [], 0
    seen: set[Path] = set()
    for path in paths:
        folder = path.is_dir()
        inside = list(_notebooks(path)) if folder else [path]
        if not inside:
            safe_output.say(f"greenlab advise: there is no notebook in {path}")
            code = UsageError.code
        for notebook in inside:
            if (real := notebook.resolve()) in seen:  # named twice, or in a named folder too
                continue
            seen.add(real)
            try:
                found.append(_read(notebook))
            except UsageError as error:
                safe_output.say(f"greenlab advise: {error}")
                code = code if folder else error.code
    return found, code


def _notebooks(folder: Path) -> Iterator[Path]:
    """The files below a folder that are called notebooks, but those in hidden folders."""

    def unreadable(error: OSError) -> None:
        safe_output.say(f"greenlab advise: cannot read {error.filename}: {error.strerror}")

    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix == ".ipynb" and not name.startswith(".") and not path.is_fifo():
                yield path


def _read(path: Path) -> tuple[AdviceList, int]:
    from greenlab.advice import read

    cells = [(cell.id_in_file, cell.source) for cell in read_notebook(path).code_cells]
    return AdviceList(str(path), read(cells)), len(cells)


def _texts(found: list[tuple[AdviceList, int]]) -> str:
    """A summary by rule, then what was found in each notebook."""
    cells = sum(count for _, count in found)
    with_advice = [advice for advice, _ in found if advice.advice]
    read = f"{units.count(len(found), 'notebook')}, {units.count(cells, 'code cell')}"
    if not with_advice:
        return f"No advice from reading {read}."
    total = units.count(sum(len(advice.advice) for advice in with_advice), "candidate")
    where = units.count(len(with_advice), "notebook")
    head = f"{total} in {where}, from reading {read}:\n{_by_rule(with_advice)}\n"
    parts = [
        f"{plain.one_line(advice.notebook)}\n{_places(advice)}\n" for advice in with_advice
    ]
    return "\n".join([head, *parts, CANDIDATES])


def _by_rule(found: list[AdviceList]) -> str:
    """A line per rule: in how many notebooks it is named, the most frequent first."""
    times = Counter((one.rule, one.title) for each in found for one in each.advice)
    width = len(str(max(times.values())))
    ranked = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"  {count:>{width}}  {rule}  {title}" for (rule, title), count in ranked)


def _text(found: AdviceList, cells: int) -> str:
    if not found.advice:
        return f"No advice from reading {units.count(cells, 'code cell')}."
    return f"{_places(found)}\n\n{CANDIDATES}"


CANDIDATES: Final = "These are candidates: greenlab run NOTEBOOK says which cells are heavy."


def _places(found: AdviceList) -> str:
    lines = []
    for one in found.advice:
        place = "?" if one.cell_index is None else one.cell_index + 1
        lines.append(f"code cell {place}: {one.title} ({one.rule})")
        lines += [f"  - {plain.one_line(fact)}" for fact in one.because]
    return "\n".join(lines)
