"""How a processor package's power follows its load.

P(u) = P(100 %) x shape(u), u being the share of the CPUs' time that was busy. The shape is
that of packages, steeper at the start than that of whole servers; the two are never mixed.
Source: package counters of AWS bare metal, read under stress-ng (benchmarks/data/packages.csv,
from Davy's turbostress reports, 2021); the means at 10 % and 50 % agree with the curve that
Teads published from the same kind of measurement (0.32 and 0.75 of the design power).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from greenlab.interval import Interval

SHAPE: Final = ((0.0, 0.13), (0.1, 0.32), (0.5, 0.73), (1.0, 1.0))
_PIECES: Final = tuple(pairwise(SHAPE))
REST: Final = Interval(0.03, 0.13, 0.40)
"""Idle over full load: 0.12-0.13 where the package can sleep, 0.29-0.38 where it cannot;
laptops sleep deeper (an assumption)."""


class Line(NamedTuple):
    """One way a package may be: idle watts, and watts that full load adds."""

    idle_w: float
    rise_w: float


class PowerCurve(NamedTuple):
    """Package power in watts with all CPUs busy, the part of it that is drawn when idle, and
    by what factor other programs' full load adds more or less.
    """

    full_w: Interval
    rest: Interval = REST
    code: Interval = Interval(1.0, 1.0, 1.0)

    def lines(self) -> tuple[Line, ...]:
        """The best, the two of the least full load, the two of the most."""
        full, rest, code = self
        return (
            _line(full.mid, rest.mid, code.mid),
            _line(full.low, rest.low, code.low),
            _line(full.low, rest.high, code.low),
            _line(full.high, rest.low, code.high),
            _line(full.high, rest.high, code.high),
        )


def _line(full_w: float, rest: float, code: float) -> Line:
    return Line(full_w * rest, full_w * (1.0 - rest) * code)


def shape(load: float) -> float:
    """Package power at a utilisation 0 to 1 over that at full load: straight pieces."""
    load = min(max(load, 0.0), 1.0)
    for (u0, p0), (u1, p1) in _PIECES:
        if load <= u1:
            return p0 + (p1 - p0) * (load - u0) / (u1 - u0)
    return SHAPE[-1][1]


def rise(load: float) -> float:
    """The part of the way from idle to full load, 0 to 1."""
    return (shape(load) - SHAPE[0][1]) / (1.0 - SHAPE[0][1])
