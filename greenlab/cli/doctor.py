"""`greenlab doctor`.

Exit code: 0 when every part that is present and the grid have figures, measured or
modelled; 1 otherwise.
"""

from __future__ import annotations

import argparse
from typing import Final

from greenlab.cli.output import add_json, write_json

NAME: Final = "doctor"
HELP: Final = "say what is measured, modelled and missing here, why, and what mends it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look at the machine, its sensors, the grid figure and the ledger."""
    from greenlab import carbon
    from greenlab import doctor as doctoring
    from greenlab.ledger import Ledger
    from greenlab.meter import Meter

    meter = Meter()
    ledger = Ledger()
    try:
        _, pue_warning = carbon.read_pue()
        report = doctoring.examine(
            meter.sensors, carbon.resolve(), (ledger.warning, pue_warning)
        )
    finally:
        meter.close()
        ledger.close()
    if args.json:
        write_json(report, args.json)
    if args.json != "-":
        print(doctoring.text(report))
    return 0 if doctoring.complete(report) else 1
