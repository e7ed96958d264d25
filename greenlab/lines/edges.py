"""Where one line ended and the next one began, between two looks that saw different ones.

What was used between two looks at the same line is that line's. Between different ones the edge
lies somewhere in the time that the sampling thread waited:

- at its beginning, where the look before came late because C code held the interpreter's lock:
  that call had just ended;
- where the CPU time says, if one of the two lines computes and the other one sleeps;
- else in its middle, so that no line is favoured.

Whatever came after that wait is the second line's, which did not give the lock away.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from greenlab.lines.samples import Samples, Used
from greenlab.lines.stack import Parts, Seen

IDLE: Final = 0.1
"""CPU seconds per second: a line that uses less sleeps or waits."""
BUSY: Final = 0.5
"""One that uses more computes."""


class Look(NamedTuple):
    """One look at a thread: the lines that share what was `used` since the one before, the
    first `waited_s` of it before anything was due, and whether the lock was `held` after that.
    """

    seen: Seen
    parts: Parts
    used: Used
    waited_s: float
    held: bool

    @property
    def rate(self) -> float:
        """CPU seconds per second since the look before."""
        duration_s = self.used.until - self.used.since
        return self.used.cpu_s / duration_s if duration_s > 0 else 0.0

    def is_at(self, other: Look) -> bool:
        """Whether both saw the same line."""
        return self.seen[:2] == other.seen[:2]


class Edges:
    """Charges one window's samples with what one thread used, look by look."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._last: Look | None = None
        self._rate: float | None = None
        """Of the line that was seen last, as far as two looks in a row saw it."""
        self._edge: tuple[Look, float | None, Look] | None = None
        """A look, the rate of its line, and one at another line: what lies between them is
        charged once the next look tells the rate of that line.
        """

    def add(self, look: Look) -> None:
        """One more look."""
        last, stays = self._last, self._last is None or look.is_at(self._last)
        self._settle(look.rate if stays else None)
        if last is None or stays:
            self._charge(look.parts, look.used)
            self._rate = look.rate if last is not None else None
        else:
            self._edge = last, self._rate, look
            self._rate = None
        self._last = look

    def stay(self, cpu_s: float, until: float, looks: int, *, held: bool) -> None:
        """More looks that saw the same line as the last one. `held`: see `Look`."""
        last = self._last
        if last is not None:
            since = last.used.until
            used = Used(cpu_s, since, until, last.used.period_s, looks)
            self.add(last._replace(used=used, waited_s=until - since, held=held))

    def end(self, cpu_s: float, until: float) -> None:
        """The window has ended: what was used since the last look is that line's."""
        self._settle(None)
        last = self._last
        if last is not None and until > last.used.until:
            since = last.used.until
            self._charge(last.parts, Used(cpu_s, since, until, last.used.period_s, looks=0))
        self._last = None

    def _settle(self, rate: float | None) -> None:
        """Charge what lies at an edge. `rate`: of the second line, `None` if not known."""
        if self._edge is None:
            return
        before, rate_before, look = self._edge
        self._edge = None
        used = look.used
        first_s, cpu_s = _first_part(before, rate_before, look, rate)
        if first_s > 0:
            at = used.since + first_s
            self._charge(before.parts, used._replace(cpu_s=cpu_s, until=at, looks=0))
            used = used._replace(cpu_s=used.cpu_s - cpu_s, since=at)
        self._charge(look.parts, used)

    def _charge(self, parts: Parts, used: Used) -> None:
        for seen, part in parts:
            self._samples.add(seen, used, part)


def _first_part(
    before: Look, rate_before: float | None, look: Look, rate: float | None
) -> tuple[float, float]:
    """Elapsed and CPU seconds of an edge that are the first line's."""
    used = look.used
    duration_s = used.until - used.since
    most_s = min(look.waited_s, duration_s)
    if before.held or most_s <= 0:
        return 0.0, 0.0
    if rate_before is not None and rate is not None:
        if rate_before < IDLE and rate > BUSY:
            return _inside(duration_s - used.cpu_s / rate, most_s), 0.0
        if rate < IDLE and rate_before > BUSY:
            return _inside(used.cpu_s / rate_before, most_s), used.cpu_s
    first_s = most_s / 2
    return first_s, used.cpu_s * first_s / duration_s


def _inside(seconds: float, most_s: float) -> float:
    return min(max(seconds, 0.0), most_s)
