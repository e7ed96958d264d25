"""The dashboard's chart as a plotly figure: to zoom into, to style, or to save in a report."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from greenlab import optional_dependencies
from greenlab.notebook.svg_charts import COLORS
from greenlab.record.cell import KIND_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_HEX: Final = re.compile("#[0-9a-f]{6}")


def over_time(
    began_s: float, times_s: Sequence[float], joules: Mapping[str, Sequence[float]]
) -> Any:
    """Energy over time, stacked by kind of device.

    `began_s`: seconds since the epoch; `times_s`: seconds since then; `joules`: what each kind
    had used by each time. plotly is imported here, as that takes seconds.
    """
    with optional_dependencies.needed_for("a plotly figure"):
        from plotly.graph_objects import Figure

    began = datetime.fromtimestamp(began_s, UTC)
    # Plotly shows a moment as it is written: in local time, without an offset.
    times = [
        (began + timedelta(seconds=one)).astimezone().replace(tzinfo=None) for one in times_s
    ]
    figure = Figure()
    for kind, values in joules.items():
        figure.add_scatter(
            x=times,
            y=list(values),
            name=KIND_NAMES[kind],
            mode="lines",
            stackgroup="energy",
            line={"color": _color(kind)},
        )
    figure.update_layout(title="Energy so far", yaxis_title="J", height=300)
    return figure


def _color(kind: str) -> str:
    """Plotly draws with colors, not with a theme's variables."""
    found: list[str] = _HEX.findall(COLORS[kind])
    return found[0]
