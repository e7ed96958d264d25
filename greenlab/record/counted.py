"""A record as sums count it."""

from __future__ import annotations

from dataclasses import replace

from greenlab.record.cell import CellRecord
from greenlab.record.figure_sum import total
from greenlab.record.rest import rest
from greenlab.units import J_PER_KWH


def counted(record: CellRecord) -> CellRecord:
    """The record as sums count it: this process's share, whatever scope it was shown in.

    What lies in other records with a part of its time counts with the rest of it.
    Cells of the scope `host` would bring in the whole machine, those of `active` would leave
    out its power at rest: neither adds up with the others.
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
