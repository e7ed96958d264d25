"""What reading a notebook alone suggests, without running any of it.

Nothing is known of sizes, devices or energy: so a rule names but one place in a notebook, the
one where the work is done, and only where little speaks against it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from greenlab.advice.analysis.benchmark_cells import is_experiment
from greenlab.advice.rule import Rule
from greenlab.advice.rules import RULES
from greenlab.advice.static_checks.estimators import large_grids, old_boosting
from greenlab.advice.static_checks.language_models import one_at_a_time, padded, without_cache
from greenlab.advice.static_checks.notebook import Listing, Notebook
from greenlab.advice.static_checks.tables import row_by_row
from greenlab.advice.static_checks.training import in_full_precision, without_stop
from greenlab.cellcode.source_hash import source_hash
from greenlab.record import Advice

READERS: Final[Mapping[str, Callable[[Notebook], Iterator[Listing]]]] = {
    "L01": one_at_a_time,
    "L02": without_cache,
    "L03": padded,
    "P01": row_by_row,
    "S01": old_boosting,
    "S02": large_grids,
    "T01": in_full_precision,
    "T12": without_stop,
}
"""Rules that read a whole notebook; the others look at one cell after the other."""
log = logging.getLogger(__name__)
RISK: Final = (
    "Found by reading alone: run the cell with greenlab loaded to learn whether it matters."
)


def read(cells: Sequence[tuple[str | None, str]]) -> tuple[Advice, ...]:
    """What the code of a notebook's cells alone suggests, in order of the cells.

    Each rule is named at most once, all with status `candidate`. `cells`: the code cells in
    order, each an id (or `None`) and its source. No change is offered.
    """
    notebook = Notebook.of(cells)
    found = [
        _advice(rule, listing)
        for rule in RULES
        if (listing := _first(rule, notebook)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.cell_index or 0))


def _first(rule: Rule[Any, Any], notebook: Notebook) -> Listing | None:
    """The first place where a rule may apply, outside of cells that compare alternatives."""
    if rule.id in READERS:
        listings = READERS[rule.id](notebook)
    elif rule.by_reading:
        listings = _by_candidates(rule, notebook)
    else:
        return None
    try:
        return next((one for one in listings if not is_experiment(one.cell.code)), None)
    except Exception:  # no notebook is so odd that the other rules should not be asked
        log.debug("%s failed", rule.id, exc_info=True)
        return None


def _by_candidates(rule: Rule[Any, Any], notebook: Notebook) -> Iterator[Listing]:
    """Where a rule finds a place in what a cell runs, helpers of other cells included."""
    for cell in notebook.cells:
        for unit in notebook.units[cell.index]:
            for site in (rule.read or rule.candidates)(unit.code):
                yield Listing(cell, site.fact, unit.code.origin.place)


def _advice(rule: Rule[Any, Any], listing: Listing) -> Advice:
    cell = listing.cell
    known = source_hash(cell.source)
    place = cell.id or f"cell-{cell.index}"
    return Advice(
        id=f"{rule.id}:{place}:{known[:12]}",
        rule=rule.id,
        cell_id=cell.id,
        cell_index=cell.index,
        source_hash=known,
        title=rule.title,
        because=(listing.fact,),
        change=None,
        saving=None,
        risk=RISK,
        place=listing.place,
    )
