"""What was measured of a cell, as the advice reads it, and when that is worth a word."""

from __future__ import annotations

from dataclasses import dataclass, field

from greenlab import settings, units
from greenlab.record import Figure

# Summed over runs of the same code, a cell is heavy from this many times the seconds of one.
REPEATED_FACTOR = 6.0
# Mean cores, and the share of the GPU, below which a cell mostly waited for something else.
WAITED_CORES = 0.3
WAITED_GPU = 0.05


@dataclass(frozen=True, slots=True)
class Signals:
    """Times in seconds, powers in watts, shares and `gpu_busy` from 0 to 1, `None` if unknown.

    `gpu_power_w`: mean of the GPU that drew most, `gpu_limit_w` its power limit;
    `gpu_memory_share`: of its memory, at the end of the cell. `intensity_g_per_kwh`: of the
    grid of `zone_name`, `cleaner` the names and figures of others. `runs`: how often code with
    this hash ran, this run included; `total_duration_s`: over all of them. `warnings`: what
    libraries warned of while the cell ran.
    """

    duration_s: float
    energy_j: Figure = field(default_factory=lambda: Figure.missing("not measured"))
    cpu_s: float | None = None
    gpu_busy: float | None = None
    gpu_power_w: float | None = None
    gpu_limit_w: float | None = None
    gpu_memory_share: float | None = None
    intensity_g_per_kwh: float | None = None
    zone_name: str = ""
    cleaner: tuple[tuple[str, float], ...] = ()
    runs: int = 1
    total_duration_s: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def cpu_cores(self) -> float | None:
        """Mean number of busy CPU cores; `None` when the CPU time is not known."""
        if self.cpu_s is None or self.duration_s <= 0:
            return None
        return self.cpu_s / self.duration_s

    @property
    def used_s(self) -> float:
        """The CPU's seconds, or those of the clock where they are not known."""
        return self.duration_s if self.cpu_s is None else self.cpu_s

    def waited(self, *, gpu: bool = False) -> bool:
        """Whether the CPU, or the GPU, had next to nothing to do; not where that is unknown."""
        share, least = (self.gpu_busy, WAITED_GPU) if gpu else (self.cpu_cores, WAITED_CORES)
        return share is not None and share < least

    def busy(self, *, gpu: bool = False) -> tuple[str, ...]:
        """How busy the CPU, or the GPU, was, in a sentence; none where that is unknown."""
        if gpu:
            share = self.gpu_busy
            return () if share is None else (f"The GPU was busy {share:.0%} of the time.",)
        cores = self.cpu_cores
        return () if cores is None else (f"On average {cores:.1f} CPU cores were busy.",)

    def heavy(self, min_s: float | None = None) -> bool:
        """Whether the cell used enough for advice to pay.

        `min_s`: seconds of one run; `None` takes `GREENLAB_ADVICE_MIN_S` or 5. Six times
        that, summed over the runs of the same code, counts as well.
        """
        least = settings.ADVICE_MIN_S.number if min_s is None else min_s
        total = self.duration_s if self.total_duration_s is None else self.total_duration_s
        return self.duration_s >= least or total >= least * REPEATED_FACTOR

    def facts(self) -> tuple[str, ...]:
        """The weight of the cell in words."""
        took = f"The cell took {units.duration(self.duration_s)}"
        energy = self.energy_j
        if energy.value is None:
            weight = f"{took}; its energy is not known: {energy.reason or 'no sensor'}."
        else:
            weight = f"{took} and used {units.energy(energy.value)} ({energy.tier})."
        if self.runs > 1 and self.total_duration_s is not None:
            total = units.duration(self.total_duration_s)
            return (weight, f"The same code ran {self.runs} times, {total} in all.")
        return (weight,)
