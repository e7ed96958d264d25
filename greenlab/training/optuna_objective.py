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
        TypeError: it is not a function.
        ValueError: in a trial, where the study's directions are not one for each score and
            "minimize" for the joules.
        RuntimeError: in a trial, where energy is not known (Optuna takes no missing value),
            or where two trials run at once in one process (their energy is one sum).
    """
    if not callable(objective):
        raise TypeError(
            "energy_objective takes the objective itself, as in energy_objective(objective), "
            f"not {objective!r}"
        )
    one_at_a_time = threading.Lock()

    @functools.wraps(objective)
    def with_energy(trial: Any) -> tuple[float, ...]:
        _check(trial, None)
        if not one_at_a_time.acquire(blocking=False):
            raise RuntimeError(
                "two trials in one process cannot be measured separately: use n_jobs=1, or a "
                "process per worker"
            )
        try:
            with measure(f"trial {trial.number}") as span:
                score = objective(trial)
        finally:
            one_at_a_time.release()
        scores = score if isinstance(score, Sequence) else (score,)
        _check(trial, len(scores))
        session.current().meter.wait()  # a GPU's counter moves late
        assert span.record is not None
        energy = span.record.energy_j
        if energy.value is None:
            raise RuntimeError(
                f"no energy figure for this trial: {energy.reason}. "
                "`greenlab doctor` says how to fix it"
            )
        trial.set_user_attr("energy_low_j", energy.low)
        trial.set_user_attr("energy_high_j", energy.high)
        trial.set_user_attr("energy_tier", energy.tier)
        trial.set_user_attr("energy_lacks", list(energy.lacks))
        return (*scores, energy.value)

    return with_energy


def _check(trial: Any, scores: int | None) -> None:
    """Whether the study has room for the joules. `scores`: how many the objective gives."""
    study = getattr(trial, "study", None)
    if study is None:  # a trial that was made by hand
        return
    names = [direction.name.lower() for direction in study.directions]
    fits = scores is None or len(names) == scores + 1
    if fits and len(names) > 1 and names[-1] == "minimize":
        return
    kept = names[: scores or max(len(names) - 1, 1)]
    kept += ["maximize"] * ((scores or 1) - len(kept))
    directions = ", ".join(f'"{name}"' for name in (*kept, "minimize"))
    raise ValueError(
        "the study needs one direction for each score, then minimize for the joules: write "
        f"optuna.create_study(directions=[{directions}])"
    )
