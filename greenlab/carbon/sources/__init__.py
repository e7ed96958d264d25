"""Where intensities come from: one source per file, named in `SOURCES`.

To add one, write a module with the two functions of `Source` and name it below.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

from greenlab.carbon.sources import canada, china, countries, nordic, us_states
from greenlab.record import Intensity


class Source(Protocol):
    """A module that knows the intensity of some zones."""

    def find(self, zone: str) -> Intensity | None:
        """The intensity of a zone given by code or name; `None` if it is not this source's.

        Raises:
            DataMoved: its data cannot be read.
        """

    def zones(self) -> Collection[str]:
        """The codes to write for its zones, for suggestions."""


SOURCES: Final[tuple[Source, ...]] = (countries, us_states, canada, china, nordic)
