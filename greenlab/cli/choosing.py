"""Which of the ledger's notebooks a name means."""

from __future__ import annotations

from greenlab import ledger as ledgers
from greenlab.cli.output import UsageError
from greenlab.ledger import Ledger


def check_read(ledger: Ledger) -> None:
    """Before figures are told: none of an unreadable ledger, which is not an empty one.

    Raises:
        UsageError: the file holds something that cannot be read.
    """
    if ledger.unread:
        raise UsageError(ledger.warning or f"the ledger {ledger.path} cannot be read")


def notebook_named(ledger: Ledger, name: str) -> str:
    """The notebook in the ledger that a path, or the end of one, stands for.

    Raises:
        UsageError: none or several do.
    """
    try:
        return ledgers.notebook_named(ledger, name)
    except LookupError as error:
        raise UsageError(str(error)) from None
