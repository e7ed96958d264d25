"""The subcommands of the `%greenlab` magic, such as `status`: each prints for people."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from greenlab import units
from greenlab.notebook.advice_of_cell import saved_per_run
from greenlab.record import display, figure_display
from greenlab.record.active_energy import active, by_active

if TYPE_CHECKING:
    from greenlab.notebook.extension import Extension
    from greenlab.record import Advice, CellRecord, Figure, Place


def _status(extension: Extension) -> None:
    totals = extension.session.totals()
    every = extension.cells.enabled
    which = "every cell" if every else "only cells that begin with %%energy"
    print(f"greenlab measures {which}.")
    print(f"  so far    {figure_display.figure_text(totals.energy_j)}", end="")
    interval = figure_display.interval_text(totals.energy_j)
    print(f", {interval} ({totals.energy_j.tier})" if interval else "")
    runs = units.count(totals.cells, "cell run")
    print(f"            {figure_display.emissions_text(totals.emissions_g)}, {runs}")
    if totals.active_j is not None:
        print(f"            {figure_display.by_your_code(totals.active_j)}")
    if totals.between_j is not None:
        between = figure_display.amount(totals.between_j)
        print(f"            {between} of the total between cells")
    for counted in totals.work:
        print(f"            {figure_display.unit_line(counted)}")
    grid = extension.session.intensity
    print(f"  grid      {figure_display.intensity_text(grid) or grid.reason}")
    if grid.guess:
        _print_wrapped(f"            {grid.guess}", " " * 12)
    print(f"  ledger    {extension.session.ledger.path}")
    for warning in extension.session.warnings():
        if warning != grid.reason:
            print(f"  warning   {warning}")


def _report(extension: Extension) -> None:
    from greenlab.record.change_words import edited_text

    records = [one for one in extension.session.records() if one.counted_in is None]
    if not records:
        print("No cell has been weighed yet.")
        return
    heaviest = by_active(records)
    print(
        f"{'cell':>7}  {'time':>10}  {'by your code':>12}  {'with idle power':>15}  "
        f"{'emissions':>14}  status"
    )
    for record in heaviest[:20]:
        print(_report_line(record))
    if len(heaviest) > 20:
        print(f"  and {len(heaviest) - 20} lighter ones")
    for edited in extension.session.all_edited():
        runs = [one for one in records if one.cell_id == edited.cell_id]
        count = runs[-1].execution_count if runs else None
        label = "-" if count is None else f"[{count}]"
        print(f"{label:>7}  {edited_text(edited)}")
    _status(extension)


def _report_line(record: CellRecord) -> str:
    count = "-" if record.execution_count is None else f"[{record.execution_count}]"
    if record.kind == "between":
        count = "between"
    grams = record.emissions_g
    emitted = "not known" if grams.value is None else figure_display.emissions_text(grams)
    took = units.duration(record.duration_s)
    added, used = _known(active(record)), _known(record.energy_j)
    note = display.STATUS.get(record.status, record.status)
    if record.kind == "between" and record.name:
        note = "a proof ran"
    return f"{count:>7}  {took:>10}  {added:>12}  {used:>15}  {emitted:>14}  {note}"


def _known(energy_j: Figure) -> str:
    return "not known" if energy_j.value is None else figure_display.amount(energy_j)


def _advice(extension: Extension) -> None:
    extension.adviser.settle(timeout_s=10)
    if not extension.advice:
        print("No advice: greenlab knows no change that would save energy in the heavy cells.")
    for one in extension.advice:
        count = "" if one.execution_count is None else f"[{one.execution_count}] "
        maybe = "maybe: " if one.status == "candidate" else ""
        print(f"{count}{maybe}{one.title} ({one.rule})")
        for fact in one.because:
            _print_wrapped(f"  - {fact}", "    ")
        if one.saving:
            low, high = (units.percent(end, 2) for end in (one.saving.low, one.saving.high))
            per_run = f", {saved}" if (saved := saved_per_run(one.saving)) else ""
            _print_wrapped(
                f"  estimate: {low} to {high} less energy{per_run}{_pays_back(one)}. "
                f"Source: {one.saving.source}"
            )
        if one.verdict:
            print("\n".join(f"  {row}" for row in str(one.verdict).splitlines()))
        if one.risk:
            _print_wrapped(f"  risk: {one.risk}")
        if one.change:
            if one.place:
                print(f"  {_where(one.place)}")
            print("\n".join(f"    {row}" for row in one.change.diff.splitlines()))
            print(f"  {_how_to_prove(one)}")


def _print_wrapped(text: str, indent: str = "  ") -> None:
    """Prose of any length: where notebooks break long lines they do so within words."""
    wrapped = textwrap.wrap(
        text, 78, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    print("\n".join(wrapped))


def _where(place: Place) -> str:
    """Where a change goes that is not of the heavy cell: `in cell [3], train():`."""
    inside = "" if place.function is None else f", {place.function}()"
    if place.file is not None:
        return f"in your file {place.file}{inside}; change it there:"
    if place.execution_count is None:
        return f"in another cell{inside}:"
    return f"in cell [{place.execution_count}]{inside}:"


def _pays_back(advice: Advice) -> str:
    """After how many runs of the changed cell a test of the change has paid for itself."""
    saved_j = None if advice.saving is None else advice.saving.saved_j
    cost_j = None if advice.effort is None else advice.effort.energy_j
    if not saved_j or saved_j <= 0 or cost_j is None or advice.verdict is not None:
        return ""
    return f"; a test pays back after {units.count(math.ceil(cost_j / saved_j), 'run')}"


def _how_to_prove(advice: Advice) -> str:
    """What measures a change where there is no panel."""
    from greenlab.advice.rules import RULES

    by_metric = {one.id for one in RULES if one.verify == "V2"}
    metric = ' --metric "EXPRESSION"' if advice.rule in by_metric else ""
    again = "again" if advice.verdict else "here"
    magic = f"%%energy --compare {advice.rule}{metric}"
    return f"to test it {again}, add this line at the top of the cell, and run it:\n    {magic}"


def _doctor(extension: Extension) -> None:
    from greenlab.doctor import examination
    from greenlab.sensors import Host, permissions

    session = extension.session
    report = examination.examine(session.meter.sensors, session.intensity, session.warnings())
    print(examination.text(report, permissions.fitting(Host(), report.sensors)))


def _on(extension: Extension) -> None:
    extension.enable(on=True)
    print("greenlab measures every cell from the next one on.")


def _off(extension: Extension) -> None:
    extension.enable(on=False)
    print("greenlab measures only cells that begin with %%energy, until %greenlab on.")


COMMANDS: Final[dict[str, Callable[[Extension], None]]] = {
    "status": _status,
    "on": _on,
    "off": _off,
    "doctor": _doctor,
    "report": _report,
    "advice": _advice,
}
