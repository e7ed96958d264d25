"""A callback for `transformers.Trainer` that counts what it trains on."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from greenlab.work_counters.training_counts import TrainingCounts


def trainer_counter(*, log: bool = True) -> Any:
    """A `transformers.TrainerCallback` that counts samples, steps, epochs and tokens.

        counter = trainer_counter()
        trainer = Trainer(..., callbacks=[counter])
        trainer.train()
        counter.energy_per("sample").value     # joules

    Samples are known of data with a length. Tokens are those that the Trainer counts: set
    `include_num_input_tokens_seen="non_padding"` in its arguments. `log`: with each log of the
    Trainer, energy goes to the run that is open in MLflow or W&B. Each process of a distributed
    training counts its own.

    Raises:
        ImportError: transformers is not installed.
    """
    base = import_module("transformers").TrainerCallback
    return type("EnergyCounter", (_Trainer, base), {})(log=log)


class _Trainer(TrainingCounts):
    def on_train_begin(self, args: Any, state: Any, _control: Any, **more: Any) -> None:
        self.begin()
        self._processes = max(1, int(args.world_size))
        self._batch = int(state.train_batch_size or args.train_batch_size)
        self._epoch_samples = _samples(more.get("train_dataloader"), self._processes)
        self._batches = 0
        self._tokens, self._epoch = _tokens(state), state.epoch or 0.0

    def on_epoch_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        # A training that is resumed passes over those that it has had.
        batches = math.ceil((self._epoch_samples or 0) / self._batch)
        self._batches = round((state.epoch or 0.0) % 1 * batches)

    def on_substep_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        self._count_batch(state)

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        self._count_batch(state)
        self.count("step", 1)

    def on_epoch_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        epoch = state.epoch or 0.0
        self.count("epoch", epoch - self._epoch)
        self._epoch = epoch

    def on_log(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            self.log_metrics(state.global_step)

    def on_train_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        self.end()

    def _count_batch(self, state: Any) -> None:
        if self._epoch_samples is not None:
            left = self._epoch_samples - self._batches * self._batch
            self.count("sample", max(0, min(self._batch, left)))
        self._batches += 1
        tokens = _tokens(state)
        self.count("token", (tokens - self._tokens) / self._processes)
        self._tokens = tokens


def _tokens(state: Any) -> int:
    return int(getattr(state, "num_input_tokens_seen", 0) or 0)


def _samples(loader: Any, processes: int) -> int | None:
    """Samples of an epoch in one process, whose last batch may be smaller; `None` where the
    data does not know its end.
    """
    try:
        return math.ceil(len(loader.dataset) / processes)
    except (TypeError, AttributeError, NotImplementedError):
        return None
