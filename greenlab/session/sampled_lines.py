"""The lines of a session's records: whether they are wanted, made of samples, and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from greenlab.lazy_dataclasses import dataclass
from greenlab.record import CellRecord
from greenlab.record.lines import LineEnergies, LineUse

if TYPE_CHECKING:
    from greenlab.lines import Sampler, Watched
    from greenlab.lines.stack import Block
    from greenlab.meter import Window
    from greenlab.meter.measurement import Measurement
    from greenlab.session.open_window import OpenWindow


@dataclass(frozen=True, slots=True)
class LinesWanted:
    """`asked`: by the user. `source`: the cell's text. `block`: `None` for a cell."""

    asked: bool = False
    source: str | None = None
    block: Block | None = None

    def watch(self, sampler: Sampler, window: Window) -> Watched | None:
        """Have a window sampled."""
        return sampler.watch(window, asked=self.asked, block=self.block, source=self.source)


def lines_of(
    weighing: OpenWindow,
    measurement: Measurement,
    cell_id_of: Callable[[int], str | None],
) -> LineEnergies | None:
    """The lines of a closed window, `None` if it was not sampled. Keeps its hot stacks."""
    watched = weighing.watched
    if watched is None or weighing.window.end is None:
        return None
    if watched.samples is None and not watched.asked:  # as most cells, which are short
        return None
    from greenlab.lines.charge import charge
    from greenlab.lines.hot_stacks import hot_stacks
    from greenlab.lines.line_energies import line_energies
    from greenlab.lines.sources import Sources
    from greenlab.lines.window_code import WindowCode

    charged = None if watched.samples is None else charge(watched.samples, measurement)
    sources = Sources(
        watched.code or WindowCode(watched.user, watched.source),
        weighing.execution_count,
        weighing.cell_id,
        _own_files(watched),
        cell_id_of,
    )
    weighing.hot = hot_stacks(watched, charged, sources)
    return line_energies(watched, measurement, charged, sources)


def _own_files(watched: Watched) -> frozenset[str]:
    """Under which names the code of a watched cell was seen; none for a block."""
    if watched.samples is None or watched.source is None:
        return frozenset()
    outer = (seen.outer for seen in watched.samples.seen)
    return frozenset(one.file for one in outer if one is not None)


def stored(record: CellRecord) -> CellRecord:
    """The record as the ledger keeps it: lines where the user asked for them, and then without
    their text.
    """
    lines = record.lines
    if lines is None:
        return record
    if not lines.asked:
        return replace(record, lines=None)
    code, cell = map(_without_text, (lines.code, lines.cell))
    return replace(record, lines=replace(lines, code=code, cell=cell))


def _without_text(uses: tuple[LineUse, ...]) -> tuple[LineUse, ...]:
    return tuple(replace(one, text=None) for one in uses)
