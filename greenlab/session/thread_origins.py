"""Which cell started the threads that go on after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenlab.record import BackgroundUse

if TYPE_CHECKING:
    from greenlab.meter.attribution.leftover_threads import ThreadUse
    from greenlab.session.open_window import OpenWindow

Origin = tuple[str | None, int | None]


class Origins:
    """The record and the number of the cell in which each live thread was started."""

    def __init__(self) -> None:
        self._of: dict[int, Origin] = {}

    def background(
        self, weighing: OpenWindow, threads: ThreadUse | None
    ) -> tuple[BackgroundUse, ...] | None:
        """What threads of earlier cells used in a window, one entry for each of the cells.

        Between two cells nothing is asked of the kernel: no thread works for anyone then.
        """
        if threads is None:
            return None
        sums: dict[Origin, tuple[float, float]] = {}
        for native, used_s in threads.background_s.items():
            if used_s.high > 0.0:
                sure_s = used_s.high if weighing.kind == "between" else used_s.low
                origin = self._of.get(native, (None, None))
                low_s, high_s = sums.get(origin, (0.0, 0.0))
                sums[origin] = low_s + sure_s, high_s + used_s.high
        return tuple(BackgroundUse(*seconds, *origin) for origin, seconds in sums.items())

    def note(self, weighing: OpenWindow, threads: ThreadUse | None) -> None:
        """A cell has ended: keep whose threads these are, and forget those that are gone."""
        if threads is None or weighing.kind != "cell":
            return
        kept = {
            native: one for native, one in self._of.items() if native in threads.background_s
        }
        mine: Origin = (weighing.id, weighing.execution_count)
        self._of = kept | dict.fromkeys(threads.born, mine)
