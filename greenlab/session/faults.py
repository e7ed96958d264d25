"""Faults of greenlab's own, and what else the user should be told: each once."""

from __future__ import annotations

import logging

from greenlab.session import own_fault

log = logging.getLogger(__name__)


class Faults:
    """Keeps faults out of the user's cells, and in sight.

    The first one of a kind is told: the next ones would say the same in other figures.
    """

    def __init__(self) -> None:
        self.latest: str | None = None
        """In words for the user; `None` where nothing failed."""
        self._kinds: set[object] = set()
        self._logged: set[str] = set()

    def note(self, error: BaseException) -> None:
        """Something of greenlab's own has failed."""
        kind = own_fault.kind(error)
        if kind not in self._kinds:
            self._kinds.add(kind)
            self.latest = own_fault.describe(error)

    def were_said(self, warnings: tuple[str, ...]) -> None:
        """Somebody else has told the user: these are not logged any more."""
        self._logged.update(warnings)

    def log(self, warnings: tuple[str, ...]) -> None:
        """Log those that are new."""
        for text in warnings:
            if text not in self._logged:
                self._logged.add(text)
                log.warning(text)
