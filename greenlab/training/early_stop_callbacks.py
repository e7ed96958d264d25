"""`EarlyStop` inside the trainers of Hugging Face, Keras and Lightning.

Each factory imports its framework when it is called, and makes a callback whose `stop` is the
`EarlyStop`: `callback.stop.reason` says why a training ended. The budget is looked at after
every step, the validation metric after every evaluation.

In distributed training only patience decides: each process counts its own energy, and one
that stopped alone would leave the others waiting for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from greenlab.training.early_stop import EarlyStop


def huggingface_callback(metric: str = "eval_loss", **limits: Any) -> Any:
    """A `transformers.TrainerCallback`. `limits` are those of `EarlyStop`.

    Raises:
        ImportError: transformers is not installed.
        ValueError: see `EarlyStop`.
    """
    return _made(_HuggingFace, import_module("transformers").TrainerCallback, metric, limits)


def keras_callback(metric: str = "val_loss", **limits: Any) -> Any:
    """A `keras.callbacks.Callback` (Keras 3). `limits` are those of `EarlyStop`.

    Raises:
        ImportError: Keras is not installed.
        ValueError: see `EarlyStop`.
    """
    return _made(_Keras, import_module("keras").callbacks.Callback, metric, limits)


def lightning_callback(metric: str = "val_loss", **limits: Any) -> Any:
    """A `lightning.pytorch.Callback`, or that of pytorch_lightning if you imported that.

    `limits` are those of `EarlyStop`. Without a validation loop the metric is looked at
    after each epoch.

    Raises:
        ImportError: Lightning is not installed.
        ValueError: see `EarlyStop`.
    """
    return _made(_Lightning, lightning_base(), metric, limits)


def lightning_base() -> Any:
    """Lightning's class of callbacks. Those of its two names do not mix: it is that of the one
    that the user uses.
    """
    old = "lightning" not in sys.modules and "pytorch_lightning" in sys.modules
    return import_module("pytorch_lightning" if old else "lightning.pytorch").Callback


class _Hooks:
    """What the three have in common."""

    def __init__(self, metric: str, limits: Mapping[str, Any]) -> None:
        super().__init__()
        self.metric = metric
        self.stop = EarlyStop(**limits)

    def begin(self, processes: int) -> None:
        """A training starts."""
        self.stop.start()
        if processes > 1:
            self.stop.drop_budget(
                f"{processes} processes train, and each knows only its own energy"
            )

    def evaluated(self, metrics: Mapping[str, Any]) -> bool:
        """Whether to stop after an evaluation."""
        if self.metric in metrics:
            return self.stop(float(metrics[self.metric]))
        if self.stop.patience is not None:
            known = ", ".join(map(str, metrics)) or "none"
            self.stop.say_once(
                f"no metric {self.metric!r}, so patience cannot decide; there is: {known}"
            )
        return self.stop()


class _HuggingFace(_Hooks):
    training = False

    def on_train_begin(self, args: Any, _state: Any, _control: Any, **_: Any) -> None:
        self.begin(args.world_size)
        self.training = True

    def on_step_end(self, _args: Any, _state: Any, control: Any, **_: Any) -> None:
        if self.stop():
            control.should_training_stop = True

    def on_evaluate(
        self, _args: Any, _state: Any, control: Any, *, metrics: Any = None, **_: Any
    ) -> None:
        # Trainer.evaluate() may be called at any time.
        if self.training and self.evaluated(metrics or {}):
            control.should_training_stop = True

    def on_train_end(self, _args: Any, _state: Any, _control: Any, **_: Any) -> None:
        self.training = False
        self.stop.end()


class _Keras(_Hooks):
    model: Any

    # Keras gives `logs` by its name.

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
        self.begin(1)

    def on_train_batch_end(self, _batch: int, logs: Any = None) -> None:  # noqa: ARG002
        if self.stop():
            self.model.stop_training = True

    def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:
        if self.evaluated(logs or {}):
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        self.stop.end()


class _Lightning(_Hooks):
    def on_train_start(self, trainer: Any, _module: Any) -> None:
        self.begin(trainer.world_size)

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        if self.stop():
            trainer.should_stop = True

    def on_validation_end(self, trainer: Any, _module: Any) -> None:
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            self._look(trainer)

    def on_train_epoch_end(self, trainer: Any, _module: Any) -> None:
        if not trainer.enable_validation:
            self._look(trainer)

    def on_train_end(self, _trainer: Any, _module: Any) -> None:
        self.stop.end()

    def on_exception(self, _trainer: Any, _module: Any, _error: BaseException) -> None:
        self.stop.end()

    def _look(self, trainer: Any) -> None:
        if self.evaluated(trainer.callback_metrics):
            trainer.should_stop = True


def _made(hooks: type[_Hooks], base: Any, metric: str, limits: Mapping[str, Any]) -> Any:
    """A callback of the framework's class, which is only now imported."""
    return type("EnergyStopping", (hooks, base), {})(metric, limits)
