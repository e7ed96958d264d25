"""From samples to joules: what each line used of a measured window, and how sure that is.

Of every device the part that work added is charged by CPU seconds, weighed with the device's
power at that time where it has a counter; what is idle power is charged by elapsed time; a
GPU's part by elapsed time and its power then. The parts of all lines and the rest add up to the
window's energy.

How sure: a line's share is a share of samples, so its interval is Wilson's for a binomial, with
as many samples as those of different weight are worth (Kish's effective size), combined with
the window's own interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from greenlab.interval import wilson
from greenlab.lines.samples import Samples, Slot
from greenlab.meter.timeline import DeviceKey
from greenlab.record.figure import Figure

if TYPE_CHECKING:
    from greenlab.meter.measurement import Measurement
    from greenlab.record import Component

MOST_TIMES: Final = 4.0
"""How far a slot's joules per CPU second may lie from the mean: beyond it other programs, or a
counter that lags, say more of it than the user's code."""
LEAST_S: Final = 1e-9
"""Of time below it nothing is said."""


class Charged(NamedTuple):
    """Joules by key of the samples. `gpu_j`: the part of GPUs, `None` without one. `active_j`:
    the part that is not idle power. `share_low`, `share_high`: bounds of each key's share of
    the window's energy by the samples alone.
    """

    energy_j: dict[int, float]
    active_j: dict[int, float]
    gpu_j: dict[int, float] | None
    total_j: float
    samples_worth: float

    def figure(self, keys: Iterable[int], energy_j: Figure) -> Figure:
        """The figure of some keys together, as a part of the window's `energy_j`."""
        joules = math.fsum(self.energy_j.get(key, 0.0) for key in keys)
        return part_of(energy_j, joules, self.total_j, self.samples_worth)


def charge(samples: Samples, measurement: Measurement) -> Charged | None:
    """Share a window's energy out to what was seen in it; `None` where that is not known."""
    total = measurement.energy_j.value
    if total is None or not samples:
        return None
    slots = list(samples.slots)
    energy: dict[int, float] = {}
    active: dict[int, float] = {}
    gpu: dict[int, float] | None = None
    work_j = time_j = 0.0
    by_time = _by_time(slots, measurement)
    for part in measurement.components:
        whole_j = part.energy_j.value
        if whole_j is None:
            continue
        added_j = whole_j if part.active_j.value is None else min(part.active_j.value, whole_j)
        by_work = _by_work(part, slots, measurement)
        for key in {*by_work, *by_time}:
            added = added_j * by_work.get(key, 0.0)
            used = added + (whole_j - added_j) * by_time.get(key, 0.0)
            energy[key] = energy.get(key, 0.0) + used
            active[key] = active.get(key, 0.0) + added
            if part.kind == "gpu":
                gpu = gpu if gpu is not None else {}
                gpu[key] = gpu.get(key, 0.0) + used
        if part.kind != "gpu":
            work_j += added_j
        time_j += whole_j if part.kind == "gpu" else whole_j - added_j
    charged_j = math.fsum(energy.values())
    if charged_j > total > 0:
        energy = {key: joules * total / charged_j for key, joules in energy.items()}
    worth = _worth(samples, work_j, time_j, measurement)
    return Charged(energy, active, gpu, total, worth)


def part_of(whole: Figure, part: float, total: float, samples: float) -> Figure:
    """A part of a figure, found by samples that are worth so many equal ones."""
    share = min(1.0, part / total) if total > 0 else 0.0
    low_share, high_share = wilson(share, samples)
    low = None if whole.low is None else whole.low * low_share
    high = None if whole.high is None else whole.high * high_share
    if low is not None:
        low = min(low, part)
    if high is not None:
        high = max(high, part)
    return replace(
        whole, value=part, low=low, high=high, level=min(whole.level, 0.95), reason=None
    )


def _by_time(slots: Sequence[Slot], measurement: Measurement) -> dict[int, float]:
    """Each key's part of the window's time, 0 to 1 in all."""
    spent: dict[int, float] = {}
    for slot in slots:
        for key, one in slot.spent.items():
            spent[key] = spent.get(key, 0.0) + one.duration_s
    whole_s = max(measurement.duration_s, math.fsum(spent.values()))
    return {key: s / whole_s for key, s in spent.items()} if whole_s > 0 else {}


