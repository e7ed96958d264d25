"""Which of the ledger's records are meant, and what to say where there are none."""

from __future__ import annotations

from argparse import Namespace

from greenlab import ledger as ledgers
from greenlab.cli.errors import FailedError, UsageError
from greenlab.ledger import Ledger


def check_read(ledger: Ledger) -> None:
    """Before figures are shown: an unreadable ledger is not an empty one.

    Raises:
        FailedError: the file holds something that cannot be read.
    """
    if ledger.unread:
        raise FailedError(ledger.warning or f"the ledger {ledger.path} cannot be read")


def nothing(ledger: Ledger, args: Namespace | None) -> FailedError:
    """Why the ledger has no such records, or none at all, and what to do."""
    trouble = ledger.warning or ledgers.full_disk(ledger.path)
    if trouble:
        return FailedError(trouble)
    if args is not None and args.since is not None:
        of = f" of {args.notebook}" if args.notebook else ""
        since = args.since.isoformat(" ", "minutes")
        return FailedError(f"the ledger {ledger.path} has no records{of} since {since}")
    return FailedError(
        f"the ledger {ledger.path} has no records yet: measure cells with %load_ext greenlab "
        "in a notebook, or with greenlab run NOTEBOOK"
    )


def notebook_named(ledger: Ledger, name: str) -> str:
    """The notebook in the ledger that a path, or the end of one, stands for.

    Raises:
        FailedError: the ledger cannot be used, or holds nothing.
        UsageError: none or several do.
    """
    try:
        return ledgers.notebook_named(ledger, name)
    except LookupError as error:
        if ledger.warning or not ledger.breakdown("notebook"):
            raise nothing(ledger, None) from None
        raise UsageError(str(error)) from None
