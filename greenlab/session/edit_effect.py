"""One cell before and after an edit: what its own runs say of the change."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import field
from typing import Final

from greenlab.lazy_dataclasses import dataclass
from greenlab.record import CellRecord
from greenlab.record.documents import Edited
from greenlab.record.figure import Tier, worst
from greenlab.units import is_wide

CELLS: Final = 1000
RUNS: Final = 20
"""Latest runs of one version that are compared."""
LIKELY_RUNS: Final = 3
LEAST: Final = 0.05
"""A difference below this is not worth a word: identical code differs by as much."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One run. `wide`: its bounds lie far apart. `count`: as in `[7]`."""

    id: str
    energy_j: float
    tier: Tier
    wide: bool
    count: int | None


@dataclass(slots=True, repr=False, eq=False)
class CellVersion:
    """The runs of a cell with one and the same code; `all_j`: joules of all `runs`."""

    source_hash: str
    first: Ran | None = None
    later: deque[Ran] = field(default_factory=lambda: deque(maxlen=RUNS))
    runs: int = 0
    all_j: float = 0.0

    def add(self, run: Ran) -> None:
        """A run that is new, or one that settled."""
        if self.first is None or self.first.id == run.id:
            self._count(run, self.first)
            self.first = run
            return
        for index, known in enumerate(self.later):
            if known.id == run.id:
                self._count(run, known)
                self.later[index] = run
                return
        self._count(run, None)
        self.later.append(run)

    @property
    def latest(self) -> Ran | None:
        """The last run."""
        return self.later[-1] if self.later else self.first

    def _count(self, run: Ran, before: Ran | None) -> None:
        self.runs += before is None
        self.all_j += run.energy_j - (before.energy_j if before else 0.0)


class Versions:
    """The last two versions of each cell, the latest thousand cells. Not locked."""

    def __init__(self) -> None:
        self._cells: OrderedDict[str, list[CellVersion]] = OrderedDict()

    def add(self, record: CellRecord) -> None:
        """A record that is new or has settled; all but whole runs of cells are passed over.

        A run that failed says what it cost, not what the code costs.
        """
        energy = record.energy_j
        if (
            record.kind != "cell"
            or record.cell_id is None
            or record.source_hash is None
            or record.status != "ok"
            or record.scope != "process"
            or record.repeats
            or not energy.value
            or energy.bound_only
        ):
            return
        versions = self._cells.setdefault(record.cell_id, [])
        self._cells.move_to_end(record.cell_id)
        if len(self._cells) > CELLS:
            self._cells.popitem(last=False)
        known = [one for one in versions if one.source_hash == record.source_hash]
        if not known:
            known = [CellVersion(record.source_hash)]
        elif known[0] is not versions[-1]:
            versions.remove(known[0])  # the edit was taken back: it is the latest again
        if known[0] not in versions:
            versions.append(known[0])
            del versions[:-2]
        wide = is_wide(energy.low, energy.high)
        known[0].add(Ran(record.id, energy.value, energy.tier, wide, record.execution_count))

    def edited(self, cell_id: str | None) -> Edited | None:
        """What the last edit of this cell changed; `None` without runs on both sides."""
        versions = self._cells.get(cell_id or "", [])
        if cell_id is None or len(versions) < 2:
            return None
        from statistics import median  # a tenth of the time of `%load_ext`, for few cells

        old, new = versions
        first_runs = not (old.later and new.later)
        before, after = (
            list(filter(None, [one.first] if first_runs else one.later)) for one in (old, new)
        )
        was, now = ([run.energy_j for run in runs] for runs in (before, after))
        low, high = min(now) / max(was), max(now) / min(was)
        ratio = median(now) / median(was)
        compared = (*before, *after)
        return Edited(
            cell_id=cell_id,
            source_hash=new.source_hash,
            before_hash=old.source_hash,
            before_j=median(was),
            after_j=median(now),
            ratio=ratio,
            low=low,
            high=high,
            before_runs=len(was),
            after_runs=len(now),
            first_runs=first_runs,
            likely=min(len(was), len(now)) >= LIKELY_RUNS
            and (high < 1 or low > 1)
            and abs(ratio - 1) >= LEAST,
            tier=worst(run.tier for run in compared),
            wide=any(run.wide for run in compared),
            before_count=old.latest.count if old.latest else None,
            after_count=new.latest.count if new.latest else None,
            saved_j=new.runs * median(was) - new.all_j,
            saved_runs=new.runs,
        )

    def all(self) -> tuple[Edited, ...]:
        """Every cell that was edited between runs."""
        found = (self.edited(cell_id) for cell_id in self._cells)
        return tuple(one for one in found if one is not None)
