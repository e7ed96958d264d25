"""Run cards, for papers and model cards: `greenlab card`, `greenlab.run_card()`.

What the ledger holds about a notebook, for a paper or a model card. Software versions are not
in the ledger: `greenlab.run_card()` in the notebook itself has them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from greenlab.ledger import notebook_named
from greenlab.moments import moment
from greenlab.record.summary import Summary
from greenlab.reports.card.document import CardPart, Hardware, MissingPart, RunCard
from greenlab.reports.card.from_sums import card_of, card_of_sums

__all__ = [
    "HELP",
    "NAME",
    "CardPart",
    "Hardware",
    "MissingPart",
    "RunCard",
    "card_of",
    "card_of_sums",
    "of_sums",
    "run_card",
]

NAME: Final = "card"
HELP: Final = "write a run card: what was used, with method and gaps"


def of_sums(sums: Summary) -> RunCard:
    """The card of what a ledger holds, which does not know the software."""
    return card_of_sums(sums)


def run_card(
    notebook: str | None = None, *, since: str | date | datetime | None = None
) -> RunCard:
    """The card of this kernel's records; with an argument, of the ledger's.

        card = greenlab.run_card()
        card.to_markdown("footprint.md")
        greenlab.run_card(since="7d")

    `notebook`: its path or the end of it, in all its sessions. `since`: a date or time, as
    an object or as text (`2026-11-20`, `2026-11-20T09:30`), `today`, or an age (`12h`, `7d`,
    `2w`), as in `greenlab report --since`; local time unless it says otherwise.

    Raises:
        LookupError: the ledger has no such notebook, or several that end so.
        RuntimeError: the ledger cannot be read.
        ValueError: `since` is not a moment.
    """
    # Here, as a card of the ledger needs neither meter nor sensors.
    from greenlab import session
    from greenlab.reports.card import software

    current = session.current()
    current.flush()
    if notebook is None and since is None:
        return card_of(current.records(), known_software=software.loaded())
    start = moment(since) if since is not None else None
    ledger = current.ledger
    if ledger.unread:
        raise RuntimeError(ledger.warning)
    name = notebook_named(ledger, notebook) if notebook is not None else None
    return card_of_sums(ledger.summary(notebook=name, since=start))
