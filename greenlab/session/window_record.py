"""The record of a window: who and where, what was measured, and what it emitted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from greenlab import carbon
from greenlab.lazy_dataclasses import dataclass
from greenlab.record import CellRecord, Figure
from greenlab.session import internal_error_message
from greenlab.session.open_window import utc

if TYPE_CHECKING:
    from greenlab.meter.measurement import Measurement
    from greenlab.record import Intensity
    from greenlab.record.cell import Status
    from greenlab.record.lines import LineEnergies
    from greenlab.session.open_window import OpenWindow

_HALVES: Final = "[\ud800-\udfff]"
"""Halves of characters, which stand for bytes that are no UTF-8: no file or page takes them."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all records of a process have in common at a time."""

    kernel_id: str
    host: str
    notebook: str | None
    intensity: Intensity
    pue: float


def make_record(
    around: Surroundings,
    weighing: OpenWindow,
    measurement: Measurement,
    status: Status,
    lines: LineEnergies | None = None,
) -> CellRecord:
    """The record of one window."""
    return CellRecord(
        id=weighing.id,
        kernel_id=around.kernel_id,
        host=around.host,
        notebook=writable(around.notebook),
        cell_id=writable(weighing.cell_id),
        execution_count=weighing.execution_count,
        source_hash=weighing.source_hash() if weighing.source_hash else None,
        name=writable(weighing.name),
        started_at=utc(measurement.started_at),
        duration_s=measurement.duration_s,
        status=status,
        energy_j=measurement.energy_j,
        host_energy_j=measurement.host_energy_j,
        components=measurement.components,
        emissions_g=_emissions(measurement.energy_j, around),
        intensity=around.intensity,
        cpu_s=measurement.cpu_s,
        gpu_busy=measurement.gpu_busy,
        scope=weighing.scope,
        pue=around.pue,
        kind=weighing.kind,
        parent_id=weighing.parent_id,
        counted_in=weighing.counted_in,
        counted_elsewhere=weighing.counted_elsewhere,
        repeats=tuple(weighing.repeats),
        background=weighing.background,
        async_tail=weighing.async_tail,
        lines=lines,
        work=() if weighing.counts is None else weighing.counts.work,
    )


def writable(text: object) -> str | None:
    """A name as it can be written and sent: what is no character becomes U+FFFD."""
    if text is None or (text.__class__ is str and text.isascii()):
        return text
    return re.sub(_HALVES, "\N{REPLACEMENT CHARACTER}", str(text))


def _emissions(energy_j: Figure, around: Surroundings) -> Figure:
    try:
        return carbon.emissions(energy_j, around.intensity, around.pue)
    except Exception as error:  # noqa: BLE001  the joules are known all the same
        text = f"{type(error).__name__}: {internal_error_message.text_of(error)}"
        return Figure.missing(f"working them out failed: {text}")
