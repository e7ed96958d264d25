"""A record's `lines`: what each line used, and what is on none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from greenlab.lines.calls import Place
from greenlab.lines.charge import Charged, part_of
from greenlab.lines.sources import Sources
from greenlab.lines.window_code import TOP
from greenlab.record.lines import LineEnergies, LineUse

if TYPE_CHECKING:
    from greenlab.lines.sampler import Watched
    from greenlab.meter.measurement import Measurement

NOT_SAMPLED = "It ended before a sample was taken."


def line_energies(
    watched: Watched,
    measurement: Measurement,
    charged: Charged | None,
    sources: Sources,
) -> LineEnergies | None:
    """The lines of one window; `None` where it was neither sampled nor was that asked for."""
    samples, energy_j = watched.samples, measurement.energy_j
    if samples is None or charged is None:
        if not watched.asked:
            return None
        why = energy_j.reason if energy_j.value is None else NOT_SAMPLED
        return LineEnergies((), (), energy_j, 0.0, None, 0, True, None, watched.note or why)
    spent = samples.total
    inner: dict[Place, list[int]] = {}
    outer: dict[Place, list[int]] = {}
    for key, seen in enumerate(samples.seen):
        if seen.inner is not None:
            inner.setdefault(seen.inner, []).append(key)
            outer.setdefault(seen.outer or seen.inner, []).append(key)

    def uses(places: dict[Place, list[int]]) -> tuple[LineUse, ...]:
        found = [_use(place, keys) for place, keys in places.items()]
        return tuple(sorted(found, key=lambda one: -(one.energy_j.value or 0.0)))

    def _use(place: Place, keys: Iterable[int]) -> LineUse:
        keys = tuple(keys)
        where = sources.place(place)
        joules = None
        if charged.gpu_j is not None:
            joules = math.fsum(charged.gpu_j.get(key, 0.0) for key in keys)
        return LineUse(
            file=where.file,
            line=where.line,
            energy_j=charged.figure(keys, energy_j),
            cpu_s=math.fsum(spent[key].cpu_s for key in keys if key in spent),
            duration_s=math.fsum(spent[key].duration_s for key in keys if key in spent),
            samples=round(sum(samples.counts[key] for key in keys)),
            cell_id=where.cell_id,
            execution_count=where.execution_count,
            function=None if (name := sources.function(place)) == TOP else name,
            text=sources.text(place),
            gpu_j=joules,
        )

    code = uses(inner)
    rest = max(0.0, charged.total_j - math.fsum(one.energy_j.value or 0.0 for one in code))
    count = round(sum(samples.counts))
    return LineEnergies(
        code=code,
        cell=uses(outer),
        rest_j=part_of(energy_j, rest, charged.total_j, charged.samples_worth),
        sampled_s=samples.covered_s,
        period_s=samples.covered_s / count if count else None,
        samples=count,
        asked=watched.asked,
        gpu=watched.gpu if charged.gpu_j is not None else None,
        note=watched.note,
    )
