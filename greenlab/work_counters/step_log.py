"""Metrics with their step, into the runs that the user has open in MLflow and W&B.

Neither is imported, no run is begun, and the user's own steps stay as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

_STEP: Final = "greenlab_step"


def log_step(metrics: Mapping[str, float], step: int) -> tuple[str, ...]:
    """Log metrics at a step; the names of the trackers with an open run."""
    return tuple(
        name
        for name, write in TRACKERS.items()
        if name in sys.modules and write(sys.modules[name], metrics, step)
    )


def _mlflow(mlflow: Any, metrics: Mapping[str, float], step: int) -> bool:
    if mlflow.active_run() is None:
        return False
    mlflow.log_metrics(dict(metrics), step=step)
    return True


def _wandb(wandb: Any, metrics: Mapping[str, float], step: int) -> bool:
    run = wandb.run
    if run is None:
        return False
    # W&B counts its own steps, one for each row that is committed, and drops what comes with an
    # earlier one. So the row is the user's to commit, and the axis is a metric of ours.
    for name in metrics:
        run.define_metric(name, step_metric=_STEP)
    run.log({**metrics, _STEP: step}, commit=False)
    return True


TRACKERS: Final[dict[str, Callable[[Any, Mapping[str, float], int], bool]]] = {
    "mlflow": _mlflow,
    "wandb": _wandb,
}
