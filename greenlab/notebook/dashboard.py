"""`greenlab.dashboard()`: the running footprint as a widget, where there is no sidebar."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from greenlab import session, units
from greenlab.record import display
from greenlab.record.cell import KIND_NAMES

if TYPE_CHECKING:
    from greenlab.record import CellRecord
    from greenlab.session import Session

KINDS: Final = ("cpu", "ram", "gpu")
COLORS: Final = {"cpu": "#2f6db5", "ram": "#8fb8e0", "gpu": "#2e9e6b"}
CELLS_SHOWN: Final = 12


def dashboard() -> Any:
    """A widget: total, cumulative chart and heaviest cells of this process.

    It follows new records.

    Needs a front end that shows ipywidgets. Close it with `.close()`.

    Raises:
        ImportError: ipywidgets, plotly or anywidget is not installed.
    """
    from ipywidgets import HTML, VBox
    from plotly.graph_objects import FigureWidget

    view = _View(session.current(), HTML(), FigureWidget(), FigureWidget())
    view.draw()
    box = VBox([view.head, view.over_time, view.by_cell])
    view.follow(box)
    return box


class _View:
    def __init__(self, source: Session, head: Any, over_time: Any, by_cell: Any) -> None:
        self.source = source
        self.head = head
        self.over_time = over_time
        self.by_cell = by_cell
        for chart, title in ((over_time, "Energy so far, J"), (by_cell, "Heaviest cells, J")):
            chart.update_layout(
                title=title, height=240, margin={"l": 60, "r": 10, "t": 36, "b": 30}
            )
        for kind in KINDS:
            name = KIND_NAMES[kind]
            over_time.add_scatter(
                name=name, mode="lines", stackgroup="all", line={"color": COLORS[kind]}
            )
        by_cell.add_bar(marker={"color": COLORS["cpu"]})

    def follow(self, box: Any) -> None:
        """Draw again with each record, until the box is closed."""

        def redraw(_record: CellRecord) -> None:
            if box.comm is None:
                self.source.listeners.remove(redraw)
            else:
                self.draw()

        self.source.listeners.append(redraw)

    def draw(self) -> None:
        """Put the session's records into the widgets."""
        self.head.value = self._head()
        records = [one for one in self.source.recent if one.counted_in is None]
        began = [datetime.fromisoformat(one.started_at) for one in records]
        ended = [
            a + timedelta(seconds=b.duration_s) for a, b in zip(began, records, strict=True)
        ]
        # Plotly shows a moment as it is written: in local time, without an offset.
        times = [each.astimezone().replace(tzinfo=None) for each in (*began[:1], *ended)]
        with self.over_time.batch_update():
            for trace, kind in zip(self.over_time.data, KINDS, strict=True):
                so_far = list(accumulate((_of_kind(one, kind) for one in records), initial=0.0))
                trace.update(x=times, y=so_far[: len(times)], visible=any(so_far))
        known = [one for one in records if one.energy_j.value is not None]
        heaviest = sorted(known, key=lambda one: one.energy_j.value or 0.0)[-CELLS_SHOWN:]
        with self.by_cell.batch_update():
            self.by_cell.data[0].x = [_label(one) for one in reversed(heaviest)]
            self.by_cell.data[0].y = [one.energy_j.value for one in reversed(heaviest)]

    def _head(self) -> str:
        totals = self.source.totals()
        energy = totals.energy_j
        runs = units.count(totals.cells, "cell run")
        lines = [
            f"<b style='font-size:1.6em'>{escape(display.figure_text(energy))}</b>",
            escape(f"{display.interval_text(energy)} ({energy.tier})"),
            escape(display.emissions_text(totals.emissions_g)),
            escape(f"{runs}, {units.duration(totals.duration_s)}"),
        ]
        lines += [escape(warning) for warning in self.source.warnings()]
        return "<br>".join(lines)


def _label(record: CellRecord) -> str:
    if record.kind == "between":
        return f"between cells ({record.name})" if record.name else "between cells"
    return f"[{record.execution_count}]" if record.execution_count else record.name or "span"


def _of_kind(record: CellRecord, kind: str) -> float:
    return sum(part.energy_j.value or 0.0 for part in record.components if part.kind == kind)
