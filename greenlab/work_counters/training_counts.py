"""What the counters of training have in common: the sums of one training, and their log."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from greenlab.record import Figure
from greenlab.record.unit_counts import energy_per, singular
from greenlab.session import note_trouble
from greenlab.training.running import RunningEnergy
from greenlab.units_of_work import add
from greenlab.work_counters.step_log import log_step

Log = Callable[[Mapping[str, float], int], object]


class TrainingCounts:
    """What one training has counted and used, from its begin to its end.

    `energy_j`: joules of this process and its children; `counts`: by unit. `log`: whether both
    are logged with the step, into the runs that are open in MLflow and W&B. What fails here is
    noted, and the training goes on.
    """

    def __init__(self, *, log: bool = True) -> None:
        super().__init__()
        self.counts: dict[str, float] = {}
        self.log = log
        self._running: RunningEnergy | None = None

    @property
    def energy_j(self) -> Figure:
        """Joules until now, or until the end of the training."""
        if self._running is None:
            return Figure.missing("no training has begun")
        return self._running.so_far()

    def energy_per(self, unit: str) -> Figure:
        """Joules of this training per unit that was counted: `energy_per("sample")`."""
        name = singular(unit)
        return energy_per(self.energy_j, self.counts.get(name, 0.0), name)

    def begin(self) -> None:
        """A training begins."""
        self.end()
        self.counts = {}
        with self._noting():
            self._running = RunningEnergy()

    def end(self) -> None:
        """It has ended."""
        with self._noting():
            if self._running is not None:
                self._running.end()

    def count(self, unit: str, number: float | None) -> None:
        """So many units of it; `None` where that is not known."""
        if number:
            name = singular(unit)
            self.counts[name] = self.counts.get(name, 0.0) + number
            add(name, number)

    def log_metrics(self, step: int, into: Log = log_step) -> None:
        """Log what is known with the step."""
        if self.log:
            with self._noting():
                into(self.metrics, step)

    @property
    def metrics(self) -> dict[str, float]:
        """Joules until now, and per unit, by the names under which they are logged."""
        energy_j = self.energy_j
        found = {
            "greenlab_energy_j": energy_j.value,
            "greenlab_energy_low_j": energy_j.low,
            "greenlab_energy_high_j": energy_j.high,
        }
        for unit, number in self.counts.items():
            name = f"greenlab_j_per_{unit.replace(' ', '_')}"
            found[name] = energy_per(energy_j, number, unit).value
        return {name: one for name, one in found.items() if one is not None}

    @contextlib.contextmanager
    def _noting(self) -> Any:
        try:
            yield
        except Exception as error:  # noqa: BLE001  never into the user's training
            note_trouble(error)
