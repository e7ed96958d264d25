"""Energy as a second objective of an Optuna study."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

from greenlab import session
from greenlab.measuring import measure


def energy_objective(objective: Callable[[Any], Any]) -> Callable[[Any], tuple[float, ...]]:
    """The objective's score or scores, followed by the joules of the trial.

        study = optuna.create_study(directions=["maximize", "minimize"])
        study.optimize(energy_objective(objective), n_trials=30)
        study.best_trials            # the front: none is better in both

    Each trial gets the user attributes `energy_low_j`, `energy_high_j`, `energy_tier` and
    `energy_lacks` (parts without figures). Errors and pruning pass through. A search costs
    energy too: `greenlab.records()` has every trial as a span.

    Raises:
        RuntimeError: in a trial, where energy is not known (Optuna takes no missing value),
            or where two trials run at once in one process (their energy is one sum).
    """
    one_at_a_time = threading.Lock()

    @functools.wraps(objective)
    def with_energy(trial: Any) -> tuple[float, ...]:
        if not one_at_a_time.acquire(blocking=False):
            raise RuntimeError(
                "two trials in one process cannot be weighed apart: use n_jobs=1, or a "
                "process per worker"
            )
        try:
            with measure(f"trial {trial.number}") as span:
                score = objective(trial)
        finally:
            one_at_a_time.release()
        session.current().meter.wait()  # a GPU's counter moves late
        assert span.record is not None
        energy = span.record.energy_j
        if energy.value is None:
            raise RuntimeError(
                f"no energy figure for this trial: {energy.reason}. "
                "`greenlab doctor` says what mends it"
            )
        trial.set_user_attr("energy_low_j", energy.low)
        trial.set_user_attr("energy_high_j", energy.high)
        trial.set_user_attr("energy_tier", energy.tier)
        trial.set_user_attr("energy_lacks", list(energy.lacks))
        scores = score if isinstance(score, Sequence) else (score,)
        return (*scores, energy.value)

    return with_energy
