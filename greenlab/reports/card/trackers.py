"""A card into the experiment trackers that the user has open."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from greenlab.record.unit_counts import energy_per
from greenlab.reports.card.document import RunCard
from greenlab.units import kwh

FILE: Final = "greenlab_run_card.json"


def log(card: RunCard) -> tuple[str, ...]:
    """See `RunCard.log`."""
    done = tuple(
        name for name, write in _WRITERS.items() if name in sys.modules and write(card)
    )
    if not done:
        raise RuntimeError("neither mlflow nor wandb has an open run in this process")
    return done


def metrics(card: RunCard) -> dict[str, float]:
    """The numbers, as flat as trackers want them; what is not known is left out."""
    found: dict[str, float | None] = {"hours": card.duration_s / 3600}
    if card.gpu_s:
        found["gpu_hours"] = card.gpu_s / 3600
    for name, figure, scale in (
        ("energy_kwh", card.energy_j, kwh(1.0)),
        ("emissions_g", card.emissions_g, 1.0),
    ):
        one = figure.scaled(scale)
        found |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    for unit in card.work:
        each = energy_per(unit.energy_j, unit.count, unit.unit)
        found[f"j_per_{unit.unit.replace(' ', '_')}"] = each.value
    return {f"greenlab_{name}": one for name, one in found.items() if one is not None}


def _mlflow(card: RunCard) -> bool:
    mlflow: Any = sys.modules["mlflow"]
    if mlflow.active_run() is None:
        return False
    mlflow.log_metrics(metrics(card))
    mlflow.log_dict(card.to_dict(), FILE)
    return True


def _wandb(card: RunCard) -> bool:
    run: Any = sys.modules["wandb"].run
    if run is None:
        return False
    # The summary: one figure for the run, no step of its curves.
    run.summary.update({**metrics(card), "greenlab_run_card": card.to_dict()})
    return True


_WRITERS: Final[dict[str, Callable[[RunCard], bool]]] = {"mlflow": _mlflow, "wandb": _wandb}
