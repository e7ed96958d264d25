"""The record of a window: who and where, what was measured, and what it emitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenlab import carbon
from greenlab.record import CellRecord
from greenlab.session.weighing import utc

if TYPE_CHECKING:
    from greenlab.meter.measurement import Measurement
    from greenlab.record import Intensity
    from greenlab.record.cell import Status
    from greenlab.session.weighing import Weighing


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all records of a process have in common at a time."""

    kernel_id: str
    host: str
    notebook: str | None
    intensity: Intensity
    pue: float


def make_record(
    around: Surroundings, weighing: Weighing, measurement: Measurement, status: Status
) -> CellRecord:
    """The record of one window."""
    return CellRecord(
        id=weighing.id,
        kernel_id=around.kernel_id,
        host=around.host,
        notebook=around.notebook,
        cell_id=weighing.cell_id,
        execution_count=weighing.execution_count,
        source_hash=weighing.source_hash() if weighing.source_hash else None,
        name=weighing.name,
        started_at=utc(measurement.started_at),
        duration_s=measurement.duration_s,
        status=status,
        energy_j=measurement.energy_j,
        host_energy_j=measurement.host_energy_j,
        components=measurement.components,
        emissions_g=carbon.emissions(measurement.energy_j, around.intensity, around.pue),
        intensity=around.intensity,
        cpu_s=measurement.cpu_s,
        gpu_busy=measurement.gpu_busy,
        scope=weighing.scope,
        pue=around.pue,
        kind=weighing.kind,
        parent_id=weighing.parent_id,
        repeats=tuple(weighing.repeats),
        background=weighing.background,
        async_tail=weighing.async_tail,
    )
