"""`greenlab.run_card()`: what a piece of work used, for a paper, a model card or a log."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import UTC, date, datetime

from greenlab import session
from greenlab.card import software
from greenlab.card.adding import Sums, added
from greenlab.card.form import Gap, Hardware, Part, RunCard
from greenlab.ledger import notebook_named
from greenlab.moments import moment
from greenlab.record import CellRecord
from greenlab.record.cell import KIND_NAMES
from greenlab.sensors import Host
from greenlab.sensors.machine import look

__all__ = ["Gap", "Hardware", "Part", "RunCard", "card_of", "run_card"]

_OUTSIDE = (
    Gap("screens, disks, network, fans, power supply losses", "greenlab sees none of them"),
    Gap("other work", "what greenlab did not weigh: earlier tries, other tools, other people"),
    Gap("the grid figure's own uncertainty", "its sources give none; grams span the energy's"),
    Gap("water", "not estimated"),
)


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
        ValueError: `since` is no moment.
    """
    current = session.current()
    current.flush()
    if notebook is None and since is None:
        return card_of(current.records(), known_software=software.loaded())
    start = moment(since) if since is not None else None
    ledger = current.ledger
    if ledger.unread:
        raise RuntimeError(ledger.warning)
    name = notebook_named(ledger, notebook) if notebook is not None else None
    return card_of(ledger.each(notebook=name, since=start))


def card_of(
    records: Iterable[CellRecord], *, known_software: dict[str, str] | None = None
) -> RunCard:
    """The card of some records. `known_software`: what they ran with, if that is known."""
    sums = added(records)
    totals, parts = sums.tally.totals, sums.parts
    return RunCard(
        created_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        notebooks=tuple(sums.notebooks),
        started_at=_utc(sums.started),
        ended_at=_utc(sums.ended),
        cells=totals.cells,
        spans=sums.spans,
        failed=sums.statuses["error"] + sums.statuses["interrupted"],
        hosts=len(sums.hosts),
        duration_s=totals.duration_s,
        cpu_s=sums.cpu_s,
        gpu_s=sums.gpu_s,
        gpu_busy=sums.gpu_busy,
        energy_j=totals.energy_j,
        active_j=sums.tally.active_j,
        idle_j=sums.idle.figure,
        between_j=totals.between_j,
        emissions_g=totals.emissions_g,
        intensities=tuple(sums.intensities),
        pue=tuple(sorted(sums.pue)),
        parts=parts,
        hardware=_hardware(parts),
        software=known_software or {},
        gaps=tuple(_gaps(sums, known_software is not None)),
    )


def _gaps(sums: Sums, software_known: bool) -> Iterable[Gap]:
    for part in sums.parts:
        if part.energy_j.value is None or part.energy_j.lacks:
            name = f"{KIND_NAMES[part.kind]}, {part.device}"
            some = "" if part.energy_j.value is None else ", some of the time"
            yield Gap(f"{name}{some}", part.energy_j.reason or "no figure")
    totals = sums.tally.totals
    if totals.emissions_g.value is None:
        yield Gap("emissions", totals.emissions_g.reason or "not known")
    if not software_known:
        yield Gap("software versions", "the ledger does not hold them")
    if sums.hosts - {platform.node()}:
        yield Gap("hardware of other machines", "described is the one that wrote this card")
    yield from _OUTSIDE


def _hardware(parts: Iterable[Part]) -> Hardware:
    machine = look(Host())
    return Hardware(
        machine.name or None,
        machine.sockets,
        machine.threads,
        machine.memory_bytes or None,
        tuple(dict.fromkeys(part.device for part in parts if part.kind == "gpu")),
        machine.guest,
    )


def _utc(when: datetime | None) -> str | None:
    if when is None:
        return None
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
