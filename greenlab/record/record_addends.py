"""The addends of a whole record, in the form in which sums count it: each joule once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from greenlab.record.addends import Addend, addends
from greenlab.record.cell import CellRecord
from greenlab.record.exclusive_share import rest
from greenlab.record.figure_sum import total
from greenlab.units import J_PER_KWH

_KEPT: Final = 48
_recent: tuple[tuple[CellRecord, tuple[Addend, ...]], ...] = ()
"""Replaced as a whole: several threads may ask."""


def addends_of(record: CellRecord) -> tuple[Addend, ...]:
    """What a record adds to sums: nothing where it is counted in another one.

    That of the latest records is kept: their process adds them up, and then its ledger does.
    """
    global _recent  # noqa: PLW0603
    if record.counted_in is not None:
        return ()
    for known, added in _recent:
        if known is record:
            return added
    added = tuple(addends(counted(record)))
    _recent = (*_recent[1 - _KEPT :], (record, added))
    return added


def counted(record: CellRecord) -> CellRecord:
    """The record as sums count it: this process's share, whatever scope it was shown in.

    A record part of whose time is in other records counts with the rest of it.
    Cells of the scope `host` would bring in the whole machine, those of `active` would leave
    out its idle power: neither adds up with the others.
    """
    if record.counted_elsewhere:
        return rest(record)
    if record.scope == "process":
        return record
    components = tuple(
        replace(one, energy_j=total([(one.device, one.active_j), (one.device, one.idle_j)]))
        for one in record.components
    )
    energy_j = total((part.device, part.energy_j) for part in components)
    emissions_g = record.emissions_g
    if emissions_g.value is not None and record.intensity.value is not None:
        # Not from the record's own joules: `active` may be 0 where the share is not.
        grams_per_j = record.intensity.value * record.pue / J_PER_KWH
        emissions_g = energy_j.scaled(grams_per_j).at_best(emissions_g.tier)
    return replace(
        record,
        scope="process",
        components=components,
        energy_j=energy_j,
        emissions_g=emissions_g,
    )
