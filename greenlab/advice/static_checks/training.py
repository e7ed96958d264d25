"""Trainings that reading alone may list: in full precision (T01), without a stop (T12).

The rules say which trainings these are. What speaks against them may stand anywhere in a
notebook: a precision that is chosen, layers that are small, a stop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from greenlab.advice.rules import t01_mixed_precision as t01
from greenlab.advice.rules import t12_early_stopping as t12
from greenlab.advice.static_checks.network_size import loads_large, weights
from greenlab.advice.static_checks.notebook import Listing, Notebook

_TRAINS: Final = (
    ("transformers", "train"), ("lightning", "fit"), ("pytorch_lightning", "fit")
)  # fmt: skip
# One of these says that the precision was chosen, or that another library chooses it.
_PRECISION: Final = (
    "autocast", "bf16", "fp16", "float16", "mixed_precision", "load_in_4bit", "load_in_8bit",
    "torch_xla", "deepspeed",
)  # fmt: skip


def in_full_precision(notebook: Notebook) -> Iterator[Listing]:
    """Trainings where nothing chooses a precision and the layers are not known to be small."""
    known = 0 if loads_large(notebook) else weights(notebook)
    if _chooses_precision(notebook) or 0 < known < t01.MIN_WEIGHTS:
        return
    yield from _by_trainers(notebook)
    for cell in notebook.cells:
        for unit in notebook.units[cell.index]:
            own = unit.code.origin.place.function if unit.code.origin.place else None
            if 0 < (weights(notebook, own) if own else 0) < t01.MIN_WEIGHTS:
                continue  # the network is made where it is trained
            for site in t01.read(unit.code):
                # Derivatives are taken for other ends: an optimizer's step tells a training.
                if isinstance(site, t01.T01Training) or "step" in notebook.words:
                    yield Listing(cell, site.fact, unit.code.origin.place)


def _by_trainers(notebook: Notebook) -> Iterator[Listing]:
    """Trainings by the trainers of transformers and Lightning, wherever these are made."""
    for cell, call in notebook.calls():
        path = cell.code.path(call.func) or ""
        top, made, method = path.partition(".")[0], *path.rpartition(".")[::2]
        trains = made.endswith("Trainer()") and (top, method) in _TRAINS
        if trains and (run := notebook.run_from(cell, call)):
            fact = f"A trainer trains in line {run[1]}, all of it in full precision."
            yield Listing(run[0], fact)


def without_stop(notebook: Notebook) -> Iterator[Listing]:
    """Trainings for a literal and large number of epochs that nothing ends early."""
    if t12.stops_early(notebook.words):
        return
    for cell in notebook.cells:
        for unit in notebook.units[cell.index]:
            for site in t12.read(unit.code):
                yield Listing(cell, site.fact, unit.code.origin.place)


def _chooses_precision(notebook: Notebook) -> bool:
    words = notebook.words
    if words & t01.CHOSEN or "precision" in words:
        return True
    return any(mark in word for word in words for mark in _PRECISION)
