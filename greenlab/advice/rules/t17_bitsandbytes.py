"""T17: keep a language model that fits the GPU in 16 bits.

bitsandbytes saves memory, not energy: each product first brings the weights back to 16 bits,
or splits off outliers. Published measurements found 8 bits to cost more at every size up to
7 billion parameters, and 4 bits below about 3 billion; above, 4 bits save.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.model import is_module, on_gpu
from greenlab.advice.analysis.transformers.text_generation import (
    Generation,
    generations,
    module_of,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

INT8: Final = "https://github.com/bitsandbytes-foundation/bitsandbytes/issues/1867"
NF4: Final = "https://github.com/huggingface/optimum/pull/2410"

LAYERS: Final = {
    "bitsandbytes.nn.modules.Linear8bitLt": 8,
    "bitsandbytes.nn.modules.Linear4bit": 4,
}
# The sizes up to which each was measured to cost more than 16 bits.
MAX_PARAMETERS: Final = {8: 8_000_000_000, 4: 3_000_000_000}
# Leave room for what grows while it runs: caches, activations.
MAX_SHARE: Final = 0.8
HALF_BYTES: Final = 2


@dataclass(frozen=True)
class Quantised(Site):
    """A call that writes with a model, or the `load` of one with a quantisation."""

    generation: Generation | None
    load: ast.Call | None


@dataclass(frozen=True, slots=True)
class T17Facts:
    """Parameters, the bits of most of them, and how much more memory 16 bits take."""

    model: str
    parameters: int
    bits: int
    factor: float
    plan: Plan


def candidates(code: Code) -> Iterator[Quantised]:
    """Every load with a quantisation, and every generation, in a cell that trains nothing."""
    trains = {"backward", "train"}
    if any(getattr(call.func, "attr", None) in trains for call in code.calls):
        return
    for call in code.calls:
        path = code.path(call.func) or ""
        given = keyword(call, "quantization_config")
        if given is None or (isinstance(given, ast.Constant) and not given.value):
            continue
        if path.startswith("transformers.") and path.endswith(".from_pretrained"):
            fact = f"Line {call.lineno} loads a model with a quantisation."
            yield Quantised(fact, None, call)
    for generation in generations(code):
        fact = f"A model writes in line {generation.call.lineno}."
        yield Quantised(fact, generation, None)


def confirm(site: Quantised, code: Code, live: Live) -> T17Facts | None:
    """A small model, on one GPU, with bitsandbytes' layers and no adapters to train."""
    model = _model(site, code, live)
    if model is None or not _on_one_gpu(model, live):
        return None
    weights = {8: 0, 4: 0, 16: 0}
    for part in live.modules(model):
        if descends(part, "peft.tuners.tuners_utils.BaseTunerLayer"):
            return None
        bits = next((LAYERS[one] for one in LAYERS if descends(part, one)), 16)
        if bits == 8 and not _splits_outliers(part):
            return None
        weights[bits] += _size(part, bits, live)
    total, stored = sum(weights.values()), sum(size * bits for bits, size in weights.items())
    bits = 8 if weights[8] else 4
    if not weights[bits] or weights[bits] < weights[16] or total > MAX_PARAMETERS[bits]:
        return None
    plan = _plan(site, code)
    return T17Facts(type(model).__name__, total, bits, HALF_BYTES * 8 * total / stored, plan)


def trigger(confirmed: T17Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """All of it would fit the GPU in 16 bits, by what the GPU holds now."""
    weights = f"{confirmed.model} has {confirmed.parameters:,} parameters"
    facts = (f"{weights}, most of them in {confirmed.bits} bits.",)
    if (share := signals.gpu_memory_share) is None:
        return Listed(facts)
    if (needed := share * confirmed.factor) > MAX_SHARE:
        return None
    return (*facts, f"In 16 bits it needs at most {needed:.0%} of the GPU's memory.")


def estimate(confirmed: T17Facts) -> Saving | None:
    """Energy per token on a GPU: 8 bits took 17 to 147 % more, 4 bits 25 to 56 %."""
    if confirmed.bits == 8:
        return Saving(0.14, 0.6, INT8)
    return Saving(0.2, 0.36, NF4)


def _model(site: Quantised, code: Code, live: Live) -> Any:
    if site.generation:
        return module_of(site.generation, code, live)
    assert site.load
    statement = code.statement(site.load)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    thing = live.resolve(statement.targets[0])
    return thing if is_module(thing) else None


def _on_one_gpu(model: Any, live: Live) -> bool:
    places = instance_dict(model).get("hf_device_map")
    if type(places) is not dict:
        return on_gpu(model, live)
    # Accelerate writes a GPU as its number; "cpu" and "disk" are other places.
    gpus = {str(place).removeprefix("cuda:") for place in places.values()}
    return len(gpus) == 1 and next(iter(gpus)).isdecimal()


def _splits_outliers(part: Any) -> bool:
    """Whether an 8-bit layer works as it does by default, which is what was measured."""
    threshold = instance_dict(instance_dict(part).get("state")).get("threshold")
    return type(threshold) is float and threshold > 0


def _size(part: Any, bits: int, live: Live) -> int:
    if bits == 16:
        shapes = (live.read(one, "shape") or (0,) for one in live.parameters(part))
        return sum(map(math.prod, shapes))
    # The packed weight's own shape says less than the layer's.
    own = instance_dict(part)
    return int(own.get("in_features") or 0) * int(own.get("out_features") or 0)


def _plan(site: Quantised, code: Code) -> Plan:
    risk = "It takes more of the GPU's memory, and its answers differ a little."
    by_hand = "To change by hand: load the model without `quantization_config`."
    given = keyword(site.load, "quantization_config") if site.load else None
    if given is None:
        return Plan(risk, f"{by_hand} It is loaded in another cell.")
    return Plan(risk, by_hand, (Replace.of(code.masked.text, given, "None"),))


RULE: Final = Rule(
    id="T17",
    title="Keep the small language model in 16 bits",
    when="a small language model in 8 or 4 bits of bitsandbytes that would fit the GPU in 16",
    libraries=(Library("transformers", (5,), (6,)), Library("bitsandbytes", (0, 40), (1,))),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(INT8, NF4),
    by_reading=False,
    work=lambda _site, _code, _live: Work(below=("peft.", "transformers.", "vllm.")),
)
