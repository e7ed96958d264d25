"""What a Hugging Face trainer was told: its live arguments, and the call that made them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict, lineage


@dataclass(frozen=True, slots=True)
class Told:
    """The model a trainer trains, and the fields of its arguments by name.

    `own`: the arguments are of transformers itself; other libraries have other defaults.
    """

    model: Any
    arguments: Mapping[str, Any]
    own: bool


def trainings(code: Code) -> Iterator[ast.Call]:
    """Every `trainer.train()` of a Trainer."""
    for call in code.calls:
        if (code.path(call.func) or "").endswith("Trainer().train"):
            yield call


def trainer_of(call: ast.Call, code: Code, live: Live) -> Any:
    """The live trainer of `trainer.train()`; `None` if it is none of transformers' kind."""
    assert isinstance(call.func, ast.Attribute)
    trainer = live.resolve(code.actual(call.func.value))
    return trainer if descends(trainer, "transformers.trainer.Trainer") else None


def told(call: ast.Call, code: Code, live: Live) -> Told | None:
    """What the live trainer of `trainer.train()` was told; `None` if it is no such trainer."""
    if (trainer := trainer_of(call, code, live)) is None:
        return None
    arguments = live.own(trainer, "args")
    own = next(lineage(arguments)).startswith("transformers.")
    return Told(live.own(trainer, "model"), instance_dict(arguments), own)


def arguments_made(code: Code) -> ast.Call | None:
    """The one call in this cell that makes transformers' arguments, all of them spelled out."""
    found = []
    for call in code.calls:
        path = code.path(call.func) or ""
        if path.startswith("transformers.") and path.endswith("TrainingArguments"):
            found.append(call)
    if len(found) != 1 or any(word.arg is None for word in found[0].keywords):
        return None
    return found[0]
