"""`greenlab forget`.

Deleted records leave no trace in the ledger's file, nor in its log. Kernels may be running;
they keep showing their own cells until they stop. --notebook and --before may be given
together. There is no confirmation, and deleted records cannot be restored.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

from greenlab.cli.common import moment
from greenlab.cli.errors import FailedError, UsageError
from greenlab.cli.ledger_lookup import check_read, notebook_named, nothing
from greenlab.ledger import Ledger
from greenlab.units import count

NAME: Final = "forget"
HELP: Final = "delete records from the ledger: all, a notebook's, or old ones"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--all`, `--notebook` and `--before`."""
    parser.add_argument("--all", action="store_true", help="everything, including verdicts")
    parser.add_argument(
        "--notebook",
        metavar="NAME",
        help="only this notebook's: its path, or the end of its path",
    )
    parser.add_argument(
        "--before",
        type=moment,
        metavar="WHEN",
        help="what began before this date or time, today, or age, as in report --since",
    )


def run(args: argparse.Namespace) -> int:
    """Delete what is chosen, and say how much that was."""
    if args.all == bool(args.notebook or args.before):
        raise UsageError("say what to delete: --all, or --notebook NAME, --before WHEN or both")
    ledger = Ledger()
    try:
        check_read(ledger)
        if ledger.warning:
            raise nothing(ledger, None)
        notebook = notebook_named(ledger, args.notebook) if args.notebook else None
        gone, swept = ledger.forget(notebook=notebook, before=args.before)
        if ledger.warning:
            raise FailedError(ledger.warning)
    finally:
        ledger.close()
    print(f"{count(gone, 'record')} forgotten")
    if not swept:
        print(
            "Another program reads the ledger just now: traces may be left in "
            f"{ledger.path}-wal until you run this again.",
            file=sys.stderr,
        )
        return 1
    return 0
