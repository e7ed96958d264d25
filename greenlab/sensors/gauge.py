"""Power that is sampled now and then, made into a counter by adding it up.

Between two samples the mean of both is taken, which is a model of what happened. What that
leaves open is kept beside the energy and widens the interval: half the difference of two
neighbouring samples for the time between them, all that the device can draw where samples
are missing, and so much of each watt as the chip's own accuracy. Power that comes and goes
in step with the samples can still deceive, so the interval claims nine cases in ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from greenlab.record import Tier
    from greenlab.record.cell import ComponentKind
    from greenlab.sensors.host import Host

POLL_S: Final = 1.0
"""More often would cost more than it tells: such chips sit on slow buses."""
_MISSED: Final = 3.0
"""A gap of so many polls holds no samples that speak for it."""


class PowerGauge:
    """A `Gauge` whose subclass says the power now in `power_w`."""

    kind: ComponentKind
    device: str
    source: str
    cap_w: float
    tier: Tier = "modelled"
    range_j: float | None = None
    step_j = 0.0
    calibrate = False
    late = False
    poll_s: float | None = POLL_S
    level = 0.9
    caveat = "its power is sampled once a second and added up"
    accuracy = 0.02

    def __init__(self, host: Host) -> None:
        self.period_s = POLL_S
        self.doubt_j = 0.0
        self._host = host
        self._energy_j = 0.0
        self._last: tuple[float, float] | None = None

    def power_w(self) -> float:
        """Watts now.

        Raises:
            CounterError: it cannot be read.
        """
        raise NotImplementedError

    def read_j(self) -> float:
        """Joules since the first sample."""
        power_w, now = self.power_w(), self._host.monotonic()
        if self._last is not None:
            at, before_w = self._last
            span_s = now - at
            change_j = span_s * (power_w + before_w) / 2
            self._energy_j += change_j
            self.doubt_j += self.accuracy * change_j
            if span_s > _MISSED * POLL_S:
                self.doubt_j += span_s * self.cap_w
            else:
                self.doubt_j += span_s * abs(power_w - before_w) / 2
        self._last = now, power_w
        return self._energy_j
