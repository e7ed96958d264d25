"""A callback for Keras 3 that counts what it trains on."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from greenlab.work_counters.training_counts import TrainingCounts


def keras_counter(*, samples: int | None = None, log: bool = True) -> Any:
    """A `keras.callbacks.Callback` that counts steps and epochs, and `samples` in each epoch.

        counter = keras_counter(samples=len(x))
        model.fit(x, y, callbacks=[counter])
        counter.energy_per("epoch").value     # joules

    Keras tells its callbacks no number of samples: give it. `log`: after each epoch, energy
    goes to the run that is open in MLflow or W&B, with the number of steps.

    Raises:
        ImportError: Keras is not installed.
    """
    base = import_module("keras").callbacks.Callback
    return type("EnergyCounter", (_Keras, base), {})(samples=samples, log=log)


class _Keras(TrainingCounts):
    def __init__(self, *, samples: int | None, log: bool) -> None:
        super().__init__(log=log)
        self.samples = samples

    # Keras gives `logs` by its name.

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
        self.begin()

    def on_train_batch_end(self, _batch: int, logs: Any = None) -> None:  # noqa: ARG002
        self.count("step", 1)

    def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self.count("epoch", 1)
        self.count("sample", self.samples)
        self.log_metrics(int(self.counts.get("step", 0)))

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        self.end()
