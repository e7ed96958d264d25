"""Figures and tables as plain text, for the terminal's width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Final

from greenlab import units
from greenlab.cli import plain, safe_output
from greenlab.record import Figure, figure_display

FIGURE_HEADERS: Final = ("energy", "interval", "tier", "CO2e")
_LEAST: Final = 12
"""Columns of a table's first column, however narrow the terminal."""


def figures(energy_j: Figure, emissions_g: Figure) -> tuple[str, str, str, str]:
    """The columns of `FIGURE_HEADERS`: `12.4 J`, `11.9 to 12.9 J`, `measured`, `0.2 mg`."""
    return (
        amount(energy_j, "J"),
        interval(energy_j),
        energy_j.tier,
        amount(emissions_g, "g"),
    )


def amount(figure: Figure, unit: str) -> str:
    """A figure's value, with no more digits than are known: `12.4 J`, `≈ 3 kJ`.

    Or what bounds it from above or below where no more is known.
    """
    if figure.value is None:
        return "not known"
    return f"{'> ' if figure.is_least else ''}{figure_display.amount(figure, unit)}"


def interval(energy_j: Figure) -> str:
    """Its bounds in joules, `11.9 to 12.9 J`; without an upper one, `11.9 J or more`."""
    low, high = energy_j.low, energy_j.high
    if low is None or energy_j.bound_only:
        return ""
    if high is None:
        both = [energy_j.value or low, low]
        least = units.rough(both, "J")[1] if energy_j.is_wide else units.energy(low)
        return f"{least} or more"
    if units.is_wide(low, high):
        upper, lower = units.rough([high, low], "J")
        return f"{lower.split()[0]} to {upper}"
    return units.energy_span(low, high, "to")


def middle(text: str, width: int) -> str:
    """The start and the end of a text that is too long: `/home/ada/…ing/analysis.ipynb`."""
    if plain.columns(text) <= width:
        return text
    start = head(text, max(1, width // 3))
    end = ""
    for one in reversed(text):
        if plain.columns(start + one + end) > width:
            break
        end = one + end
    return start + end


def head(text: str, width: int) -> str:
    """The start of a text that is too long."""
    text = plain.one_line(text)
    if plain.columns(text) <= width:
        return text
    while text and plain.columns(text) >= width:
        text = text[: min(len(text) - 1, width)]
    return f"{text}…"


def notes(energy_j: Figure, emissions_g: Figure) -> list[str]:
    """What a sum leaves out and why, as lines below a table."""
    texts = []
    if energy_j.lacks:
        texts.append(f"Not counted: {', '.join(energy_j.lacks)}.")
    reasons = dict.fromkeys(filter(None, (energy_j.reason, emissions_g.reason)))
    ends = (reason if reason.endswith("?") else f"{reason}." for reason in reasons)
    texts += [f"Note: {reason}" for reason in ends]
    width = safe_output.prose_width()
    wrapped = (textwrap.wrap(units.unbroken(text), width) for text in texts)
    return [line for lines in wrapped for line in ("", *lines)]


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    shorten: Callable[[str, int], str] = middle,
) -> str:
    """Aligned columns, the first to the left, the others to the right.

    In a terminal the first column is shortened as far as needed to fit; a file or a program
    gets all of it.
    """
    shown = [[plain.one_line(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(map(plain.columns, column)) for column in zip(*shown, strict=True)]
    if (columns := safe_output.width()) is not None:
        others = sum(widths[1:]) + 2 * (len(widths) - 1)
        widths[0] = max(min(_LEAST, widths[0]), min(widths[0], columns - others))
    lines = []
    for row in (shown[0], ["-" * width for width in widths], *shown[1:]):
        first = shorten(row[0], widths[0])
        cells = [first + " " * (widths[0] - plain.columns(first))]
        cells += [
            " " * (width - plain.columns(cell)) + cell
            for cell, width in zip(row[1:], widths[1:], strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
