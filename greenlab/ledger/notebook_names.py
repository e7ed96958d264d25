"""Which of the ledger's notebooks a name means."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Final

from greenlab.ledger.ledger import Ledger

_NAMED: Final = 3


def notebook_named(ledger: Ledger, name: str) -> str:
    """The notebook in the ledger that a path, or the end of one, stands for.

    Raises:
        LookupError: none or several do.
    """
    known = ledger.notebooks()
    for exact in (name, str(Path(name).resolve())):
        if exact in known:
            return exact
    found = [each for each in known if PurePath(each).match(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise LookupError(f"{name} may be any of {', '.join(found)}: write more of the path")
    some = ", ".join(known[-_NAMED:]) or "no notebook"
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    raise LookupError(
        f"the ledger {ledger.path} has no record of {name}; it has {some}{more}. Write a path "
        "or the end of one, as in study.ipynb"
    )
