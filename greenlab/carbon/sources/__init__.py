"""Where intensities come from: one source per file, named in `SOURCES`, the best first.

To add one, write a module with the three functions of `Source` and name it below.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

from greenlab.carbon.slots import Slot, Span, Zone
from greenlab.carbon.sources import canada, china, countries, nordic, us_states


class Source(Protocol):
    """A module that knows the intensity of some zones.

    Several may know the same zone: `greenlab.carbon.ranking` asks them in the order of
    `SOURCES`. Each raises `DataMoved` when its data cannot be read.
    """

    def find(self, zone: str) -> Zone | None:
        """The zone that a code or name means; `None` if it is not this source's."""

    def zones(self) -> Collection[str]:
        """The codes to write for its zones, for suggestions."""

    def at(self, zone: str, span: Span) -> tuple[Slot, ...]:
        """The intensity of a zone, by its code, over a span.

        The slots are in order, lie anywhere, and may leave gaps; a yearly figure is one slot,
        as long as the span. Empty: this source says nothing of the zone at that time. An
        intensity without a value says why there is none.
        """


SOURCES: Final[tuple[Source, ...]] = (countries, us_states, canada, china, nordic)
