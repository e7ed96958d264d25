"""A run card made of sums."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePath

from greenlab.host.host import Host
from greenlab.host.machine import look
from greenlab.record import CellRecord, Figure
from greenlab.record.cell import KIND_NAMES
from greenlab.record.summary import Summary, summary
from greenlab.record.tally import DeviceTally
from greenlab.reports.card.document import CardPart, Hardware, MissingPart, RunCard

_OUTSIDE = (
    MissingPart(
        "screens, disks, network, fans, power supply losses", "greenlab sees none of them"
    ),
    MissingPart(
        "other work",
        "what greenlab did not measure: earlier attempts, other tools, other people",
    ),
    MissingPart(
        "the grid figure's own uncertainty", "its sources give none; grams span the energy's"
    ),
    MissingPart("water", "not estimated"),
)


def card_of(
    records: Iterable[CellRecord], *, known_software: dict[str, str] | None = None
) -> RunCard:
    """The card of some records. `known_software`: what they ran with, if that is known."""
    return card_of_sums(summary(records), known_software=known_software)


def card_of_sums(sums: Summary, *, known_software: dict[str, str] | None = None) -> RunCard:
    """The card of records that are summed up. `known_software`: what they ran with."""
    tally = sums.tally
    totals, runs = tally.totals, tally.runs
    parts = tuple(map(_part, tally.devices))
    busy_s, told_s = tally.seconds("gpu_busy"), tally.seconds("gpu_told")
    return RunCard(
        created_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        # Only the name: a path reveals who and where.
        notebooks=tuple(dict.fromkeys(PurePath(name).name for name in sums.notebooks)),
        started_at=_utc(sums.started),
        ended_at=_utc(sums.ended),
        cells=totals.cells,
        spans=sum(count for run, count in runs.items() if run.kind == "span"),
        failed=sum(count for run, count in runs.items() if run.status != "ok"),
        hosts=len({run.host for run in runs}),
        duration_s=totals.duration_s,
        cpu_s=tally.seconds("cpu"),
        gpu_s=tally.seconds("gpu") or 0.0,
        gpu_busy=busy_s / told_s if busy_s is not None and told_s else None,
        energy_j=totals.energy_j,
        active_j=tally.active_j,
        idle_j=tally.idle_j,
        between_j=totals.between_j,
        emissions_g=totals.emissions_g,
        intensities=tuple(dict.fromkeys(run.intensity for run in runs)),
        pue=tuple(sorted({run.pue for run in runs})),
        parts=parts,
        hardware=_hardware(parts),
        software=known_software or {},
        gaps=tuple(_gaps(sums, totals.emissions_g, parts, known_software is not None)),
        work=totals.work,
    )


def _part(one: DeviceTally) -> CardPart:
    energy_j, active_j, idle_j = (tally.figure for tally in one.shares.values())
    return CardPart(one.kind, one.device, one.source, energy_j, active_j, idle_j)


def _gaps(
    sums: Summary, emissions_g: Figure, parts: Iterable[CardPart], software_known: bool
) -> Iterable[MissingPart]:
    for part in parts:
        if part.energy_j.value is None or part.energy_j.lacks:
            name = f"{KIND_NAMES[part.kind]}, {part.device}"
            some = "" if part.energy_j.value is None else ", some of the time"
            yield MissingPart(f"{name}{some}", part.energy_j.reason or "no figure")
    if emissions_g.value is None:
        yield MissingPart("emissions", emissions_g.reason or "not known")
    if not software_known:
        yield MissingPart("software versions", "the ledger does not hold them")
    if {run.host for run in sums.tally.runs} - {platform.node()}:
        yield MissingPart(
            "hardware of other machines", "described is the one that wrote this card"
        )
    yield from _OUTSIDE


def _hardware(parts: Iterable[CardPart]) -> Hardware:
    machine = look(Host())
    return Hardware(
        machine.name or None,
        machine.sockets,
        machine.threads,
        machine.memory_bytes or None,
        tuple(dict.fromkeys(part.device for part in parts if part.kind == "gpu")),
        machine.guest,
    )


def _utc(epoch_s: float | None) -> str | None:
    if epoch_s is None:
        return None
    moment = datetime.fromtimestamp(epoch_s, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
