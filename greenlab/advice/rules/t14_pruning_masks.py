"""T14: take the masks out of a pruned torch model before it predicts.

`torch.nn.utils.prune` keeps every weight and multiplies it by its mask anew in each call. A
zero then costs what any other number costs, and the mask comes on top. Without the masks the
weights are the same numbers; only leaving whole neurons out makes the products smaller.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.batch_rows import rows_given
from greenlab.advice.analysis.torch.inference_loops import (
    Prediction,
    Predictor,
    predictions,
    predictor,
)
from greenlab.advice.analysis.torch.model import CONVOLUTION, LINEAR, TorchModel, look
from greenlab.advice.rewriting.edits import Insert
from greenlab.advice.rule import Library, Listed, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.ast_queries import calls, loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict, lineage, path
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/tutorials/intermediate/pruning_tutorial.html"
BENCHMARK: Final = "benchmarks/advice.py"
PRUNE: Final = "torch.nn.utils.prune"

# With more rows in a call the products outweigh the masks.
MAX_ROWS: Final = 64
FEW_ROWS: Final = 8
# Below this a call's own cost hides that of the masks.
MIN_MASKED: Final = 50_000


@dataclass(frozen=True, slots=True)
class T14Facts:
    """`masked`: weights that are multiplied by a mask in each call; `rows` of one call."""

    model: TorchModel
    layers: int
    masked: int
    rows: int | None
    plan: Plan


def candidates(code: Code) -> Iterator[Prediction]:
    """Every place where a model predicts, unless it is pruned further there."""
    for site in predictions(code):
        whole = calls(code.top(site.region))
        if not any((code.path(call.func) or "").startswith(PRUNE) for call in whole):
            yield site


def confirm(site: Prediction, code: Code, live: Live) -> T14Facts | None:
    """Most of the model's weights carry masks of torch's own pruning."""
    found = predictor(site, code, live)
    if found is None:
        return None
    layers = masked = 0
    foreign = False
    for part in live.modules(found.module):
        sizes = dict(_masks(part, live))
        # Convolutions use a weight so often that its mask does not count.
        if sizes and any(name in (*LINEAR, CONVOLUTION) for name in _lines(part)):
            layers += 1
            masked += sum(sizes.values()) if CONVOLUTION not in _lines(part) else 0
        foreign = foreign or len(sizes) != _named_masks(part)
    model = look(found.module, live)
    if masked < MIN_MASKED or 2 * masked < model.parameters:
        return None
    rows = rows_given(found.calls, code, live)
    return T14Facts(model, layers, masked, rows, _plan(found, code, foreign=foreign))


def trigger(confirmed: T14Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Listed where the rows of a call are not known; silent where they are many."""
    if "cuda" not in confirmed.model.devices and signals.waited():
        return None
    fact = (
        f"{confirmed.layers} layers of {confirmed.model.name} carry pruning masks: each call "
        f"multiplies {confirmed.masked:,} weights by them first, and then the zeros as well."
    )
    if confirmed.rows is None or confirmed.model.devices != {"cpu"}:
        return Listed((fact,))
    return (
        (fact, f"A call has {confirmed.rows:,} rows.") if confirmed.rows <= MAX_ROWS else None
    )


def estimate(confirmed: T14Facts) -> Saving | None:
    """CPU time of the calls by `benchmarks/advice.py`: most for few rows."""
    if confirmed.model.devices != {"cpu"} or confirmed.rows is None:
        return None
    low, high = (0.4, 0.85) if confirmed.rows <= FEW_ROWS else (0.1, 0.5)
    return Saving(low, high, f"CPU time of the calls, {BENCHMARK}")


def _lines(part: Any) -> tuple[str, ...]:
    return tuple(lineage(part))


def _masks(part: Any, live: Live) -> Iterator[tuple[str, int]]:
    """The masks that a hook of torch's pruning applies to this one layer, and their sizes."""
    own = instance_dict(part)
    hooks: Any = own.get("_forward_pre_hooks")
    weights: Any = own.get("_parameters")
    if type(hooks) not in (dict, OrderedDict) or type(weights) is not dict:
        return
    for hook in tuple(hooks.values()):
        live.tick()
        name = instance_dict(hook).get("_tensor_name")
        if path(type(hook)).startswith(PRUNE) and f"{name}_orig" in weights:
            shape = live.read(weights[f"{name}_orig"], "shape")
            yield str(name), math.prod(shape or (0,))


def _named_masks(part: Any) -> int:
    buffers = instance_dict(part).get("_buffers")
    return sum(str(name).endswith("_mask") for name in buffers or ())


def _plan(found: Predictor, code: Code, *, foreign: bool) -> Plan:
    text = (
        f"for part in {found.name}.modules():\n"
        "    for mask in [name for name, _ in part.named_buffers(recurse=False)]:\n"
        '        if mask.endswith("_mask"):\n'
        '            prune.remove(part, mask.removesuffix("_mask"))'
    )
    risk = (
        "The results are the same. Pruning is final then: in later training the zeros may "
        "grow back. To save more, leave out whole neurons and train on a little."
    )
    by_hand = (
        'To change by hand: call `torch.nn.utils.prune.remove(layer, "weight")` on each '
        "pruned layer before the model predicts."
    )
    used = loaded(code.tree) | stored(code.tree)
    taken = {"part", "mask", "name"} & used or code.names("part") or code.names("mask")
    known = code.names("prune")
    if found.line is None or foreign or taken or known not in (None, PRUNE):
        return Plan(risk, by_hand)
    if known is None:
        text = f"from torch.nn.utils import prune\n{text}"
    return Plan(risk, by_hand, (Insert(found.line, text),))


RULE: Final = Rule(
    id="T14",
    title="Take the masks out of the pruned model",
    when="a model that predicts with the masks of `torch.nn.utils.prune` still in it",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    by_reading=False,
    work=lambda site, _code, _live: Work((site.region,), but=LOADING),
)
