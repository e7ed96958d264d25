"""What was measured of the runs of the same code, as the advice reads it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from greenlab.advice.signals import Signals, crowding
from greenlab.record import CellRecord
from greenlab.record.active_energy import active

KEPT: Final = 1000


@dataclass(slots=True, repr=False, eq=False)
class _Sum:
    count: int = 0
    duration_s: float = 0.0
    busy_s: float = 0.0
    active_j: float = 0.0


class CodeRuns:
    """Sums over the runs of each code, by its hash; the latest thousand codes."""

    def __init__(self) -> None:
        self._sums: OrderedDict[str, _Sum] = OrderedDict()

    def add(self, record: CellRecord) -> None:
        """Another run ended."""
        key = record.source_hash or ""
        so_far = self._sums.setdefault(key, _Sum())
        self._sums.move_to_end(key)
        if len(self._sums) > KEPT:
            self._sums.popitem(last=False)
        once = _once(record)
        so_far.count += 1
        so_far.duration_s += once.duration_s
        so_far.busy_s += once.busy_s
        if once.active_j is not None:
            so_far.active_j += once.active_j.value or 0.0

    def active_j(self, source_hash: str) -> float:
        """Joules that all runs of this code added; 0 where none is known."""
        so_far = self._sums.get(source_hash)
        return so_far.active_j if so_far else 0.0

    def signals(self, record: CellRecord, warnings: Sequence[str]) -> Signals:
        """Of a run, and of those before it."""
        once = replace(_once(record), warnings=tuple(warnings))
        so_far = self._sums.get(record.source_hash or "")
        if so_far is None:
            found = replace(once, total_duration_s=once.duration_s)
        else:
            found = replace(
                once,
                runs=so_far.count,
                total_duration_s=so_far.duration_s,
                total_busy_s=so_far.busy_s,
            )
        # To ask takes system calls, which a light cell is spared.
        return replace(found, crowding=crowding()) if found.heavy() else found


def _once(record: CellRecord) -> Signals:
    on_gpus = [
        part.active_j.value
        for part in record.components
        if part.kind == "gpu" and part.active_j.value is not None
    ]
    return Signals(
        duration_s=record.duration_s,
        energy_j=record.energy_j,
        active_j=active(record),
        gpu_active_j=sum(on_gpus) if on_gpus else None,
        cpu_s=record.cpu_s,
        gpu_busy=record.gpu_busy,
    )
