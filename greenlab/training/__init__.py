"""Energy in people's own training code: stopping, choosing, searching.

Nothing here imports a framework before the helper that needs it is called.
"""

from greenlab.training.batch_size import BatchSizes, batch_size_search
from greenlab.training.early_stop import EarlyStop
from greenlab.training.early_stop_callbacks import (
    huggingface_callback,
    keras_callback,
    lightning_callback,
)
from greenlab.training.optuna_objective import energy_objective
from greenlab.training.power_limit import power_limit_search

__all__ = [
    "BatchSizes",
    "EarlyStop",
    "batch_size_search",
    "energy_objective",
    "huggingface_callback",
    "keras_callback",
    "lightning_callback",
    "power_limit_search",
]
