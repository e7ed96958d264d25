"""T11: adapt a large language model with low-rank matrices instead of all its weights.

A training step needs no gradients, and the optimizer no state, for what stays as it was.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.called_models import models_in
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    nodes_of,
    spans,
    steps,
    work_of,
)
from greenlab.advice.analysis.transformers.trainer import told, trainings
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, lineage

PAPER: Final = "https://arxiv.org/abs/2106.09685"
DOCS: Final = "https://huggingface.co/docs/peft/main/en/developer_guides/lora"
PRETRAINED: Final = "transformers.modeling_utils.PreTrainedModel"
MIN_WEIGHTS: Final = 500_000_000
MIN_TRAINED: Final = 0.9
_TASKS: Final = {
    "ForCausalLM": "CAUSAL_LM",
    "ForConditionalGeneration": "SEQ_2_SEQ_LM",
    "ForQuestionAnswering": "QUESTION_ANS",
    "ForSequenceClassification": "SEQ_CLS",
    "ForTokenClassification": "TOKEN_CLS",
    "LMHeadModel": "CAUSAL_LM",
}


@dataclass(frozen=True)
class T11Training(Site):
    """A training step, or the `train()` of a Trainer."""

    call: ast.Call
    one: Pass | None


@dataclass(frozen=True, slots=True)
class T11Facts:
    """A pretrained model all of which is trained; `task` as peft names it."""

    model: str
    weights: int
    task: str | None


def candidates(code: Code) -> Iterator[T11Training]:
    """Training steps and Trainers."""
    for call in trainings(code):
        yield T11Training(f"A Trainer trains in line {call.lineno}.", call, None)
    for call in steps(code):
        fact = f"A training step ends in line {call.lineno}."
        yield T11Training(fact, call, Pass(fact, code.statement(call), call))


def confirm(site: T11Training, code: Code, live: Live) -> T11Facts | None:
    """Nearly all weights of a large pretrained model take gradients."""
    for model in _models(site, code, live):
        if not descends(model, PRETRAINED):
            continue
        weights = trained = 0
        seen: set[int] = set()  # weights may be shared by layers
        for part in live.modules(model):
            if any(name.partition(".")[0] == "peft" for name in lineage(part)):
                return None
            for parameter in live.parameters(part):
                if id(parameter) in seen:
                    continue
                seen.add(id(parameter))
                size = math.prod(live.read(parameter, "shape") or (0,))
                weights += size
                trained += size if live.read(parameter, "requires_grad") is True else 0
        if weights >= MIN_WEIGHTS and trained >= MIN_TRAINED * weights:
            name = type(model).__name__
            task = next((task for end, task in _TASKS.items() if name.endswith(end)), None)
            return T11Facts(name, weights, task)
    return None


def trigger(confirmed: T11Facts, _: Signals) -> tuple[str, ...] | None:
    """What is trained."""
    return (f"All {confirmed.weights:,} weights of {confirmed.model} are trained.",)


def _models(site: T11Training, code: Code, live: Live) -> list[Any]:
    if site.one is not None:
        return models_in(nodes_of(spans(site.one, code, live)), code, live)
    known = told(site.call, code, live)
    return [] if known is None or known.model is None else [known.model]


def _plan(confirmed: T11Facts) -> Plan:
    task = f'task_type="{confirmed.task}"' if confirmed.task else ""
    return Plan(
        "Quality may fall a little, and some tasks need more epochs: compare on your "
        "validation set. The optimizer must be made after the change.",
        "To change by hand, where the model is loaded: `from peft import LoraConfig, "
        f"get_peft_model` and `model = get_peft_model(model, LoraConfig({task}))`; then "
        "make the optimizer or the Trainer.",
    )


def _work(site: T11Training, code: Code, live: Live) -> Work:
    if site.one is None:
        return Work((site.call,), but=LOADING)
    return work_of(site.one, code, live)


RULE: Final = Rule(
    id="T11",
    title="Train low-rank adapters instead of all weights",
    when="all weights of a pretrained model of half a billion or more are trained",
    libraries=(Library("torch", (2, 0), (3,)), Library("transformers", (4, 40), (6,))),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=_plan,
    estimate=lambda _: None,
    verify="V2",
    sources=(PAPER, DOCS),
    by_reading=False,
    work=_work,
)
