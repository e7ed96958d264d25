"""`greenlab.dashboard()`: the running footprint as a widget, where there is no sidebar."""

from __future__ import annotations

from datetime import datetime
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from greenlab import optional_dependencies, session, units
from greenlab.notebook import svg_charts
from greenlab.record import figure_display
from greenlab.record.active_energy import active, active_or_nothing, by_active
from greenlab.record.cell import KIND_NAMES

if TYPE_CHECKING:
    from greenlab.record import CellRecord
    from greenlab.session import Session

CELLS_SHOWN: Final = 12


def dashboard() -> Any:
    """A widget: total, energy over time and heaviest cells of this process.

    It follows new records, in the colours of the notebook's theme. In a terminal it shows the
    same as text. `.figure()` gives its chart as a plotly figure. Close it with `.close()`.

    Raises:
        ImportError: ipywidgets is not installed.
    """
    with optional_dependencies.needed_for("the dashboard"):
        from ipywidgets import HTML

    class Dashboard(HTML):  # type: ignore[misc]  # ipywidgets has no types
        """Its text, where a front end shows no widgets."""

        def __repr__(self) -> str:
            return text(source)

        def figure(self) -> Any:
            """Energy over time as a plotly figure, as it is now."""
            return figure(source)

        def _repr_mimebundle_(self, **options: Any) -> Any:
            shown = super()._repr_mimebundle_(**options)
            (shown[0] if isinstance(shown, tuple) else shown)["text/plain"] = repr(self)
            return shown

    source = session.current()
    widget = Dashboard(html(source))

    def redraw(_record: CellRecord) -> None:
        if widget.comm is None:  # it was closed
            source.listeners.remove(redraw)
        else:
            widget.value = html(source)

    source.listeners.append(redraw)
    return widget


def html(source: Session) -> str:
    """What the session's records came to, with two pictures."""
    first, *rest = _lines(source)
    head = [f"<b style='font-size: 1.6em'>{escape(first)}</b>", *map(escape, rest)]
    records = _records(source)
    kinds = [kind for kind in svg_charts.COLORS if any(_of_kind(one, kind) for one in records)]
    legend = " &nbsp; ".join(
        f"<span style='color: {svg_charts.COLORS[kind]}'>&#9632;</span> {KIND_NAMES[kind]}"
        for kind in kinds
    )
    times_s, joules = _curve(records, kinds)
    parts = [
        "<br>".join(head),
        legend + svg_charts.over_time(times_s, joules),
        svg_charts.by_cell([(_label(one), max(0.0, active_or_nothing(one)), _added(one))
                         for one in _heaviest(records)]),
    ]  # fmt: skip
    return "".join(f"<div style='line-height: 1.5'>{part}</div>" for part in parts)


def figure(source: Session) -> Any:
    """Energy over time as a plotly figure."""
    from greenlab.notebook import plotly_figure

    records = _records(source)
    kinds = [kind for kind in svg_charts.COLORS if any(_of_kind(one, kind) for one in records)]
    began_s = datetime.fromisoformat(records[0].started_at).timestamp() if records else 0.0
    return plotly_figure.over_time(began_s, *_curve(records, kinds))


def text(source: Session) -> str:
    """The same for a terminal."""
    rows = [f"{_label(one):>8}  {_added(one)}" for one in _heaviest(_records(source))]
    return "\n".join([*_lines(source), *rows])


def _lines(source: Session) -> list[str]:
    totals = source.totals()
    energy = totals.energy_j
    interval = figure_display.interval_text(energy)
    runs = units.count(totals.cells, "cell run")
    return [
        figure_display.figure_text(energy),
        f"{interval} ({energy.tier})" if interval else f"({energy.tier})",
        figure_display.emissions_text(totals.emissions_g),
        f"{runs}, {units.duration(totals.duration_s)}",
        *([figure_display.by_your_code(totals.active_j)] if totals.active_j else []),
        *source.warnings(),
    ]


def _records(source: Session) -> list[CellRecord]:
    return [one for one in source.recent if one.counted_in is None]


def _heaviest(records: list[CellRecord]) -> list[CellRecord]:
    work = [one for one in records if one.kind != "between" and active_or_nothing(one) >= 0]
    return by_active(work)[:CELLS_SHOWN]


def _curve(
    records: list[CellRecord], kinds: list[str]
) -> tuple[list[float], dict[str, list[float]]]:
    """Seconds since the first record began, and joules until then, by kind."""
    if not records:
        return [], {}
    began_s = [datetime.fromisoformat(one.started_at).timestamp() for one in records]
    ended_s = [
        start + one.duration_s - began_s[0] for start, one in zip(began_s, records, strict=True)
    ]
    # A clock that was set back turns nothing around.
    times_s = list(accumulate(ended_s, max, initial=0.0))
    return times_s, {
        kind: list(accumulate((_of_kind(one, kind) for one in records), initial=0.0))
        for kind in kinds
    }


def _added(record: CellRecord) -> str:
    return figure_display.amount(active(record))


def _label(record: CellRecord) -> str:
    return f"[{record.execution_count}]" if record.execution_count else record.name or "span"


def _of_kind(record: CellRecord, kind: str) -> float:
    return sum(part.energy_j.value or 0.0 for part in record.components if part.kind == kind)
