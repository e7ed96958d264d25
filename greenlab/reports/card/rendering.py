"""A card as text, HTML, Markdown, and the header of a model card."""

from __future__ import annotations

import json
import textwrap
from html import escape
from typing import Final

from greenlab import units
from greenlab.record import figure_display
from greenlab.reports.card.document import RunCard
from greenlab.reports.card.lines import Row, rows

TITLE: Final = "Energy and emissions"
_WIDTH: Final = 80
_LABEL: Final = 14
_LEFT: Final = ' style="text-align: left"'


def text(card: RunCard) -> str:
    """For 80 columns."""
    lines = [TITLE, ""]
    for label, values in _filled(card):
        for number, value in enumerate(values):
            first = f"{'' if number else label:<{_LABEL}}"
            lines += textwrap.wrap(
                units.unbroken(value),
                _WIDTH,
                initial_indent=first,
                subsequent_indent=" " * (_LABEL + 2),
            )
    return "\n".join(lines)


def line(card: RunCard) -> str:
    """One line: `6 cell runs, 3 s: 24.4 J, between 1.79 and 92.7 J (assumed), 3.3 mg CO2e`."""
    counts = [
        units.count(number, what)
        for number, what in ((card.cells, "cell run"), (card.spans, "block"))
        if number
    ]
    work = f"{', '.join(counts)}, {units.duration(card.duration_s)}: " if counts else ""
    return f"{work}{figure_display.summary(card.energy_j, card.emissions_g)}"


def html(card: RunCard) -> str:
    """A plain table without scripts, set to the left: JupyterLab sets cells to the right."""
    body = "".join(
        f"<tr><th{_LEFT}>{escape(label)}</th>"
        f"<td{_LEFT}>{units.unbroken('<br>'.join(map(escape, values)))}</td></tr>"
        for label, values in _filled(card)
    )
    return f"<table><caption{_LEFT}>{TITLE}</caption>{body}</table>"


def markdown(card: RunCard) -> str:
    """A section with a table."""
    lines = [f"## {TITLE}", "", "| | |", "| --- | --- |"]
    for label, values in _filled(card):
        shown = "<br>".join(_plain(value) for value in values)
        lines.append(f"| {label} | {shown} |")
    return "\n".join(lines) + "\n"


def model_card(card: RunCard) -> str:
    """See `RunCard.model_card`."""
    if card.emissions_g.value is None:
        raise ValueError(f"the emissions are not known: {card.emissions_g.reason}")
    hardware = card.hardware.gpus or ((card.hardware.cpu,) if card.hardware.cpu else ())
    fields = {
        "emissions": float(f"{card.emissions_g.value:.3g}"),
        "source": f"greenlab, {card.emissions_g.tier}",
        "geographical_location": ", ".join(one.zone_name for one in card.intensities),
        "hardware_used": ", ".join(hardware),
    }
    # JSON's scalars are YAML's.
    shown = (f"  {key}: {json.dumps(one, ensure_ascii=False)}" for key, one in fields.items())
    return "\n".join(["co2_eq_emissions:", *shown]) + "\n"


def _filled(card: RunCard) -> list[Row]:
    kept = ((label, tuple(filter(None, values))) for label, values in rows(card))
    return [(label, values) for label, values in kept if values]


def _plain(value: str) -> str:
    """Names of notebooks and devices may hold anything."""
    return escape(value, quote=False).replace("|", "\\|").replace("\n", " ")
