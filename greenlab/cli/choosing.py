"""Which of the ledger's notebooks a name means."""

from __future__ import annotations

from pathlib import Path, PurePath

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
    known = [each for each in ledger.breakdown("notebook") if each is not None]
    for exact in (name, str(Path(name).resolve())):
        if exact in known:
            return exact
    found = [each for each in known if PurePath(each).match(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{name} may be any of {', '.join(found)}: write more of the path")
    raise UsageError(
        f"the ledger {ledger.path} has no record of {name}: see greenlab report for what it has"
    )
