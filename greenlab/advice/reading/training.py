"""Trainings that reading alone may list: in full precision (T01), without a stop (T12)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from greenlab.advice.analysis.torch.training_loop import prepared_steps, steps
from greenlab.advice.reading.network_size import loads_large, weights
from greenlab.advice.reading.notebook import Cell, Listing, Notebook, last_name
from greenlab.advice.rules.t01_mixed_precision import CHOSEN, MIN_WEIGHTS
from greenlab.advice.rules.t12_early_stopping import STOPS

LIGHTNING: Final = frozenset({"lightning", "pytorch_lightning"})
TORCH: Final = frozenset({"torch", "torchvision", "transformers", "timm", *LIGHTNING})
# One of these says that the precision was chosen, or that another library chooses it.
_PRECISION: Final = (
    "autocast", "bf16", "fp16", "float16", "mixed_precision", "load_in_4bit", "load_in_8bit",
    "torch_xla", "deepspeed",
)  # fmt: skip
# From so many epochs on, a training without a stop is worth a look.
KERAS_EPOCHS: Final = 30
TRAINER_EPOCHS: Final = 10
LIGHTNING_EPOCHS: Final = 50


def in_full_precision(notebook: Notebook) -> Iterator[Listing]:
    """Torch trainings of networks large enough to gain, where nothing chooses a precision."""
    if not notebook.imports & TORCH or _chooses_precision(notebook):
        return
    large = loads_large(notebook) or weights(notebook) >= MIN_WEIGHTS
    for own, (cell, line) in _trainings(notebook) if large else ():
        # A network that is made where it is trained is the one that counts.
        made = 0 if own is None else weights(notebook, own)
        if not made or made >= MIN_WEIGHTS:
            fact = f"A network is trained in line {line}, all of it in full precision."
            yield Listing(cell, fact)


def without_stop(notebook: Notebook) -> Iterator[Listing]:
    """Trainings of many epochs by Keras, Trainer or Lightning that nothing ends early."""
    if any(stop in word.lower() for word in notebook.words for stop in STOPS):
        return
    for cell, call in notebook.calls():
        if (epochs := _epochs(call, cell, notebook)) is None:
            continue
        # A trainer is told its epochs in one place and trains in another.
        at = call.func if isinstance(call.func, ast.Attribute) else None
        own = notebook.run_from(cell, call) if at and at.attr == "fit" else None
        if run := own or next(_by_trainers(notebook), None):
            fact = f"Line {run[1]} trains for {epochs} epochs, and nothing stops it earlier."
            yield Listing(run[0], fact)


def _trainings(
    notebook: Notebook,
) -> Iterator[tuple[ast.FunctionDef | None, tuple[Cell, int]]]:
    """Where networks are trained: the function, and the cell and line that make it run."""
    yield from ((None, run) for run in _by_trainers(notebook))
    # Derivatives are taken for other ends, too: an optimizer's step tells a training.
    if "step" not in notebook.words:
        return
    for cell in notebook.cells:
        for step in (*steps(cell.code), *prepared_steps(cell.code)):
            if run := notebook.run_from(cell, step):
                around = [
                    one for one in cell.code.within(step) if isinstance(one, ast.FunctionDef)
                ]
                yield (around[-1] if around else None), run


def _by_trainers(notebook: Notebook) -> Iterator[tuple[Cell, int]]:
    """Trainings by the trainers of transformers and Lightning."""
    for cell, call in notebook.calls():
        path = cell.code.path(call.func) or ""
        top, made, method = path.partition(".")[0], *path.rpartition(".")[::2]
        trainer = made.endswith("Trainer()") and (
            (top == "transformers" and method == "train")
            or (top in LIGHTNING and method == "fit")
        )
        if trainer and (run := notebook.run_from(cell, call)):
            yield run


def _chooses_precision(notebook: Notebook) -> bool:
    words = notebook.words
    # `Trainer` chooses nothing by itself.
    if words & (CHOSEN - {"Trainer", "SFTTrainer"}) or "precision" in words:
        return True
    return any(mark in word for word in words for mark in _PRECISION)


def _epochs(call: ast.Call, cell: Cell, notebook: Notebook) -> int | None:
    """How many epochs this call trains for; `None` if few or unknown."""
    words = {word.arg: word.value for word in call.keywords}
    path, name = cell.code.path(call.func) or "", last_name(cell.code, call)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "fit":
        keras = notebook.imports & {"keras", "tensorflow", "tf_keras"}
        judged = words.keys() & {"validation_data", "validation_split"}
        given, least = words.get("epochs"), KERAS_EPOCHS
        if not (keras and judged):
            return None
    elif path.startswith("transformers.") and name.endswith("TrainingArguments"):
        given, least = words.get("num_train_epochs"), TRAINER_EPOCHS
    elif name == "Trainer" and path.partition(".")[0] in LIGHTNING:
        given, least = words.get("max_epochs"), LIGHTNING_EPOCHS
    else:
        return None
    epochs = notebook.value(given)
    number = isinstance(epochs, (int, float)) and not isinstance(epochs, bool)
    return int(epochs) if number and epochs >= least else None
