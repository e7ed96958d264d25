"""Ready counters for `greenlab.count()`, handed to a library's own hooks: nothing is patched.

Each is a module of its own, which imports its library when the counter is made. To add one,
write the module and name its function in `COUNTERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from greenlab.work_counters.counted_loader import count_batches
from greenlab.work_counters.generation import generation_counter
from greenlab.work_counters.keras import keras_counter
from greenlab.work_counters.lightning import lightning_counter
from greenlab.work_counters.llm_token_usage import count_response
from greenlab.work_counters.trainer import trainer_counter

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
