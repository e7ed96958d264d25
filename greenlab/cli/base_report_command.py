"""What the commands of all reports share: one document of what the ledger holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from greenlab.cli import files, safe_output
from greenlab.cli.common import add_choice, add_json, write_json
from greenlab.cli.ledger_lookup import check_read, notebook_named, nothing
from greenlab.ledger import Ledger
from greenlab.reports import Report


class ReportCommand:
    """`greenlab card`, and whatever else `REPORTS` names."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.NAME = report.NAME
        self.HELP = report.HELP
        self.__doc__ = report.__doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """`-o`, `--since`, `--notebook` and `--json`."""
        parser.add_argument(
            "-o",
            "--output",
            type=Path,
            metavar="FILE",
            help="write it to this file as Markdown",
        )
        add_choice(parser)
        add_json(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Add up what is chosen, and show it."""
        ledger = Ledger()
        try:
            check_read(ledger)
            notebook = notebook_named(ledger, args.notebook) if args.notebook else None
            sums = ledger.summary(notebook=notebook, since=args.since)
            check_read(ledger)
            if sums.started is None:
                raise nothing(ledger, args)
            document = self._report.of_sums(sums)
            if ledger.warning:
                safe_output.say(ledger.warning)
        finally:
            ledger.close()
        if args.output is not None:
            files.write(args.output, document.to_markdown())
            safe_output.say(f"the {self.NAME} is in {args.output}")
        if args.json:
            write_json(document, args.json)
        if args.json != "-" and args.output is None:
            print(document)
        return 0
