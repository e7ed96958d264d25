"""Power over time with its integral in closed form. Watts, joules, seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Trace(Protocol):
    def joules(self, t: float) -> float:
        """Energy used from 0 to t."""

    @property
    def cap_w(self) -> float:
        """The most it ever draws."""


@dataclass(frozen=True)
class Constant:
    watts: float

    def joules(self, t: float) -> float:
        return self.watts * t

    @property
    def cap_w(self) -> float:
        return self.watts


@dataclass(frozen=True)
class Square:
    """`high` watts for the first `duty` of each period, `low` for the rest."""

    low: float
    high: float
    period_s: float
    duty: float = 0.5

    def joules(self, t: float) -> float:
        turns, rest = divmod(t, self.period_s)
        on = self.duty * self.period_s
        whole = turns * (self.high * on + self.low * (self.period_s - on))
        return whole + self.high * min(rest, on) + self.low * max(0.0, rest - on)

    @property
    def cap_w(self) -> float:
        return self.high


def Spikes(base: float, peak: float, every_s: float = 0.05, width_s: float = 0.002) -> Square:
    """Short peaks on a low base."""
    return Square(base, peak, every_s, width_s / every_s)


@dataclass(frozen=True)
class Ramp:
    """From `low` up to `high` in `period_s`, then again."""

    low: float
    high: float
    period_s: float

    def joules(self, t: float) -> float:
        turns, rest = divmod(t, self.period_s)
        slope = (self.high - self.low) / self.period_s
        return turns * self.period_s * (self.low + self.high) / 2 + rest * (
            self.low + slope * rest / 2
        )

    @property
    def cap_w(self) -> float:
        return self.high


@dataclass(frozen=True)
class Proportional:
    """`idle_w` always, and `w_per_cpu` for each busy CPU of the machine it is given to."""

    idle_w: float
    w_per_cpu: float
    busy_s: Callable[[float], float] | None = None
    cpus: int = 4

    def joules(self, t: float) -> float:
        assert self.busy_s is not None, "give it to a Machine first"
        return self.idle_w * t + self.w_per_cpu * self.busy_s(t)

    @property
    def cap_w(self) -> float:
        return self.idle_w + self.w_per_cpu * self.cpus


class Load:
    """CPUs busy over time, own and others', piecewise constant, with their integrals."""

    def __init__(self) -> None:
        self._at = [0.0]
        self._rates = [(0.0, 0.0)]
        self._sums = [(0.0, 0.0)]

    def change(self, t: float, own: float, others: float) -> None:
        self._sums.append((self.own_s(t), self.others_s(t)))
        self._at.append(t)
        self._rates.append((own, others))

    def _upto(self, t: float, which: int) -> float:
        i = bisect_right(self._at, t) - 1
        return self._sums[i][which] + self._rates[i][which] * (t - self._at[i])

    def own_s(self, t: float) -> float:
        return self._upto(t, 0)

    def others_s(self, t: float) -> float:
        return self._upto(t, 1)

    def busy_s(self, t: float) -> float:
        return self.own_s(t) + self.others_s(t)
