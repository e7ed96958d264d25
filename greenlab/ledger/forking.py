"""Forks: SQLite's connections and the locks they hold do not survive in a child.

A child that opened the file again would share what SQLite remembers of the parent's locks, and
so hold none itself: the connections that it inherited are closed first. That is only done when
the child writes a record of its own, as most children never do.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

if TYPE_CHECKING:
    from greenlab.ledger.ledger_file import LedgerFile

_WAIT_S: Final = 0.25
"""A fork waits so long for a thread that writes a record, which takes less than 1 ms."""

_open: Final[WeakSet[LedgerFile]] = WeakSet()
_held: Final[list[LedgerFile]] = []
_inherited: Final[list[sqlite3.Connection]] = []


def note(ledger: LedgerFile) -> None:
    """Register this ledger, so that forks handle it for as long as it exists."""
    _open.add(ledger)


def close_inherited() -> None:
    """In a forked child, before it opens a ledger: let go of the parent's connections.

    One that was within a change stays as it is: to close it would undo the change in memory
    that the parent shares.
    """
    for connection in _inherited[:]:
        if not connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.close()
            _inherited.remove(connection)


def leave_former(asking: LedgerFile) -> None:
    """Have this process's other open ledgers close files that were removed."""
    for ledger in list(_open):
        if ledger is not asking and ledger.is_open and ledger.hold(_WAIT_S):
            try:
                ledger.is_current()
            finally:
                ledger.release()


def _before() -> None:
    for ledger in list(_open):
        if ledger.hold(_WAIT_S):
            _held.append(ledger)


def _in_parent() -> None:
    while _held:
        _held.pop().release()


def _in_child() -> None:
    _held.clear()
    for ledger in list(_open):
        if (connection := ledger.forked()) is not None:
            _inherited.append(connection)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
