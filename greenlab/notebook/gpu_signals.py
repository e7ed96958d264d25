"""What a heavy cell's advice may know of the GPU: its power, its limit and its memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from greenlab.advice.signals import Signals
from greenlab.record import CellRecord

if TYPE_CHECKING:
    from greenlab.sensors.base import GpuState

    GpuStates = Callable[[], Mapping[str, GpuState]]


def added(signals: Signals, record: CellRecord, states: GpuStates) -> Signals:
    """The signals with those of the GPU that drew most, the whole of it.

    The driver is asked only where the cell has a GPU's energy.
    """
    powers_w = {
        part.device: part.host_energy_j.value / record.duration_s
        for part in record.components
        if part.kind == "gpu" and part.host_energy_j.value is not None
    }
    if not powers_w:
        return signals
    device = max(powers_w, key=lambda name: powers_w[name])
    state = states().get(device)
    return replace(
        signals,
        gpu_power_w=powers_w[device],
        gpu_limit_w=state.limit_w if state else None,
        gpu_memory_share=state.memory_share if state else None,
    )
