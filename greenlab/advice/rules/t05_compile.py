"""T05: compile a model that runs for long.

Compiling takes from seconds to minutes before the first result, again for each shape of
input; so it is named only where the same code has run for far longer than that.
`model.compile()` changes the model in place: its class and its `state_dict` stay.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab import units
from greenlab.advice.analysis.torch.called_models import names_of_models
from greenlab.advice.analysis.torch.model import TorchModel, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    LOOPS,
    Pass,
    nodes_of,
    outermost,
    passes,
    spans,
    work_of,
)
from greenlab.advice.rewriting.edits import Insert
from greenlab.advice.rule import Library, Listed, Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.cellcode.ast_queries import stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict, lineage
from greenlab.record import Saving

DOCS: Final = (
    "https://docs.pytorch.org/docs/stable/user_guide/torch_compiler/torch.compiler.html"
)
PAPER: Final = "https://pytorch.org/blog/pytorch-2-paper-tutorial/"

# Compiling took 5 to 25 s for small models on a CPU; large ones take minutes. At the gains
# published, ten minutes win back what a minute of compiling costs.
MIN_S: Final = 600.0
# These pad each batch to its own length, and each new length is compiled anew.
TEXTS: Final = ("transformers.", "sentence_transformers.")
SEQUENCES: Final = ("torch.nn.modules.rnn.RNNBase", "torch.nn.modules.sparse.Embedding")
COMPILED: Final = frozenset({"compile", "cudagraphs", "export", "script", "trace"})


@dataclass(frozen=True, slots=True)
class T05Facts:
    """The model, its device, whether its inputs vary in shape, and the edit."""

    model: TorchModel
    device: str
    training: bool
    varies: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Pass]:
    """Every pass within a loop, in a cell that compiles nothing."""
    if not COMPILED.isdisjoint(code.attributes):
        return
    for one in passes(code):
        within = any(isinstance(node, LOOPS) for node in ast.walk(one.region))
        if within or any(isinstance(above, LOOPS) for above in code.within(one.region)):
            yield one


def confirm(site: Pass, code: Code, live: Live) -> T05Facts | None:
    """A model that is not compiled, where a compiler is at hand."""
    within = nodes_of(spans(site, code, live))
    for name, (node, module) in names_of_models(within, code, live).items():
        model = look(module, live)
        if len(model.devices) != 1 or model.managed or _compiled(module, live):
            continue
        device = next(iter(model.devices))
        if device == "cuda" or (device == "cpu" and shutil.which("g++")):
            return T05Facts(
                model, device, site.backward is not None, _varies(module, live),
                _plan(name, node, code),
            )  # fmt: skip
    return None


def trigger(confirmed: T05Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Shown on a GPU that computes; on a CPU it gained for some models and lost for others."""
    total = signals.total_duration_s or signals.duration_s
    if total < MIN_S:
        return None
    model = confirmed.model
    facts: tuple[str, ...] = (f"{model.name} ran for {units.duration(total)}, not compiled.",)
    if confirmed.device == "cpu":
        return Listed(facts)
    if signals.gpu_busy is None or signals.gpu_busy < 0.3:
        return None
    facts = (*facts, *signals.busy(gpu=True))
    return Listed(facts) if confirmed.varies else facts


def estimate(confirmed: T05Facts) -> Saving | None:
    """Time on an A100 over three suites of models, by its authors; on a CPU not known."""
    if confirmed.device == "cpu":
        return None
    high = 1 - 1 / 1.41 if confirmed.training else 1 - 1 / 2.27
    return Saving(0.0, round(high, 2), f"time on an A100, {PAPER}")


def _compiled(module: Any, live: Live) -> bool:
    return any(
        instance_dict(part).get("_compiled_call_impl") is not None
        or any(path.startswith(("torch._dynamo.", "torch.jit.")) for path in lineage(part))
        for part in live.modules(module)
    )


def _varies(module: Any, live: Live) -> bool:
    """Whether its inputs are likely to differ in shape: texts and sequences."""
    paths = {path for part in live.modules(module) for path in lineage(part)}
    texts = any(path.startswith(TEXTS) for path in paths)
    return texts or not paths.isdisjoint(SEQUENCES)


def _plan(name: str, node: ast.expr, code: Code) -> Plan:
    text = f"{name}.compile()"
    risk = (
        "The results are the same up to rounding. The first step, and the first of each new "
        "shape of input, waits for the compiler; keep all batches of one size."
    )
    by_hand = f"To change by hand: call `{text}` once, before the loop."
    before = outermost(node, code)
    in_function = any(isinstance(above, ast.FunctionDef) for above in code.within(node))
    if name.partition(".")[0] in stored(before) or in_function:
        return Plan(risk, by_hand)
    return Plan(risk, by_hand, (Insert(before.lineno, text),))


RULE: Final = Rule(
    id="T05",
    title="Compile the model",
    when="a PyTorch model that has run for ten minutes or more uncompiled",
    libraries=(Library("torch", (2, 2), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, PAPER),
    by_reading=False,
    work=work_of,
)
