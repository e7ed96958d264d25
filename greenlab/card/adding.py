"""From records to the sums and lists of a card, one record at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePath

from greenlab.card.form import Part
from greenlab.record import CellRecord, Component, Intensity
from greenlab.record.tally import RecordTally, Tally, counted

Key = tuple[str, str, str]


class _PartSum:
    def __init__(self, first: Component) -> None:
        self._first = first
        none = f"no figure for {first.device} yet"
        self._energy, self._active, self._idle = Tally(none), Tally(none), Tally(none)

    def add(self, one: Component) -> None:
        self._energy.add(one.energy_j)
        self._active.add(one.active_j)
        self._idle.add(one.idle_j)

    @property
    def part(self) -> Part:
        first = self._first
        return Part(
            first.kind,
            first.device,
            first.source,
            self._energy.figure,
            self._active.figure,
            self._idle.figure,
        )


@dataclass
class Sums:
    """What the records added so far come to. Those within another are in that one."""

    tally: RecordTally = field(default_factory=RecordTally)
    idle: Tally = field(default_factory=lambda: Tally("no cell has run"))
    intensities: dict[Intensity, None] = field(default_factory=dict)
    pue: set[float] = field(default_factory=set)
    notebooks: dict[str, None] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    spans: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    cpu_s: float | None = None
    gpu_s: float = 0.0
    _parts: dict[Key, _PartSum] = field(default_factory=dict)
    _busy_s: float = 0.0
    _busy_of_s: float = 0.0

    def add(self, record: CellRecord) -> None:
        """One record."""
        if record.parent_id is not None:
            return
        record = counted(record)
        self.tally.add(record)
        self.intensities[record.intensity] = None
        self.pue.add(record.pue)
        self.hosts.add(record.host)
        self.statuses[record.status] += 1
        self.spans += record.kind == "span"
        if record.notebook:
            # The name alone: a path tells who and where.
            self.notebooks[PurePath(record.notebook).name] = None
        started = datetime.fromisoformat(record.started_at)
        ended = started + timedelta(seconds=record.duration_s)
        self.started = started if self.started is None else min(self.started, started)
        self.ended = ended if self.ended is None else max(self.ended, ended)
        if record.cpu_s is not None:
            self.cpu_s = (self.cpu_s or 0.0) + record.cpu_s
        self._add_parts(record)

    def _add_parts(self, record: CellRecord) -> None:
        used = [one for one in record.components if one.kind == "gpu" and _worked(one)]
        self.gpu_s += record.duration_s * len(used)
        if used and record.gpu_busy is not None:
            self._busy_s += record.duration_s * record.gpu_busy
            self._busy_of_s += record.duration_s
        for one in record.components:
            key = (one.kind, one.device, one.source)
            self._parts.setdefault(key, _PartSum(one)).add(one)
            self.idle.add(one.idle_j)

    @property
    def gpu_busy(self) -> float | None:
        """Mean utilisation while GPUs were used, 0 to 1."""
        return self._busy_s / self._busy_of_s if self._busy_of_s else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Each device's sum."""
        return tuple(one.part for one in self._parts.values())


def added(records: Iterable[CellRecord]) -> Sums:
    """The sums of records, in any order. What lies in a cell that left no record, as it was
    killed or still runs, counts for itself.
    """
    sums, inner, ids = Sums(), [], set()
    for record in records:
        ids.add(record.id)
        if record.parent_id is None:
            sums.add(record)
        else:
            inner.append(record)
    for record in inner:
        if record.parent_id not in ids:
            sums.add(replace(record, parent_id=None))
    return sums


def _worked(gpu: Component) -> bool:
    """Whether the work ran on this GPU, or may have: a figure that is missing does not say."""
    return gpu.active_j.value is None or gpu.active_j.value > 0
