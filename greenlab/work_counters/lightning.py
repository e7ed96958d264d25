"""A callback for Lightning that counts what it trains on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from greenlab.training.early_stop_callbacks import lightning_base
from greenlab.work_counters.batch_size import samples_in, tokens_in
from greenlab.work_counters.step_log import log_step
from greenlab.work_counters.training_counts import TrainingCounts

_LOGGERS: Final = frozenset({"MLFlowLogger", "WandbLogger"})


def lightning_counter(*, log: bool = True) -> Any:
    """A `lightning.pytorch.Callback` that counts samples, tokens, steps and epochs; that of
    pytorch_lightning if you imported that.

        counter = lightning_counter()
        trainer = Trainer(..., callbacks=[counter])
        trainer.fit(module, loader)
        counter.energy_per("sample").value     # joules

    Samples are the rows of a batch, tokens those of its `input_ids` without padding. `log`:
    every `log_every_n_steps` and after each epoch, energy goes to the trainer's MLFlowLogger or
    WandbLogger, else to the run that is open in MLflow or W&B. Each process of a distributed
    training counts its own.

    Raises:
        ImportError: Lightning is not installed.
    """
    return type("EnergyCounter", (_Lightning, lightning_base()), {})(log=log)


class _Lightning(TrainingCounts):
    _tokens: Any = None
    """Counted on the device that they are on, which nobody waits for at each step."""

    def on_train_start(self, trainer: Any, _module: Any) -> None:
        self.begin()
        self._tokens = None
        self._step = trainer.global_step

    def on_train_batch_end(
        self, trainer: Any, _module: Any, _outputs: Any, batch: Any, _index: int
    ) -> None:
        with self._noting():
            self.count("sample", samples_in(batch))
            tokens = tokens_in(batch)
            if tokens is not None:
                self._tokens = tokens if self._tokens is None else self._tokens + tokens
        step = trainer.global_step
        self.count("step", step - self._step)
        if step != self._step and step % trainer.log_every_n_steps == 0:
            self._log(trainer)
        self._step = step

    def on_train_epoch_end(self, trainer: Any, _module: Any) -> None:
        self.count("epoch", 1)
        self._log(trainer)

    def on_train_end(self, _trainer: Any, _module: Any) -> None:
        self._count_tokens()
        self.end()

    def on_exception(self, _trainer: Any, _module: Any, _error: BaseException) -> None:
        self._count_tokens()
        self.end()

    def _count_tokens(self) -> None:
        tokens, self._tokens = self._tokens, None
        with self._noting():
            self.count("token", None if tokens is None else float(tokens))

    def _log(self, trainer: Any) -> None:
        self._count_tokens()
        if trainer.is_global_zero:
            self.log_metrics(trainer.global_step, partial(_log, trainer))


def _log(trainer: Any, metrics: Mapping[str, float], step: int) -> None:
    loggers = [one for one in trainer.loggers if type(one).__name__ in _LOGGERS]
    for one in loggers:
        one.log_metrics(dict(metrics), step=step)
    if not loggers:
        log_step(metrics, step)
