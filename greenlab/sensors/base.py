"""What a source of joules looks like: a counter that adds up, or a model that is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from greenlab.interval import Interval
from greenlab.lazy_dataclasses import dataclass
from greenlab.record import SensorStatus

if TYPE_CHECKING:
    from greenlab.host.host import Host
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind


class Split(NamedTuple):
    """A device's energy in a window, in joules: what work added, and the idle power."""

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


@runtime_checkable
class Gauge(Counter, Protocol):
    """A counter that is made here, by adding up power that is sampled now and then.

    It is sampled every `poll_s`. `lag_s`: how old a sample is on average.
    `doubt_j`: half-width of what the samples leave open, in joules, added up likewise.
    `level`: the share of cases in which the interval then holds. `caveat`: a sentence for
    the figure.
    """

    lag_s: float
    level: float
    caveat: str

    @property
    def doubt_j(self) -> float:
        """See above."""


class GpuUse(NamedTuple):
    """Who used a GPU. `share`: our part of its work, 0 to 1, `None` if it cannot be known;
    `holders`: how many processes hold it; `busy`: its mean utilisation, 0 to 1. `idle_share`:
    our part of its idle power where that is another one; `caveat`: a sentence for the figure.
    """

    share: Interval | None
    holders: int
    busy: float | None
    idle_share: Interval | None = None
    caveat: str | None = None


class GpuState(NamedTuple):
    """A GPU at this moment. `limit_w`: the mean power it may draw; `memory_share`: how much of
    its memory is taken by anyone, 0 to 1. `None` where the driver does not report.
    """

    limit_w: float | None
    memory_share: float | None


@runtime_checkable
class GpuCounter(Counter, Protocol):
    """A GPU's counter, which also knows who uses the device. Where the answer of `use` never
    changes it is also in an attribute `fixed`. One that does not look at the power all the
    time has `blind_s`: how long it looks away between two looks. One whose driver reports
    a `GpuState` has a method `state`.
    """

    def use(self, pids: Sequence[int], since: float) -> GpuUse:
        """Who has used it since a wall-clock time (seconds since the epoch)."""


@runtime_checkable
class PowerModel(Protocol):
    """Power from what is known about the hardware and how busy it was."""

    kind: ComponentKind
    device: str
    source: str
    tier: Tier
    level: float
    caveat: str | None

    def splits(self, busy_s: float, span_s: float, cpus: int) -> tuple[Split, ...]:
        """Energy of a window: the best, then all extremes. `busy_s`: of all `cpus`."""


Source = Counter | PowerModel


def parts(source: Source) -> frozenset[str]:
    """The hardware whose joules a source holds: its kind, unless its `parts` says otherwise.

    Parts are what keeps a joule from being counted twice: of two sources that share one,
    the first is used. GPUs of several makers are several parts ("gpu" is NVIDIA's).
    """
    own: frozenset[str] | None = getattr(source, "parts", None)
    return own or frozenset((source.kind,))


class Lacking(NamedTuple):
    """Hardware that is here and that no source reports, and why: no total holds it."""

    kind: ComponentKind
    device: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one sensor found on this machine: its sources, one status per kind, and the devices
    that it sees and cannot read.
    """

    statuses: tuple[SensorStatus, ...]
    sources: tuple[Source, ...] = field(default=())
    lacking: tuple[Lacking, ...] = field(default=())


def absent(
    name: str,
    kind: ComponentKind,
    reason: str,
    fix: str | None = None,
    *,
    present: bool = False,
) -> Found:
    """A counter that is not here, or (`present`) here and of no use."""
    status = SensorStatus(
        name, kind, False, False, "missing", "counter", reason, fix, present=present
    )
    return Found((status,))


def present(
    name: str,
    kind: ComponentKind,
    covers: str,
    reasons: Iterable[str] = (),
    fix: str | None = None,
    *,
    readable: bool,
    tier: Tier = "measured",
) -> SensorStatus:
    """The status of hardware that is here. `reasons`: why parts of it cannot be read."""
    found = tier if readable else "missing"
    reason = "; ".join(reasons) or None
    return SensorStatus(name, kind, readable, readable, found, covers, reason, fix)


def joined(found: Iterable[Found]) -> Found:
    """What was found of several kinds, as one sensor's."""
    kept = list(found)
    statuses = tuple(status for each in kept for status in each.statuses)
    sources = dict.fromkeys(source for each in kept for source in each.sources)
    lacking = (one for each in kept for one in each.lacking)
    return Found(statuses, tuple(sources), tuple(lacking))


Sensor = Callable[["Host"], Found]
