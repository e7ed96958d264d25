"""What was measured of a cell, as the advice reads it, and when that is worth a word."""

from __future__ import annotations

import os
from dataclasses import field, replace

from greenlab import settings, units
from greenlab.lazy_dataclasses import dataclass
from greenlab.record import Figure, figure_display

# Summed over runs of the same code, a cell is heavy from this many times the seconds of one.
REPEATED_FACTOR = 6.0
# Mean cores, and the share of the GPU, below which a cell mostly waited for something else.
WAITED_CORES = 0.3
WAITED_GPU = 0.05
# What a busy core adds, in watts, as a rule: 65 W by 8 cores to 280 W by 64. In its seconds is
# reckoned the work of a GPU that does not tell how busy it is.
CORE_W = 7.0


@dataclass(frozen=True, slots=True)
class Signals:
    """Times in seconds, powers in watts, shares and `gpu_busy` from 0 to 1, `None` if unknown.

    `gpu_power_w`: mean of the GPU that drew most, `gpu_limit_w` its power limit;
    `gpu_memory_share`: of its memory, at the end of the cell. `intensity_g_per_kwh`: of the
    grid of `zone_name`, `cleaner` the names and figures of others. `runs`: how often code with
    this hash ran, this run included; `total_duration_s` and `total_busy_s`: over all of them.
    `active_j`: what of `energy_j` the code added above idle power, `gpu_active_j` the joules of
    it on GPUs; `None` if not known.
    `of_place`: times are those of one place in the cell, as stacks showed them.
    `warnings`: what libraries warned of while the cell ran. `crowding`: how many tasks there
    were for each processor, 1 at least: on a busy machine a cell waits for its turn.
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
    total_busy_s: float | None = None
    active_j: Figure | None = None
    gpu_active_j: float | None = None
    warnings: tuple[str, ...] = ()
    crowding: float = 1.0
    of_place: bool = False

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

    @property
    def mostly_gpu(self) -> bool:
        """Whether GPUs used more than half of what the code added."""
        active = self.active_j
        if active is None or active.value is None or self.gpu_active_j is None:
            return False
        return self.gpu_active_j > active.value / 2

    @property
    def busy_s(self) -> float:
        """Seconds of work: of processor cores or of the GPU, whichever is more."""
        if self.gpu_busy is None:
            return max(self.used_s, (self.gpu_active_j or 0.0) / CORE_W)
        return max(self.used_s, self.gpu_busy * self.duration_s)

    def waited(self, *, gpu: bool = False) -> bool:
        """Whether the CPU, or the GPU, had next to nothing to do; not where that is unknown."""
        if gpu:
            return self.gpu_busy is not None and self.gpu_busy < WAITED_GPU
        cores = self.cpu_cores
        return cores is not None and cores < WAITED_CORES / self.crowding

    def busy(self, *, gpu: bool = False) -> tuple[str, ...]:
        """How busy the CPU, or the GPU, was, in a sentence; none where that is unknown."""
        if gpu:
            share = self.gpu_busy
            return () if share is None else (f"The GPU was busy {share:.0%} of the time.",)
        cores = self.cpu_cores
        return () if cores is None else (f"On average {cores:.1f} CPU cores were busy.",)

    def at(self, cpu: float | None, time: float | None) -> Signals:
        """Those of a place in the cell that had these parts of its CPU time and its time."""
        if not cpu or not time or self.cpu_s is None:
            return self
        return replace(
            self, cpu_s=self.cpu_s * cpu, duration_s=self.duration_s * time, of_place=True
        )

    def heavy(self, min_s: float | None = None) -> bool:
        """Whether the code worked enough for advice to pay; one that waits is never heavy.

        `min_s`: seconds of work in one run; `None` takes `GREENLAB_ADVICE_MIN_S` or 5. Six
        times that, summed over the runs of the same code, counts as well.
        """
        total_s = self.total_busy_s
        if total_s is None and self.total_duration_s is not None and self.duration_s > 0:
            total_s = self.total_duration_s * self.busy_s / self.duration_s
        return _reaches(self.busy_s, total_s, min_s)

    def holds_gpu(self, min_s: float | None = None) -> bool:
        """Whether the cell had a GPU for as long, whether or not it worked."""
        if self.gpu_busy is None:
            return False
        return _reaches(self.duration_s, self.total_duration_s, min_s)

    def facts(self) -> tuple[str, ...]:
        """The weight of the cell in words."""
        took = f"The cell took {units.duration(self.duration_s)}"
        energy, active = self.energy_j, self.active_j
        if energy.value is None:
            weight = f"{took}; its energy is not known: {energy.reason or 'no sensor'}."
        elif active is None or active.value is None:
            weight = f"{took} and used {figure_display.amount(energy)} ({energy.tier})."
        else:
            weight = (
                f"{took}; its code used {figure_display.amount(active)}, "
                f"{figure_display.amount(energy)} with idle power ({energy.tier})."
            )
        if self.runs > 1 and self.total_duration_s is not None:
            total = units.duration(self.total_duration_s)
            return (weight, f"The same code ran {self.runs} times, {total} in all.")
        return (weight,)


def crowding() -> float:
    """Tasks that ran or waited for a processor in the last minute, for each of them.

    1 at least, and where the system does not tell.
    """
    try:
        return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    except (AttributeError, OSError):  # Windows
        return 1.0


def _reaches(once_s: float, total_s: float | None, min_s: float | None) -> bool:
    least_s = settings.ADVICE_MIN_S.number if min_s is None else min_s
    return max(once_s, (total_s or 0.0) / REPEATED_FACTOR) >= least_s
