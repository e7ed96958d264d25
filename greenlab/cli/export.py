"""`greenlab export`.

csv: a flat table in SI units. jsonl: one whole record per line. codecarbon: the columns of
CodeCarbon's emissions.csv, in kg and kWh. Rows with a counted_in are part of another row.
"""

from __future__ import annotations

import argparse
import sys
from itertools import chain
from pathlib import Path
from typing import Final

from greenlab.cli.choosing import check_read, notebook_named, nothing
from greenlab.cli.output import UsageError, add_choice
from greenlab.ledger import Ledger
from greenlab.ledger.exports import EXPORTS

NAME: Final = "export"
HELP: Final = "write the ledger's records for other tools"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--format`, `-o`, `--since` and `--notebook`."""
    names = [export.NAME for export in EXPORTS]
    parser.add_argument("--format", choices=names, required=True, help="the form to write")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to (default: stdout)"
    )
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    """Write every record that is chosen."""
    (export,) = [each for each in EXPORTS if args.format == each.NAME]
    ledger = Ledger()
    try:
        check_read(ledger)
        notebook = notebook_named(ledger, args.notebook) if args.notebook else None
        found = ledger.stored(notebook=notebook, since=args.since)
        first = next(found, None)
        if first is None:  # a former export stays as it is
            check_read(ledger)
            raise nothing(ledger, args)
        records = chain([first], found)
        if args.output is None:
            export.write_stored(records, sys.stdout)
        else:
            try:
                with args.output.open(
                    "w", encoding="utf-8", errors="backslashreplace", newline=""
                ) as out:
                    count = export.write_stored(records, out)
            except OSError as error:
                raise UsageError(f"cannot write {args.output}: {error.strerror}") from None
            print(f"{count} records in {args.output}", file=sys.stderr)
        check_read(ledger)
        if ledger.warning:
            print(ledger.warning, file=sys.stderr)
    finally:
        ledger.close()
    return 0
