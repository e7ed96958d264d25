"""`greenlab advise NOTEBOOK`.

It only reads: nothing runs, so nothing is known of sizes, devices or energy.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from greenlab.cli.output import add_json, read_notebook, write_json
from greenlab.record import Advice, AdviceList

NAME: Final = "advise"
HELP: Final = "read a notebook and list what may make its cells lighter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The notebook and `--json`."""
    parser.add_argument("notebook", metavar="NOTEBOOK", type=Path, help="an .ipynb file")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Read the code cells and list what the rules find."""
    from greenlab.advice import read

    notebook = read_notebook(args.notebook)
    cells = [(c.get("id"), c.source) for c in notebook.cells if c.cell_type == "code"]
    found = AdviceList(str(args.notebook), read(cells))
    if args.json:
        write_json(found, args.json)
    if args.json != "-":
        print(_text(found.advice, len(cells)))
    return 0


def _text(advice: tuple[Advice, ...], cells: int) -> str:
    if not advice:
        return f"No advice from reading {cells} code cell{'' if cells == 1 else 's'}."
    lines = []
    for one in advice:
        place = "?" if one.cell_index is None else one.cell_index + 1
        lines.append(f"code cell {place}: {one.title} ({one.rule})")
        lines += [f"  - {fact}" for fact in one.because]
    lines += ["", "These are candidates: greenlab run NOTEBOOK says which cells are heavy."]
    return "\n".join(lines)
