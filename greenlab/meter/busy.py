"""How busy all CPUs of the machine were, as an interval: the system counts in ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.sensors.base import Interval

if TYPE_CHECKING:
    from greenlab.sensors.host import Host, Reader

TICK_S: Final = 0.01
"""USER_HZ is 100 on every Linux that greenlab knows."""
_FIELDS: Final = 8
_TRIES: Final = 3
_HELD_UP_S: Final = 1e-3


class BusySnapshot(NamedTuple):
    """Idle and stolen seconds of all CPUs up to a monotonic time; `None`: not known.

    `late_s`: by how much later than `at` the system may have been asked.
    """

    at: float
    idle_s: float | None
    stolen_s: float
    counted_s: float | None
    late_s: float = 0.0


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
            return BusySnapshot(now, self._host.idle_elsewhere_s(), 0.0, None)
        try:
            if self._stat is None:
                self._stat = self._host.open("/proc/stat", 256)
            fields = self._stat.read().split(b"\n", 1)[0].split()[1 : _FIELDS + 1]
            _, _, _, idle, waiting, _, _, stolen = ticks = [int(field) for field in fields]
        except (OSError, ValueError):
            return BusySnapshot(now, None, 0.0, 0.0)
        late_s = self._host.monotonic() - now
        return BusySnapshot(
            now, (idle + waiting) * TICK_S, stolen * TICK_S, sum(ticks) * TICK_S, late_s
        )

    def busy(
        self, start: BusySnapshot, end: BusySnapshot, span_s: float, own_s: float
    ) -> Interval:
        """Busy CPU seconds in a window of `span_s`, at least the kernel's own.

        Three rounded fields make three ticks of doubt; a snapshot taken late adds what all
        CPUs can do meanwhile. If the fields do not add up to the time that passed (a virtual
        /proc), all that is known is: between own and all CPUs.
        """
        most = max(own_s, span_s * self.cpus)
        if start.idle_s is None or end.idle_s is None:
            return Interval(own_s, (own_s + most) / 2, most)
        span = end.at - start.at
        passed = span * self.cpus
        if not self._adds_up(start, end, passed):
            return Interval(own_s, (own_s + most) / 2, most)
        stolen = max(0.0, end.stolen_s - start.stolen_s)
        upper = passed - (end.idle_s - start.idle_s)
        outside = max(0.0, span - span_s) * self.cpus
        early, late = start.late_s * self.cpus, end.late_s * self.cpus
        low = min(max(own_s, upper - stolen - outside - early - 3 * TICK_S), most)
        high = min(max(low, upper + late + 2 * TICK_S), most)
        return Interval(low, min(max(upper - stolen - outside / 2, low), high), high)

    def _adds_up(self, start: BusySnapshot, end: BusySnapshot, passed: float) -> bool:
        """Whether the fields count the time that passed. A virtual /proc may hold zeros."""
        if start.counted_s is None or end.counted_s is None:
            return True
        doubt = 0.2 * passed + 2 * TICK_S * self.cpus
        return end.counted_s > 0 and abs(end.counted_s - start.counted_s - passed) <= doubt

    def close(self) -> None:
        """Close what was kept open."""
        reader, self._stat = self._stat, None
        if reader is not None:
            reader.close()
