"""What a source of joules looks like: a counter that adds up, or a model that is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from greenlab.record import SensorStatus, Tier
    from greenlab.record.cell import ComponentKind
    from greenlab.sensors.host import Host


class Interval(NamedTuple):
    """A best value between two bounds, all in the unit the field's name gives."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> Interval:
        """All three times a non-negative factor."""
        return Interval(self.low * factor, self.mid * factor, self.high * factor)


class Split(NamedTuple):
    """A device's energy in a window, in joules: what work added, and the draw at rest."""

    active_j: float
    idle_j: float


class CounterError(Exception):
    """A counter cannot be read now. Its text says why, in words for the user."""


@runtime_checkable
class Counter(Protocol):
    """A cumulative energy counter.

    `range_j`: where it wraps to zero, `None` if never in practice. `step_j`: its least
    step. `cap_w`: more power than the device can draw. `period_s`: an upper bound on the
    time between two updates; `calibrate` says whether it is short enough to be found by
    looking on. `late`: it moves so slowly that a window settles after it ended. `poll_s`:
    how often it must be read while a window is open, `None` if its wraps alone matter.
    """

    kind: ComponentKind
    device: str
    source: str
    tier: Tier
    range_j: float | None
    step_j: float
    cap_w: float
    period_s: float
    calibrate: bool
    late: bool
    poll_s: float | None

    def read_j(self) -> float:
        """The counter now, in joules since an unknown start.

        Raises:
            CounterError: it cannot be read.
        """

    def close(self) -> None:
        """Give back what reading needed."""


class GpuUse(NamedTuple):
    """Who used a GPU. `share`: our part of its work, 0 to 1, `None` if it cannot be told;
    `holders`: how many processes hold it; `busy`: its mean utilisation, 0 to 1.
    """

    share: Interval | None
    holders: int
    busy: float | None


@runtime_checkable
class GpuCounter(Counter, Protocol):
    """A GPU's counter, which also knows who uses the device."""

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Who has used it since a wall-clock time (seconds since the epoch)."""


@runtime_checkable
class Model(Protocol):
    """Power from what is known about the hardware and how busy it was."""

    kind: ComponentKind
    device: str
    source: str
    tier: Tier
    level: float
    caveat: str | None

    def splits(self, busy_s: float, span_s: float, cpus: int) -> tuple[Split, ...]:
        """Energy of a window: the best, then all extremes. `busy_s`: of all `cpus`."""


Source = Counter | Model


@dataclass(frozen=True, slots=True)
class Found:
    """What one sensor found on this machine: its sources, and one status per kind."""

    statuses: tuple[SensorStatus, ...]
    sources: tuple[Source, ...] = field(default=())


Sensor = Callable[["Host"], Found]
