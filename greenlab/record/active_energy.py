"""What a record's code added above idle power: the basis of ranking, marks and advice.

Idle power adds up over time, whatever runs: counting both, a cell that sleeps would be heavy.
`src/model/activeEnergy.ts` follows the same rules (`tests/active_cases.json`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from greenlab.record.cell import CellRecord, Component, ComponentKind
from greenlab.record.figure import Figure
from greenlab.record.figure_sum import total


def active(record: CellRecord) -> Figure:
    """Joules that the record's code added, over all devices.

    A device whose idle power is not known counts with its whole energy, at most; the figure's
    `reason` then says so. Missing where nothing of the energy is known.
    """
    if not record.components:
        return _whole("the machine", record.energy_j)
    return _sum(record.components)


def active_by_kind(record: CellRecord) -> dict[ComponentKind, Figure]:
    """The same by kind of device."""
    kinds: dict[ComponentKind, list[Component]] = {}
    for part in record.components:
        kinds.setdefault(part.kind, []).append(part)
    return {kind: _sum(parts) for kind, parts in kinds.items()}


def by_active(records: Iterable[CellRecord]) -> list[CellRecord]:
    """The records, those whose code added most first; those of which nothing is known last."""
    return sorted(records, key=active_or_nothing, reverse=True)


def active_or_nothing(record: CellRecord) -> float:
    """The value of `active` to sort by: below 0 where it is not known."""
    value = active(record).value
    return -1.0 if value is None else value


def _sum(parts: Sequence[Component]) -> Figure:
    only = _part(parts[0]) if len(parts) == 1 else None
    if only is not None and only.value is not None and not only.lacks:
        return only  # as most kinds have one device
    return total((one.device, _part(one)) for one in parts)


def _part(part: Component) -> Figure:
    if part.active_j.value is not None:
        return part.active_j
    return _whole(part.device, part.energy_j)


def _whole(device: str, energy_j: Figure) -> Figure:
    if energy_j.value is None:
        return energy_j
    reason = f"the idle power of {device} is not known: all of its energy counts"
    return replace(energy_j, low=0.0, reason=reason)
