"""T09: do not recompute activations where memory is plentiful.

Checkpointing drops the activations of each layer and computes them a second time in the
backward pass. It trades time for memory, and is waste where the memory stays free.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.peak_memory import peak_share
from greenlab.advice.analysis.torch.called_models import models_in, names_of_models
from greenlab.advice.analysis.torch.model import TorchModel, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    keeps_no_gradients,
    nodes_of,
    outermost,
    passes,
    shares_lines,
    spans,
    work_of,
)
from greenlab.advice.analysis.transformers.trainer import arguments_made, told, trainings
from greenlab.advice.rewriting.edits import Edit, Insert, Replace, Swap
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.ast_queries import keyword, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, class_attribute, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/grad_checkpointing"
BENCHMARK: Final = "benchmarks/advice.py"

# Without checkpointing a GPU holds a few times the activations, beside the same weights; on
# a CPU the rest of the machine needs its memory, too.
GPU_SHARE: Final = 0.6
CPU_SHARE: Final = 0.25
# The current name and the one before transformers 5.23, which warns there.
DISABLE: Final = ("activation_checkpointing_disable", "gradient_checkpointing_disable")
ENABLE: Final = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
ARGUMENTS: Final = ("activation_checkpointing", "gradient_checkpointing")


@dataclass(frozen=True)
class T09Training(Site):
    """`call` is `loss.backward()`, or `trainer.train()` of a Hugging Face trainer."""

    call: ast.Call
    by_trainer: bool


@dataclass(frozen=True, slots=True)
class T09Facts:
    """The model, its device, the share of main memory needed, and the edit."""

    model: TorchModel
    device: str
    memory_share: float | None
    plan: Plan


def candidates(code: Code) -> Iterator[T09Training]:
    """Trainings, by a trainer or by hand."""
    for call in trainings(code):
        yield T09Training(f"A trainer trains in line {call.lineno}.", call, True)
    for step in passes(code):
        if step.backward is not None:
            yield T09Training(step.fact, step.backward, False)


def confirm(site: T09Training, code: Code, live: Live) -> T09Facts | None:
    """A live model of which a part recomputes its activations."""
    named: dict[str, tuple[ast.expr, Any]] = {}
    if site.by_trainer:
        known = told(site.call, code, live)
        models = [] if known is None or known.model is None else [known.model]
    else:
        within = _trained(site.call, code, live)
        models = models_in(within, code, live)
        named = names_of_models(within, code, live)
        if not _set_to_train(code):
            models = [one for one in models if instance_dict(one).get("training")]
    module = next((one for one in models if _recomputes(one, live)), None)
    if module is None:
        return None
    model = look(module, live)
    device = next(iter(model.devices), "cpu")
    disable = next((name for name in DISABLE if class_attribute(module, name)), None)
    name = next((text for text, (_, one) in named.items() if one is module), None)
    share = peak_share() if device == "cpu" else None
    return T09Facts(model, device, share, _plan(site, name, disable, code))


def trigger(confirmed: T09Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent where memory is short; listed where nothing tells."""
    on_gpu = confirmed.device == "cuda"
    share = signals.gpu_memory_share if on_gpu else confirmed.memory_share
    name = confirmed.model.name
    fact = f"{name} computes the activations of its layers twice in each step to save memory."
    if share is None:
        return Listed((fact,))
    if share >= (GPU_SHARE if on_gpu else CPU_SHARE):
        return None
    where = "of the GPU's memory was" if on_gpu else "of the main memory was ever"
    return (fact, f"Only {share:.0%} {where} in use.")


def estimate(confirmed: T09Facts) -> Saving | None:
    """On a CPU, CPU time by `benchmarks/advice.py`; the documentation says 20 % of a GPU's."""
    if confirmed.device == "cpu":
        return Saving(0.15, 0.4, f"CPU time of the training, {BENCHMARK}")
    return None


def _trained(backward: ast.Call, code: Code, live: Live) -> list[ast.AST]:
    """The nodes of a training step's forward pass that keep gradients."""
    step = next(one for one in passes(code) if one.backward is backward)
    return [
        node
        for node in nodes_of(spans(step, code, live))
        if not any(keeps_no_gradients(above, code) for above in code.within(node))
    ]


def _set_to_train(code: Code) -> bool:
    """Whether the cell calls `train()`: it may end in evaluation, but did not begin so."""
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "train"
        for call in code.calls
    )


def _recomputes(module: Any, live: Live) -> bool:
    return any(
        instance_dict(part).get("gradient_checkpointing") is True
        for part in live.modules(module)
    )


def _plan(site: T09Training, name: str | None, disable: str | None, code: Code) -> Plan:
    risk = (
        "The results are the same. Training needs more memory: with long inputs or large "
        "batches it may run out."
    )
    if disable is None:
        return Plan(risk, "To change by hand: leave checkpointing out where the model is made.")
    by_hand = f"To change by hand: call `model.{disable}()` before training"
    by_hand += (
        " and leave `gradient_checkpointing` out of its arguments." if site.by_trainer else "."
    )
    edits: list[Edit] = []
    for statement, func in _enabling(code):
        if shares_lines([statement], code):
            return Plan(risk, by_hand)
        text = f"{code.text(func.value)}.{disable}()"
        edits.append(Swap(statement.lineno, statement.end_lineno or statement.lineno, text))
    if site.by_trainer:
        made = arguments_made(code)
        word = None if made is None else keyword(made, *ARGUMENTS)
        if made is None or word is None:
            return Plan(risk, by_hand)  # told in another cell
        edits.append(Replace.of(code.masked.text, word, "False"))
        assert isinstance(site.call.func, ast.Attribute)
        model = f"{code.text(site.call.func.value)}.model"
        edits.append(Insert(code.statement(site.call).lineno, f"{model}.{disable}()"))
    elif not edits:
        before = outermost(site.call, code)
        if name is None or name.partition(".")[0] in stored(before):
            return Plan(risk, by_hand)
        edits.append(Insert(before.lineno, f"{name}.{disable}()"))
    return Plan(risk, by_hand, tuple(edits))


def _enabling(code: Code) -> Iterator[tuple[ast.stmt, ast.Attribute]]:
    """The statements that are nothing but `model.gradient_checkpointing_enable(…)`."""
    for call in code.calls:
        statement = code.parents[call]
        func = call.func
        if not (isinstance(statement, ast.Expr) and isinstance(func, ast.Attribute)):
            continue
        if func.attr in ENABLE:
            yield statement, func


def _work(site: T09Training, code: Code, live: Live) -> Work:
    if site.by_trainer:
        return Work((site.call,), but=LOADING)
    return work_of(Pass(site.fact, code.statement(site.call), site.call), code, live)


RULE: Final = Rule(
    id="T09",
    title="Train without recomputing activations",
    when="a model that trains with gradient checkpointing while memory stays free",
    libraries=(Library("torch", (2, 0), (3,)), Library("transformers", (4, 40), (6,))),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    by_reading=False,
    work=_work,
)
