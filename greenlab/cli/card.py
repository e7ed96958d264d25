"""`greenlab card`.

What the ledger holds about a notebook, for a paper or a model card. Software versions are not
in the ledger: `greenlab.run_card()` in the notebook itself has them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from greenlab.cli import files, terminal
from greenlab.cli.common import add_choice, add_json, write_json
from greenlab.cli.ledger_selection import check_read, notebook_named, nothing
from greenlab.ledger import Ledger
from greenlab.reports.card import card_of_sums

NAME: Final = "card"
HELP: Final = "write a run card: what was used, with method and gaps"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`-o`, `--since`, `--notebook` and `--json`."""
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write it there as Markdown"
    )
    add_choice(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Add up what is chosen, and show it."""
    ledger = Ledger()
    try:
        check_read(ledger)
        notebook = notebook_named(ledger, args.notebook) if args.notebook else None
        card = card_of_sums(ledger.summary(notebook=notebook, since=args.since))
        check_read(ledger)
        if card.started_at is None:
            raise nothing(ledger, args)
        if ledger.warning:
            terminal.say(ledger.warning)
    finally:
        ledger.close()
    if args.output is not None:
        files.write(args.output, card.to_markdown())
        terminal.say(f"the card is in {args.output}")
    if args.json:
        write_json(card, args.json)
    if args.json != "-" and args.output is None:
        print(card)
    return 0
