"""`greenlab export`.

csv: a flat table in SI units. jsonl: one complete record per line. Both contain every record:
to add them up, skip those whose counted_in is the id of another one, and take the part
1 - counted_elsewhere of the others. codecarbon: the columns of CodeCarbon's emissions.csv, in
kg and kWh. Its rows add up to what greenlab report says: a record that another one includes
has no row.
"""

from __future__ import annotations

import argparse
from itertools import chain
from pathlib import Path
from typing import Final

from greenlab import units
from greenlab.cli import files, safe_output
from greenlab.cli.common import add_choice
from greenlab.cli.ledger_lookup import check_read, notebook_named, nothing
from greenlab.ledger import Ledger
from greenlab.reports import EXPORTS

NAME: Final = "export"
HELP: Final = "write the ledger's records for other tools"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--format`, `-o`, `--since` and `--notebook`."""
    names = [export.NAME for export in EXPORTS]
    parser.add_argument("--format", choices=names, required=True, help="the format to write")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="the file to write (default: stdout)"
    )
    add_choice(parser)


def run(args: argparse.Namespace) -> int:
    """Write every record that is chosen."""
    (export,) = [each for each in EXPORTS if args.format == each.NAME]
    ledger = Ledger()
    try:
        check_read(ledger)
        notebook = notebook_named(ledger, args.notebook) if args.notebook else None
        found = ledger.stored(notebook=notebook, since=args.since, counting=export.ADDED_UP)
        first = next(found, None)
        if first is None:  # a former export stays as it is
            check_read(ledger)
            raise nothing(ledger, args)
        records = chain([first], found)
        if args.output is None:
            export.write_stored(records, safe_output.data())
        else:
            with files.replacing(args.output) as out:
                count = export.write_stored(records, out)
                check_read(ledger)  # what was read so far takes no former export's place
            safe_output.say(f"{units.count(count, 'record')} in {args.output}")
        check_read(ledger)
        if ledger.warning:
            safe_output.say(ledger.warning)
    finally:
        ledger.close()
    return 0
