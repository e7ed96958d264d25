"""The session of this process: one, opened when first asked for."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import Final

from greenlab.host.forks import renew_after_fork
from greenlab.session import internal_error_message
from greenlab.session.session import Session

log = logging.getLogger(__name__)


class _Process:
    """What this process has one of."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.said: set[object] = set()
        self.renew()

    def renew(self) -> None:
        """After a fork: whoever held the lock is not in the child."""
        # Of the thread: a signal's handler may measure too, in the midst of the first call.
        self.lock = threading.RLock()


_process: Final = _Process()


def current() -> Session:
    """The session of this process, opened when first asked for."""
    if (known := _process.session) is not None:
        return known
    renew_after_fork(_process)
    with _process.lock:
        if _process.session is None:
            _process.session = Session()
        return _process.session


def opened() -> Session | None:
    """The session of this process, if there is one."""
    return _process.session


def close_current() -> None:
    """Close the session of this process, if there is one."""
    with _process.lock:
        if _process.session is not None:
            _process.session.close()
            _process.session = None


def note_trouble(error: BaseException) -> None:
    """Say a fault of greenlab's own, once: where no session can be opened, in the log."""
    with contextlib.suppress(Exception):
        if _process.session is not None:
            _process.session.note_trouble(error)
        elif (kind := internal_error_message.kind(error)) not in _process.said:
            _process.said.add(kind)
            log.warning(internal_error_message.describe(error))


def forget() -> None:
    """In a forked child whose records are nobody's: the next `current` opens another."""
    renew_after_fork(_process)
    _process.session = None
