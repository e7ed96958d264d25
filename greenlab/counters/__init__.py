"""Ready counters for `greenlab.count()`, handed to a library's own hooks: nothing is patched.

Each is a module of its own, which imports its library when the counter is made. To add one,
write the module and name its function in `COUNTERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from greenlab.counters.batches import count_batches
from greenlab.counters.generation import generation_counter
from greenlab.counters.keras import keras_counter
from greenlab.counters.lightning import lightning_counter
from greenlab.counters.responses import count_response
from greenlab.counters.trainer import trainer_counter

COUNTERS: Final[tuple[Callable[..., Any], ...]] = (
    count_batches,
    count_response,
    generation_counter,
    keras_counter,
    lightning_counter,
    trainer_counter,
)

__all__ = [
    "COUNTERS",
    "count_batches",
    "count_response",
    "generation_counter",
    "keras_counter",
    "lightning_counter",
    "trainer_counter",
]