def _by_work(
    part: Component, slots: Sequence[Slot], measurement: Measurement
) -> dict[int, float]:
    """Each key's part of what work added on a device."""
    if part.kind == "gpu":
        return _by_power(part, slots, measurement)
    used_s = math.fsum(one.cpu_s for slot in slots for one in slot.spent.values())
    whole_s = max(measurement.cpu_s or 0.0, used_s)
    if whole_s <= 0:
        return {}
    weights = _powers(part, slots, measurement)
    weighed = math.fsum(
        weight * one.cpu_s
        for weight, slot in zip(weights, slots, strict=True)
        for one in slot.spent.values()
    )
    # What was used outside of the samples counts with the mean power.
    scale = used_s / weighed if weighed > 0 else 0.0
    shares: dict[int, float] = {}
    for weight, slot in zip(weights, slots, strict=True):
        for key, one in slot.spent.items():
            shares[key] = shares.get(key, 0.0) + weight * scale * one.cpu_s / whole_s
    return shares


def _powers(part: Component, slots: Sequence[Slot], measurement: Measurement) -> list[float]:
    """Joules per CPU second in each slot, of the mean; 1 where there is no counter."""
    joules = _joules(part, slots, measurement)
    if joules is None:
        return [1.0] * len(slots)
    length = measurement.duration_s
    idle_j = _idle_of_machine(part, measurement)
    added = [
        max(0.0, j - idle_j * (slot.ended - slot.begun) / length)
        for j, slot in zip(joules, slots, strict=True)
    ]
    cpu_s = [math.fsum(one.cpu_s for one in slot.spent.values()) for slot in slots]
    sums = math.fsum(j for j, s in zip(added, cpu_s, strict=True) if s > 0), math.fsum(cpu_s)
    if min(sums) <= 0:
        return [1.0] * len(slots)
    mean = sums[0] / sums[1]
    return [
        min(max(j / s / mean, 1 / MOST_TIMES), MOST_TIMES) if s > 0 else 1.0
        for j, s in zip(added, cpu_s, strict=True)
    ]


def _by_power(
    part: Component, slots: Sequence[Slot], measurement: Measurement
) -> dict[int, float]:
    """Each key's part of a GPU's work: its time, weighed with the power then."""
    joules = _joules(part, slots, measurement)
    if joules is None:
        return _by_time(slots, measurement)
    host_j = part.host_energy_j.value or 0.0
    idle_j = min(_idle_of_machine(part, measurement), host_j)
    added_j = host_j - idle_j
    if added_j <= 0:
        return _by_time(slots, measurement)
    shares: dict[int, float] = {}
    length = measurement.duration_s
    begun = measurement.timeline.begun if measurement.timeline is not None else 0.0
    ended = begun + length
    for j, slot in zip(joules, slots, strict=True):
        inside_s = max(0.0, min(slot.ended, ended) - slot.begun)
        if inside_s <= 0:
            continue
        power = max(0.0, j - idle_j * inside_s / length) / added_j
        for key, one in slot.spent.items():
            shares[key] = shares.get(key, 0.0) + power * min(1.0, one.duration_s / inside_s)
    whole = math.fsum(shares.values())
    return {key: share / max(1.0, whole) for key, share in shares.items()}


def _joules(
    part: Component, slots: Sequence[Slot], measurement: Measurement
) -> list[float] | None:
    """The whole device's joules in each slot, by its counter; `None` where it has none."""
    timeline, whole_j = measurement.timeline, part.host_energy_j.value
    counted = {DeviceKey.of(one) for one in measurement.counted.values()}
    if timeline is None or whole_j is None or DeviceKey.of(part) not in counted:
        return None
    key = DeviceKey.of(part)
    return [
        whole_j * timeline.share_between(slot.begun, slot.ended).get(key, 0.0) for slot in slots
    ]


def _idle_of_machine(part: Component, measurement: Measurement) -> float:
    """The whole device's idle joules in the window: what no work added, by anyone."""
    host_j, active_j = part.host_energy_j.value or 0.0, part.active_j.value
    if active_j is None:
        return 0.0
    busy_s, own_s = measurement.busy_s.mid, measurement.cpu_s
    others = 1.0
    if part.kind == "cpu" and own_s and busy_s > own_s:
        others = busy_s / own_s
    return max(0.0, host_j - active_j * others)


def _worth(samples: Samples, work_j: float, time_j: float, measurement: Measurement) -> float:
    """How many samples of one weight these are worth: the square of the sum of the weights over
    the sum of their squares.
    """
    spent: Mapping[int, tuple[float, float]] = samples.total
    cpu_s = math.fsum(one[0] for one in spent.values())
    per_cpu_s = work_j / cpu_s if cpu_s > LEAST_S else 0.0
    length_s = measurement.duration_s
    per_s = time_j / length_s if length_s > LEAST_S else 0.0
    weight = per_cpu_s * cpu_s + per_s * math.fsum(one[1] for one in spent.values())
    cpu_2, time_2, both = samples.squares
    squares = per_cpu_s**2 * cpu_2 + per_s**2 * time_2 + 2 * per_cpu_s * per_s * both
    return weight * weight / squares if squares > 0 else 0.0
