"""What is left of a record of which other ones hold a part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from greenlab.record.figure import Figure
from greenlab.record.figure_sum import total
from greenlab.record.unit_counts import UnitCount
from greenlab.units import J_PER_KWH

if TYPE_CHECKING:
    from greenlab.record.cell import CellRecord, Component


def rest(record: CellRecord) -> CellRecord:
    """This process's share in the time that no other record has, as a record of its own.

    Idle power is the same all the time. When the work was done is not known: it is taken to be
    spread evenly, and may as well be wholly in this part or in the other.
    """
    part = 1.0 - record.counted_elsewhere
    components = tuple(_rest(one, part) for one in record.components)
    if components:
        energy_j = total((one.device, one.energy_j) for one in components)
    else:
        energy_j = _spread(record.energy_j, part)
    emissions_g = _spread(record.emissions_g, part)
    if energy_j.value is not None and record.intensity.value is not None:
        grams_per_j = record.intensity.value * record.pue / J_PER_KWH
        emissions_g = energy_j.scaled(grams_per_j).at_best(record.emissions_g.tier)
    return replace(
        record,
        counted_elsewhere=0.0,
        scope="process",
        duration_s=record.duration_s * part,
        cpu_s=None if record.cpu_s is None else record.cpu_s * part,
        components=components,
        energy_j=energy_j,
        emissions_g=emissions_g,
        work=tuple(map(_work, record.work)),
    )


def _work(one: UnitCount) -> UnitCount:
    """What no other record counts. Whether the energy of its own is elsewhere is not known."""
    return replace(one, count=one.count - one.counted_elsewhere, counted_elsewhere=0.0)


def _rest(one: Component, part: float) -> Component:
    active_j, idle_j = _spread(one.active_j, part), one.idle_j.scaled(part)
    if active_j.value is None or idle_j.value is None:
        energy_j = _spread(one.energy_j, part)
    else:
        energy_j = total([(one.device, active_j), (one.device, idle_j)])
    return replace(one, energy_j=energy_j, active_j=active_j, idle_j=idle_j)


def _spread(figure: Figure, part: float) -> Figure:
    scaled = figure.scaled(part)
    return scaled if scaled.value is None else replace(scaled, low=0.0, high=figure.high)
