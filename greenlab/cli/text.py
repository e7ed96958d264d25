"""Figures and tables as plain text for 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Final

from greenlab import units
from greenlab.record import Figure

WIDTH: Final = 80
FIGURE_HEADERS: Final = ("energy", "interval", "tier", "CO2e")


def figures(energy_j: Figure, emissions_g: Figure) -> tuple[str, str, str, str]:
    """The columns of `FIGURE_HEADERS`: `12.4 J`, `11.9 to 12.9 J`, `measured`, `0.2 mg`."""
    return (
        amount(energy_j, "J"),
        interval(energy_j),
        energy_j.tier,
        amount(emissions_g, "g", digits=2),
    )


def amount(figure: Figure, unit: str, digits: int = 3) -> str:
    """A figure's value, or what bounds it from above or below where no more is known."""
    if figure.value is None:
        return "not known"
    if figure.bound_only and figure.high is not None:
        return f"≤ {units.quantity(figure.high, unit, digits)}"
    text = units.quantity(figure.value, unit, digits)
    return f"> {text}" if figure.lacks or figure.high is None else text


def interval(energy_j: Figure) -> str:
    """Its bounds in joules; without an upper one, `11.9 J or more`."""
    if energy_j.low is None or energy_j.bound_only:
        return ""
    if energy_j.high is None:
        return f"{units.energy(energy_j.low)} or more"
    return units.energy_span(energy_j.low, energy_j.high, "to")


def tail(text: str, width: int) -> str:
    """The end of a text that is too long: `…ing/analysis.ipynb`."""
    return text if len(text) <= width else f"…{text[len(text) - width + 1 :]}"


def head(text: str, width: int) -> str:
    """The start of a text that is too long."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def notes(energy_j: Figure, emissions_g: Figure) -> list[str]:
    """What a sum leaves out and why, as lines below a table."""
    texts = []
    if energy_j.lacks:
        texts.append(f"Not counted: {', '.join(energy_j.lacks)}.")
    reasons = dict.fromkeys(filter(None, (energy_j.reason, emissions_g.reason)))
    ends = (reason if reason.endswith("?") else f"{reason}." for reason in reasons)
    texts += [f"Note: {reason}" for reason in ends]
    return [line for text in texts for line in ("", *textwrap.wrap(text, WIDTH))]


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    shorten: Callable[[str, int], str] = tail,
) -> str:
    """Aligned columns, the first to the left, the others to the right.

    The first column is shortened as far as needed to keep `WIDTH`: paths from their start,
    where they say least.
    """
    widths = [max(len(row[i]) for row in (headers, *rows)) for i in range(len(headers))]
    rest = sum(widths[1:]) + 2 * (len(widths) - 1)
    widths[0] = max(len(headers[0]), min(widths[0], WIDTH - rest))
    lines = []
    for row in (headers, ["-" * width for width in widths], *rows):
        first = f"{shorten(row[0], widths[0]):<{widths[0]}}"
        others = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join((first, *others)).rstrip())
    return "\n".join(lines)
