"""`greenlab doctor`.

Exit code: 0 when every part that is present and the grid have figures, measured or
modelled, and nothing else is wrong, such as the ledger; 1 otherwise. --measured asks for
more: 0 only when every part is measured by a counter. --how only prints, and gives 0.
"""

from __future__ import annotations

import argparse
from typing import Final

from greenlab.cli import safe_output
from greenlab.cli.common import add_json, write_json

NAME: Final = "doctor"
HELP: Final = "show what is measured, modelled or missing here, why, and how to fix it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--json`, `--measured`, `--how`."""
    add_json(parser)
    parser.add_argument(
        "--measured",
        action="store_true",
        help="exit with 1 unless a counter measures every part",
    )
    parser.add_argument(
        "--how",
        choices=("rapl",),
        help="print every way to open these counters, for all environments",
    )


def run(args: argparse.Namespace) -> int:
    """Look at the machine, its sensors, the grid figure and the ledger."""
    from greenlab.doctor import examination as doctoring
    from greenlab.sensors import Host, permissions

    if args.how:
        print(doctoring.how(permissions.WAYS))
        return 0
    from greenlab import carbon, settings
    from greenlab.ledger import Ledger, full_disk
    from greenlab.meter import Meter

    meter = Meter()
    ledger = Ledger()
    try:
        ledger.totals()  # what is damaged inside shows only when it is read
        report = doctoring.examine(
            meter.sensors,
            carbon.resolve(),
            (ledger.warning or full_disk(ledger.path), *settings.problems()),
        )
    finally:
        meter.close()
        ledger.close()
    if args.json:
        write_json(report, args.json)
    if args.json != "-":
        ways = permissions.fitting(Host(), report.sensors)
        print(doctoring.text(report, ways, safe_output.prose_width()))
    if not args.measured or doctoring.measured(report):
        return 0 if doctoring.well(report) else 1
    parts = ", ".join(doctoring.not_measured(report)) or "this machine"
    safe_output.say(f"greenlab doctor: no counter measures {parts}")
    return 1
