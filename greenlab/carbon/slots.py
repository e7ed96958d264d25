"""Zones, stretches of time, and what electricity emits in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Self

from greenlab.lazy_dataclasses import dataclass
from greenlab.record import Intensity


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the grid. `code`: "FR", "US-CA"; `name`: as people know it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to, and without, `end`.

    Raises:
        ValueError: it has no length, or a time without an offset, which means nothing to a
            source elsewhere.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs times with an offset from UTC")
        if self.start >= self.end:
            raise ValueError(f"a span ends after it starts, got {self.start} to {self.end}")

    @classmethod
    def now(cls) -> Self:
        """This second."""
        start = datetime.now(UTC)
        return cls(start, start + timedelta(seconds=1))

    def within(self, other: Span) -> Span | None:
        """The part that is within another span."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def without(self, other: Span) -> list[Span]:
        """The parts that another span leaves."""
        if (common := self.within(other)) is None:
            return [self]
        ends = ((self.start, common.start), (common.end, self.end))
        return [Span(start, end) for start, end in ends if start < end]


@dataclass(frozen=True, slots=True)
class Slot:
    """An intensity, and the time it holds for."""

    span: Span
    intensity: Intensity


def zone_of(intensity: Intensity | None) -> Zone | None:
    """The zone of a figure."""
    return None if intensity is None else Zone(intensity.zone, intensity.zone_name)


def throughout(span: Span, intensity: Intensity | None) -> tuple[Slot, ...]:
    """The answer of a source that has one figure for all times: a yearly one."""
    return () if intensity is None else (Slot(span, intensity),)


def fill(gaps: Iterable[Span], slots: Iterable[Slot]) -> tuple[list[Slot], list[Span]]:
    """What slots tell of some gaps, and the gaps that remain. The first slot wins."""
    taken: list[Slot] = []
    left = list(gaps)
    for slot in slots:
        parts = [part for gap in left if (part := gap.within(slot.span))]
        taken += [Slot(part, slot.intensity) for part in parts]
        left = [rest for gap in left for rest in gap.without(slot.span)]
    return taken, left
