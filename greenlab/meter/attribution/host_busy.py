"""How busy all CPUs of the machine were, as an interval: the system counts in ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import Interval

if TYPE_CHECKING:
    from greenlab.host.host import Host, Reader

TICK_S: Final = 0.01
"""USER_HZ is 100 on every Linux that greenlab knows."""
DOUBT_S: Final = 2 * TICK_S
"""CPU seconds by which more may have been used than the ticks say."""
_FIELDS: Final = 8
_TRIES: Final = 3
_HELD_UP_S: Final = 1e-3


class BusySnapshot(NamedTuple):
    """What the system reported at a monotonic time. Its words are read when a figure is made.

    `stat`: the begin of /proc/stat, `idle_s`: idle seconds of all CPUs on systems without it;
    neither: not known. `late_s`: by how much later than `at` the system may have been asked.
    """

    at: float
    stat: bytes = b""
    idle_s: float | None = None
    late_s: float = 0.0


class _Counts(NamedTuple):
    """Seconds of all CPUs: idle, stolen, and all that was counted (`None`: not reported)."""

    idle_s: float
    stolen_s: float
    counted_s: float | None


class HostCpu:
    """Reads the machine's idle time, which tickless kernels know to the microsecond and
    show to the tick; busy time is what is left.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._stat: Reader | None = None
        self.cpus = host.cpu_count()

    def snapshot(self) -> BusySnapshot:
        """The machine's idle time now. Asked again where this process was held up."""
        taken = self._ask()
        for _ in range(_TRIES - 1):
            if taken.late_s <= _HELD_UP_S:
                break
            again = self._ask()
            taken = again if again.late_s < taken.late_s else taken
        return taken

    def _ask(self) -> BusySnapshot:
        now = self._host.monotonic()
        if not self._host.linux:
            return BusySnapshot(now, idle_s=self._host.idle_elsewhere_s())
        try:
            if self._stat is None:
                self._stat = self._host.open("/proc/stat", 256, quick=True)
            stat = self._stat.read()
        except OSError:
            return BusySnapshot(now)
        return BusySnapshot(now, stat, late_s=self._host.monotonic() - now)

    def busy(
        self,
        start: BusySnapshot | None,
        end: BusySnapshot | None,
        begun: float,
        ended: float,
        own_s: float,
    ) -> Interval:
        """Busy CPU seconds from `begun` to `ended`, at least the kernel's own.

        Three rounded fields make three ticks of doubt; what the snapshots cover beyond the
        window, or leave out of it, adds what all CPUs can do meanwhile. If the fields do not
        add up to the time that passed (a virtual /proc), or a snapshot is missing, all that
        is known is: between own and all CPUs.
        """
        cpus = self.cpus
        most = max(own_s, max(0.0, ended - begun) * cpus)
        unknown = Interval(own_s, (own_s + most) / 2, most)
        if start is None or end is None:
            return unknown
        first, last = _counts(start), _counts(end)
        if first is None or last is None:
            return unknown
        passed = (end.at - start.at) * cpus
        if not self._adds_up(first, last, passed):
            return unknown
        stolen = max(0.0, last.stolen_s - first.stolen_s)
        upper = passed - (last.idle_s - first.idle_s)
        outside = (max(0.0, begun - start.at) + max(0.0, end.at - ended)) * cpus
        missed = (max(0.0, start.at - begun) + max(0.0, ended - end.at)) * cpus
        early, late = start.late_s * cpus, end.late_s * cpus
        low = min(max(own_s, upper - stolen - outside - early - 3 * TICK_S), most)
        high = min(max(low, upper + missed + late + DOUBT_S), most)
        mid = upper - stolen + (missed - outside) / 2
        return Interval(low, min(max(mid, low), high), high)

    def _adds_up(self, first: _Counts, last: _Counts, passed: float) -> bool:
        """Whether the fields count the time that passed. A virtual /proc may hold zeros."""
        if first.counted_s is None or last.counted_s is None:
            return True
        doubt = 0.2 * passed + 2 * TICK_S * self.cpus
        return last.counted_s > 0 and abs(last.counted_s - first.counted_s - passed) <= doubt

    def close(self) -> None:
        """Close what was kept open."""
        reader, self._stat = self._stat, None
        if reader is not None:
            reader.close()


def _counts(taken: BusySnapshot | None) -> _Counts | None:
    """A snapshot's words as numbers, `None` where it holds none."""
    if taken is None:
        return None
    if taken.idle_s is not None:
        return _Counts(taken.idle_s, 0.0, None)
    fields = taken.stat.split(b"\n", 1)[0].split()[1 : _FIELDS + 1]
    try:
        _, _, _, idle, waiting, _, _, stolen = ticks = [int(field) for field in fields]
    except ValueError:
        return None
    return _Counts((idle + waiting) * TICK_S, stolen * TICK_S, sum(ticks) * TICK_S)
