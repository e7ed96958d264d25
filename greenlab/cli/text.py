"""Figures and tables as plain text, for the terminal's width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Final

from greenlab import units
from greenlab.cli import plain, terminal
from greenlab.record import Figure

FIGURE_HEADERS: Final = ("energy", "interval", "tier", "CO2e")
_LEAST: Final = 12
"""Columns of a table's first column, however narrow the terminal."""
_WIDE: Final = 4.0
_NARROW: Final = 1.5
"""Upper over lower bound: three digits up to the one, one digit from the other on."""


def figures(energy_j: Figure, emissions_g: Figure) -> tuple[str, str, str, str]:
    """The columns of `FIGURE_HEADERS`: `12.4 J`, `11.9 to 12.9 J`, `measured`, `0.2 mg`."""
    return (
        amount(energy_j, "J"),
        interval(energy_j),
        energy_j.tier,
        amount(emissions_g, "g", digits=2),
    )


def amount(figure: Figure, unit: str, digits: int = 3) -> str:
    """A figure's value, or what bounds it from above or below where no more is known.

    It has as many digits as its interval lets one know: `12.4 J`, `12 J`, `≈ 10 J`.
    """
    if figure.value is None:
        return "not known"
    known = min(digits, _digits(figure))
    if figure.bound_only and figure.high is not None:
        return f"≤ {units.quantity(figure.high, unit, min(2, known + 1))}"
    text = units.quantity(figure.value, unit, known)
    if figure.lacks or figure.high is None:
        return f"> {text}"
    return f"≈ {text}" if known == 1 else text


def interval(energy_j: Figure) -> str:
    """Its bounds in joules; without an upper one, `11.9 J or more`."""
    if energy_j.low is None or energy_j.bound_only:
        return ""
    digits = min(3, _digits(energy_j) + 1)
    if energy_j.high is None:
        return f"{units.quantity(energy_j.low, 'J', digits)} or more"
    low, high = units.alike([energy_j.low, energy_j.high], "J", digits)
    return f"{low.split()[0]} to {high}"


def _digits(figure: Figure) -> int:
    """The digits of a value that its interval gives a meaning."""
    if not figure.low or figure.high is None:
        return 3 if figure.high == figure.low == 0 else 2
    factor = figure.high / figure.low
    return 3 if factor <= _NARROW else 2 if factor < _WIDE else 1


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
    width = terminal.prose_width()
    return [line for text in texts for line in ("", *textwrap.wrap(text, width))]


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
    if (columns := terminal.width()) is not None:
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
