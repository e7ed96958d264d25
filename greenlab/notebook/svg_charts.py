"""The dashboard's two pictures as SVG, in the colours of whatever theme shows them.

A drawing library would be the heaviest thing in most notebooks: plotly's import alone takes
seconds of a core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from greenlab import units

WIDTH: Final = 600
HEIGHT: Final = 180
LEFT: Final = 60
"""Room for the numbers of the axis; all in the picture's own units, which scale with it."""
TOP: Final = 14
BOTTOM: Final = 24
POINTS: Final = 300
"""More are not seen."""
ROW: Final = 22
COLORS: Final = {
    "cpu": "var(--jp-greenlab-cpu, #3b82c9)",
    "ram": "var(--jp-greenlab-ram, #8db7e2)",
    "gpu": "var(--jp-greenlab-gpu, #2f9e6b)",
}
"""The panel's, which follow JupyterLab's theme; elsewhere some that show on light and dark."""


def over_time(times_s: Sequence[float], joules: Mapping[str, Sequence[float]]) -> str:
    """Energy summed up, stacked by kind of device. `times_s`: since the first of them."""
    chosen = _spread(len(times_s))
    end_s = times_s[-1] if times_s else 0.0
    most = sum(values[-1] for values in joules.values() if values)
    if not end_s or not most:
        return ""
    width, height = WIDTH - LEFT, HEIGHT - TOP - BOTTOM
    xs = [LEFT + width * times_s[index] / end_s for index in chosen]
    below = [0.0] * len(chosen)
    shapes = []
    for kind, values in joules.items():
        above = [low + values[index] for low, index in zip(below, chosen, strict=True)]
        edge = [
            f"{x:.1f},{TOP + height * (1 - y / most):.1f}"
            for x, y in zip([*xs, *reversed(xs)], [*above, *reversed(below)], strict=True)
        ]
        shapes.append(f'<polygon points="{" ".join(edge)}" style="fill: {COLORS[kind]}"/>')
        below = above
    ticks = [_tick(share, most * share, TOP + height * (1 - share)) for share in (0, 0.5, 1)]
    foot = HEIGHT - 6
    times = _text(LEFT, foot, "0 s") + _text(WIDTH, foot, units.duration(end_s), "end")
    return _svg(HEIGHT, "Energy so far", "".join([*shapes, *ticks, times]))


def by_cell(rows: Sequence[tuple[str, float, str]]) -> str:
    """Bars of some cells: label, joules and their words, heaviest first."""
    most = max((joules for _, joules, _ in rows), default=0.0)
    parts = []
    for index, (label, joules, words) in enumerate(rows):
        y = index * ROW
        length = (WIDTH - 2 * LEFT - 20) * (joules / most if most > 0 else 0.0)
        parts.append(_text(LEFT - 8, y + 15, label, "end"))
        parts.append(
            f'<rect x="{LEFT}" y="{y + 4}" width="{length:.1f}" height="{ROW - 8}" '
            f'style="fill: {COLORS["cpu"]}"/>'
        )
        parts.append(_text(LEFT + length + 6, y + 15, words))
    return _svg(len(rows) * ROW, "Heaviest cells", "".join(parts)) if rows else ""


def _tick(share: float, joules: float, y: float) -> str:
    line = (
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" '
        'style="stroke: currentColor; stroke-opacity: 0.2"/>'
    )
    words = units.energy(joules) if share else "0"
    return line + _text(LEFT - 6, y + 4, words, "end")


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
        f'style="fill: currentColor; font-size: 11px">{escape(words)}</text>'
    )


def _svg(height: int, label: str, content: str) -> str:
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {height}" '
        f'style="display: block; width: 100%; max-width: {WIDTH}px">{content}</svg>'
    )


def _spread(count: int) -> list[int]:
    """Up to `POINTS` of so many indexes, the first and the last among them."""
    if count <= POINTS:
        return list(range(count))
    return [round(index * (count - 1) / (POINTS - 1)) for index in range(POINTS)]
