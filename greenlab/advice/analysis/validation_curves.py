"""Validation curves that a training leaves behind: where each was best, and what came after."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from greenlab.cellcode.introspect import Live, instance_dict

MIN_EPOCHS: Final = 10
LEAST_PATIENCE: Final = 3
PATIENCE_SHARE: Final = 0.1
"""Patience as a share of all epochs; long curves wait longer."""

_VALIDATION = re.compile(
    r"(^|[^a-z])(val|valid|validation|dev|eval|test)([^a-z]|$)", re.IGNORECASE
)
_FALLS = re.compile(
    r"(loss|err|error|mse|rmse|mae|nll|perplexity|ppl)(e?s)?([^a-z]|$)", re.IGNORECASE
)
_RISES = re.compile(r"(acc|accuracy|auc|f1|score|r2|map|iou|bleu)s?([^a-z]|$)", re.IGNORECASE)
_TRAINING = re.compile(r"(^|[^a-z])train", re.IGNORECASE)
# What is learnt at first has to be this many times what the figure moves from epoch to epoch.
_CLEAR = 5.0


@dataclass(frozen=True, slots=True)
class ValidationCurve:
    """`best`: the epoch with the best value, from 1; `epochs`: how many there were."""

    name: str
    falls: bool
    best: int
    epochs: int

    @property
    def patience(self) -> int:
        """How many epochs without a better value are enough to stop."""
        return max(LEAST_PATIENCE, round(self.epochs * PATIENCE_SHARE))

    @property
    def wasted(self) -> float:
        """The share of epochs after the one at which that patience would have ended it."""
        return max(self.epochs - self.best - self.patience, 0) / self.epochs

    @classmethod
    def of(
        cls, name: str, values: Sequence[float] | None, *, judges: bool = False
    ) -> ValidationCurve | None:
        """The curve of a figure that judges the model, by its name or as `judges` says.

        `None` without enough epochs, for training figures, and where neither the name nor the
        values say which way is better. What early stopping would have seen is replayed: the
        best epoch is the one after which that patience first ran out.
        """
        if not values or len(values) < MIN_EPOCHS or not all(map(math.isfinite, values)):
            return None
        if _TRAINING.search(name) or not (judges or _VALIDATION.search(name)):
            return None
        by_name = bool(_FALLS.search(name)), bool(_RISES.search(name))
        falls = by_name[0] if any(by_name) and not all(by_name) else falling(values)
        if falls is None:
            return None
        whole = cls(name, falls, 1, len(values))
        better = [-value if falls else value for value in values]
        best = 0
        for epoch, value in enumerate(better):
            if value > better[best]:
                best = epoch
            elif epoch - best >= whole.patience:
                break
        if max(better) > better[best]:
            return None  # it found a better one later: stopping would have lost that
        return cls(name, falls, best + 1, len(values))


def falling(values: Sequence[float]) -> bool | None:
    """Whether a learning curve gets better by falling, `None` where it does not say clearly.

    Learning is fastest at first: the way it goes from its first value is the better one.
    """
    few = max(LEAST_PATIENCE, round(len(values) * PATIENCE_SHARE))
    falls = statistics.median(values[1 : 1 + few]) < values[0]
    best = min(values) if falls else max(values)
    moves = [abs(after - before) for before, after in pairwise(values[few:])]
    clear = abs(best - values[0]) > _CLEAR * statistics.median(moves)
    return falls if clear else None


def of_trainer(trainer: object, live: Live) -> ValidationCurve | None:
    """The `eval_loss` that a transformers `Trainer` logged, once per evaluation."""
    log = instance_dict(instance_dict(trainer).get("state")).get("log_history")
    if type(log) is not list:
        return None
    live.tick()
    values = [one["eval_loss"] for one in log if type(one) is dict and "eval_loss" in one]
    return ValidationCurve.of("eval_loss", live.numbers(values))


def of_keras(history: object, live: Live) -> ValidationCurve | None:
    """The `val_loss` in what Keras's `fit` gave back."""
    table = instance_dict(history).get("history")
    return (
        ValidationCurve.of("val_loss", live.numbers(table.get("val_loss")))
        if type(table) is dict
        else None
    )
