"""`greenlab report`.

A run is one run of a cell: what was weighed inside it is part of it. The time between cells,
while the kernel waits, counts too. --json gives the same figures with their full intervals.
"""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import dataclass
from typing import Final

from greenlab import units
from greenlab.cli import plain, safe_output, text_tables
from greenlab.cli.common import add_choice, add_json, write_json
from greenlab.cli.ledger_lookup import check_read, notebook_named, nothing
from greenlab.ledger import Ledger
from greenlab.record import figure_display
from greenlab.record.cell import KIND_NAMES
from greenlab.record.messages import Totals

NAME: Final = "report"
HELP: Final = "sum up what the ledger holds, by notebook and by day"
_NOWHERE: Final = "(no notebook)"
AT_ONCE: Final = (
    "Note: kernels ran at the same time. Where no quota divides the machine, each is charged "
    "all of its idle power, so the sum counts idle power more than once."
)


@dataclass(frozen=True, slots=True)
class Report:
    """`greenlab.report/1`: sums over the ledger. Days are local. `at_once`: kernels ran at
    the same time, and each is charged the machine's idle power.
    """

    ledger: str
    since: str | None
    totals: Totals
    by_notebook: dict[str, Totals]
    by_day: dict[str, Totals]
    at_once: bool = False
    schema: str = "greenlab.report/1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--since`, `--notebook` and `--json`."""
    add_choice(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Read the ledger and sum up."""
    ledger = Ledger()
    try:
        check_read(ledger)
        report = _report(ledger, args)
        check_read(ledger)
        if args.json:
            write_json(report, args.json)
        if not report.by_day:
            raise nothing(ledger, args)
        if ledger.warning:
            safe_output.say(ledger.warning)
    finally:
        ledger.close()
    if args.json != "-":
        print(_text(report))
    return 0


def _report(ledger: Ledger, args: argparse.Namespace) -> Report:
    notebook = notebook_named(ledger, args.notebook) if args.notebook else None
    found = ledger.report(notebook=notebook, since=args.since)
    return Report(
        str(ledger.path),
        args.since.isoformat() if args.since else None,
        found.totals,
        {name or _NOWHERE: totals for name, totals in found.by_notebook.items()},
        {day or "": totals for day, totals in found.by_day.items()},
        found.at_once,
    )


def _text(report: Report) -> str:
    since = f" since {report.since[:16].replace('T', ' ')}" if report.since else ""
    lines = [f"Ledger {plain.one_line(report.ledger)}{since}", ""]
    lines += [_table("", [("all", report.totals)]), ""]
    lines += [*_parts(report.totals), ""]
    lines += [_table("notebook", sorted(report.by_notebook.items(), key=_weight)), ""]
    lines.append(_table("day", list(report.by_day.items())))
    lines += text_tables.notes(report.totals.energy_j, report.totals.emissions_g)
    if report.at_once:
        lines += ["", *textwrap.wrap(AT_ONCE, safe_output.prose_width())]
    return "\n".join(lines)


def _parts(totals: Totals) -> list[str]:
    """The sum, cut up in two ways: by device, and by what ran."""
    names = [
        f"{KIND_NAMES[kind]} {text_tables.amount(figure, 'J')}"
        for kind, figure in totals.by_kind.items()
    ]
    lines = [f"by device: {', '.join(names)}"] if names else []
    if totals.between_j is not None:
        lines.append(f"between cells: {text_tables.amount(totals.between_j, 'J')} of it")
    lines += map(figure_display.unit_line, totals.work)
    return lines


def _weight(item: tuple[str, Totals]) -> float:
    return -(item[1].energy_j.value or 0.0)


def _table(title: str, items: list[tuple[str, Totals]]) -> str:
    rows = [
        (
            name,
            str(totals.cells),
            units.duration(totals.duration_s),
            *text_tables.figures(totals.energy_j, totals.emissions_g),
        )
        for name, totals in items
    ]
    return text_tables.table((title, "runs", "time", *text_tables.FIGURE_HEADERS), rows)
