"""`greenlab advise NOTEBOOK...`.

It only reads: nothing runs, so nothing is known of sizes, devices or energy. A folder stands
for the notebooks in it and below, but those in hidden folders; what is no notebook there is
named and passed over. --json gives a list where several notebooks or a folder are named.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from greenlab.cli.output import UsageError, add_json, read_notebook, write_json
from greenlab.record import AdviceList

NAME: Final = "advise"
HELP: Final = "read notebooks and list what may make their cells lighter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebooks and `--json`."""
    parser.add_argument(
        "notebooks", metavar="NOTEBOOK", type=Path, nargs="+", help="an .ipynb file or a folder"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Read the code cells and list what the rules find."""
    one = len(args.notebooks) == 1 and not args.notebooks[0].is_dir()
    found = list(_read_all(args.notebooks))
    lists = [advice for advice, _ in found]
    if args.json:
        write_json(lists[0] if one else lists, args.json)
    if args.json != "-":
        print(_text(*found[0]) if one else _texts(found))
    return 0


def _read_all(paths: list[Path]) -> Iterator[tuple[AdviceList, int]]:
    """What is found in each notebook, and its number of code cells."""
    for path in paths:
        if not path.is_dir():
            yield _read(path)
            continue
        inside = list(_notebooks(path))
        if not inside:
            raise UsageError(f"there is no notebook in {path}")
        for notebook in inside:
            try:
                yield _read(notebook)
            except UsageError as error:
                print(f"greenlab advise: {error}", file=sys.stderr)


def _notebooks(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.ipynb")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _read(path: Path) -> tuple[AdviceList, int]:
    from greenlab.advice import read

    notebook = read_notebook(path)
    cells = [(c.get("id"), c.source) for c in notebook.cells if c.cell_type == "code"]
    return AdviceList(str(path), read(cells)), len(cells)


def _texts(found: list[tuple[AdviceList, int]]) -> str:
    cells = sum(count for _, count in found)
    parts = [f"{advice.notebook}\n{_places(advice)}\n" for advice, _ in found if advice.advice]
    if not parts:
        return f"No advice from reading {len(found)} notebooks, {cells} code cells."
    return "\n".join([*parts, CANDIDATES])


def _text(found: AdviceList, cells: int) -> str:
    if not found.advice:
        return f"No advice from reading {cells} code cell{'' if cells == 1 else 's'}."
    return f"{_places(found)}\n\n{CANDIDATES}"


CANDIDATES: Final = "These are candidates: greenlab run NOTEBOOK says which cells are heavy."


def _places(found: AdviceList) -> str:
    lines = []
    for one in found.advice:
        place = "?" if one.cell_index is None else one.cell_index + 1
        lines.append(f"code cell {place}: {one.title} ({one.rule})")
        lines += [f"  - {fact}" for fact in one.because]
    return "\n".join(lines)
