"""T15: predict with 8-bit integers where matrix products of a CPU take the time.

Weights become int8 once, activations in each call; biases and sums stay exact enough that
most classifiers answer alike, which is for the user's metric to say. torchao's successor of
this call was measured to be slower than float32 without a compiler for all but large products.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.callers import units_of
from greenlab.advice.analysis.item_loops import one_by_one
from greenlab.advice.analysis.torch.inference_loops import (
    Prediction,
    Predictor,
    predictions,
    predictor,
)
from greenlab.advice.analysis.torch.model import TorchModel, look
from greenlab.advice.analysis.torch.training_and_evaluation import shares_lines, torch_name
from greenlab.advice.rewriting.edits import Edit, Insert, Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.ast_queries import loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, class_attribute, lineage, loaded_module, names_in
from greenlab.record import Saving

DOCS: Final = (
    "https://docs.pytorch.org/docs/stable/generated/torch.ao.quantization.quantize_dynamic.html"
)
BENCHMARK: Final = "benchmarks/advice.py"
QUANTIZE: Final = "ao.quantization.quantize_dynamic"

# The weights of a smaller model lie in the processor's caches: there is less to gain.
MIN_WEIGHTS: Final = 1_000_000
# The share of the weights that must lie in plain linear layers; embeddings cost nothing.
MIN_SHARE: Final = 0.8
EMBEDDING: Final = "torch.nn.modules.sparse.Embedding"
LINEAR: Final = "torch.nn.modules.linear.Linear"
# These read the weights of their linear layers themselves, which int8 layers do not have.
READS_WEIGHTS: Final = (
    "torch.nn.modules.activation.MultiheadAttention",
    "torch.nn.modules.transformer.TransformerEncoderLayer",
)
# A cell that says one of these has made its choice of precision.
CHOSEN: Final = ("autocast", "bfloat16", "float16", "half", "int8", "quanti", "torchao")
PICKS: Final = frozenset({"argmax", "topk"})


@dataclass(frozen=True, slots=True)
class T15Facts:
    """The model, how many weights would become int8, and the edit.

    `picks`: the cell asks for the best answer, which rounding seldom changes, and not of one
    item at a time: batches come first there.
    """

    model: TorchModel
    weights: int
    picks: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Prediction]:
    """Every place where a model predicts, in a cell that chose no precision."""
    if not any(choice in word for word in code.words for choice in CHOSEN):
        yield from predictions(code)


def confirm(site: Prediction, code: Code, live: Live) -> T15Facts | None:
    """A float32 model on an x86 processor, most of it in plain linear layers."""
    found = predictor(site, code, live)
    if found is None or not _processor_suits():
        return None
    model = look(found.module, live)
    weights = embedded = 0
    for part in live.modules(found.module):
        line = tuple(lineage(part))
        shapes = (live.read(one, "shape") or (0,) for one in live.parameters(part))
        sizes = sum(map(math.prod, shapes))
        weights += sizes if line[0] == LINEAR else 0
        embedded += sizes if EMBEDDING in line else 0
        if not set(READS_WEIGHTS).isdisjoint(line) or _reads_weights(part, line):
            return None
    computed = model.parameters - embedded
    if weights < MIN_WEIGHTS or weights < MIN_SHARE * computed:
        return None
    if model.dtypes != {"torch.float32"} or model.devices != {"cpu"}:
        return None
    if model.managed or model.casts_itself:
        return None
    alone = {site.call for unit in units_of(code) for site in one_by_one(unit)}
    picks = alone.isdisjoint(found.calls) and not PICKS.isdisjoint(code.words)
    return T15Facts(model, weights, picks, _plan(site, found, code))


def trigger(confirmed: T15Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent when the processor mostly waited; listed where numbers are asked for.

    A regression or an embedding shows every rounding, and one outlier coarsens a whole row.
    """
    if signals.waited():
        return None
    share = f"{confirmed.weights:,} of the {confirmed.model.parameters:,} weights"
    fact = f"{share} of {confirmed.model.name} lie in linear layers, in 32-bit numbers."
    facts = (fact, *signals.busy())
    return facts if confirmed.picks else Listed(facts)


def estimate(_: T15Facts) -> Saving | None:
    """CPU time of the calls by `benchmarks/advice.py`, with AVX512-VNNI."""
    return Saving(0.2, 0.85, f"CPU time of the calls, {BENCHMARK}")


def _processor_suits() -> bool:
    torch = loaded_module("torch")
    try:
        return bool(
            torch.backends.quantized.engine in ("x86", "fbgemm", "onednn")
            and torch.cpu.get_capabilities().get("avx2")
        )
    except (AttributeError, RuntimeError):
        return False


def _reads_weights(part: Any, line: tuple[str, ...]) -> bool:
    """Whether the forward of a class outside of torch reads a layer's weights itself."""
    if line[0].startswith("torch."):
        return False
    return "weight" in names_in(class_attribute(part, "forward"))


def _plan(site: Prediction, found: Predictor, code: Code) -> Plan:
    torch, imports = torch_name(site.region, code)
    made = (
        f"{torch}.{QUANTIZE}(\n    {found.name}, {{{torch}.nn.Linear}}, dtype={torch}.qint8\n)"
    )
    risk = (
        "Results change a little more than with 16-bit numbers: check your metric once. torch "
        "warns that this call will move to torchao, whose own was slower here."
    )
    by_hand = f"To change by hand: predict with `{' '.join(made.split())}`."
    new = f"{found.name.replace('.', '_')}_int8"
    called = [call.func for call in found.calls]
    if (
        found.line is None
        or not new.isidentifier()
        or new in loaded(code.tree) | stored(code.tree)
        or code.names(new) is not None
        or any(code.text(func) != found.name for func in called)
        or shares_lines([site.region], code)
    ):
        return Plan(risk, by_hand)
    edits: list[Edit] = [*imports, Insert(found.line, f"{new} = {made}")]
    edits += [Replace.of(code.masked.text, func, new) for func in called]
    return Plan(risk, by_hand, tuple(edits))


RULE: Final = Rule(
    id="T15",
    title="Predict with 8-bit integers",
    when="a model of linear layers, a million weights or more, that predicts on a CPU",
    libraries=(Library("torch", (2, 0), (2, 14)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, BENCHMARK),
    conflicts=("T01",),
    by_reading=False,
    work=lambda site, _code, _live: Work((site.region,), but=LOADING),
)
