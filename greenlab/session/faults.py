"""Errors in greenlab itself, and other warnings for the user: each once."""

from __future__ import annotations

import logging

from greenlab.session import internal_error_message

log = logging.getLogger(__name__)


class Faults:
    """Keeps faults out of the user's cells, and in sight.

    Only the first of a kind is reported: later ones would differ in figures only.
    """

    def __init__(self) -> None:
        self.latest: str | None = None
        """In words for the user; `None` where nothing failed."""
        self._kinds: set[object] = set()
        self._logged: set[str] = set()

    def note(self, error: BaseException) -> None:
        """Something of greenlab's own has failed."""
        kind = internal_error_message.kind(error)
        if kind not in self._kinds:
            self._kinds.add(kind)
            self.latest = internal_error_message.describe(error)

    def were_said(self, warnings: tuple[str, ...]) -> None:
        """The user has seen them elsewhere: these are no longer logged."""
        self._logged.update(warnings)

    def log(self, warnings: tuple[str, ...]) -> None:
        """Log those that are new."""
        for text in warnings:
            if text not in self._logged:
                self._logged.add(text)
                log.warning(text)
