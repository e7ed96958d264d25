"""M04: start from the trained weights that a model's configuration came with.

`from_config` takes the shape of a known model and leaves its weights behind, for random ones.
A model that starts from the trained weights needs two to four epochs for a new task.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.called_models import models_in
from greenlab.advice.analysis.torch.model import is_module, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    nodes_of,
    outermost,
    spans,
    steps,
)
from greenlab.advice.analysis.transformers.trainer import told, trainings
from greenlab.advice.analysis.trip_count import counted
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import TORCH, Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict, lineage
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/training"
PAPER: Final = "https://arxiv.org/abs/1810.04805"

# What the paper found enough for a new task, and from where on more are worth a word.
FEWEST: Final = 2
MOST: Final = 4
MIN_EPOCHS: Final = 8
# Other kinds, language models above all, may be meant to be trained from nothing.
TASKS: Final = (
    "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering",
    "ForMultipleChoice", "ForImageClassification",
)  # fmt: skip
# A cell that says one of these loads weights after all, or compares with a model that did.
LOADS: Final = ("from_pretrained", "load_state_dict", "load_model", "load_weights")
CONFIGS: Final = ("AutoConfig.from_pretrained", "Config.from_pretrained")


@dataclass(frozen=True)
class Random(Site):
    """`made`: the name of a model made from a configuration; `config` is what it is made of."""

    made: ast.Name
    config: ast.expr


@dataclass(frozen=True, slots=True)
class M04Facts:
    """The model, what its configuration was loaded from, and the epochs it was trained for."""

    model: str
    parameters: int
    source: str
    epochs: int
    by_hand: str


def candidates(code: Code) -> Iterator[Random]:
    """Every model of transformers that is made from a configuration and trained in the cell."""
    if not any(True for _ in steps(code)) and not any(True for _ in trainings(code)):
        return
    if any(_loads_weights(node, code) for node in code.nodes):
        return
    for node in code.nodes:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        call, target = node.value, node.targets[0]
        path = code.path(call.func) or ""
        made = path.endswith(("Classification.from_config", "Answering.from_config"))
        made = made or path.endswith(("Choice.from_config", *TASKS))
        if path.startswith("transformers.") and made and isinstance(target, ast.Name):
            given = [
                *call.args,
                *(word.value for word in call.keywords if word.arg == "config"),
            ]
            if given:
                fact = f"Line {node.lineno} makes a model with random weights."
                yield Random(fact, target, given[0])


def confirm(site: Random, code: Code, live: Live) -> M04Facts | None:
    """Its configuration was loaded from where trained weights lie, and the epochs are many."""
    model = live.resolve(site.made)
    if not is_module(model) or not any(name.endswith(TASKS) for name in lineage(model)):
        return None
    config = instance_dict(instance_dict(model).get("config"))
    source = config.get("_name_or_path")
    epochs = _epochs(site, model, code, live)
    if type(source) is not str or not source or epochs < MIN_EPOCHS:
        return None
    seen = look(model, live)
    auto = next(task for task in TASKS if type(model).__name__.endswith(task))
    by_hand = (
        f'To change by hand: `{site.made.id} = AutoModel{auto}.from_pretrained("{source}", '
        f"config={code.text(site.config)})`, a learning rate of 2e-5 to 5e-5, and "
        f"{FEWEST} to {MOST} epochs."
    )
    return M04Facts(seen.name, seen.parameters, source, epochs, by_hand)


def trigger(confirmed: M04Facts, _: Signals) -> tuple[str, ...] | None:
    """Any heavy training of this kind."""
    model = f"{confirmed.model} ({confirmed.parameters:,} parameters)"
    usual = f"{FEWEST} to {MOST} epochs are usual from there ({PAPER})"
    return (
        f"{model} was trained from random weights for {confirmed.epochs} epochs.",
        f"Its configuration came from {confirmed.source}, as trained weights do; {usual}.",
    )


def rewrite(confirmed: M04Facts) -> Plan:
    """Words: how many epochs are enough is for the user's metric to say."""
    return Plan(
        "What the weights were trained on comes along: check its licence, its language and "
        "your metric. Without a checkpoint of that name there is nothing to load.",
        confirmed.by_hand,
    )


def estimate(confirmed: M04Facts) -> Saving | None:
    """The epochs beyond those that the paper names."""
    low, high = (round(1 - most / confirmed.epochs, 2) for most in (MOST, FEWEST))
    return Saving(low, high, f"epochs beyond {FEWEST} to {MOST}, {PAPER}")


def _loads_weights(node: ast.AST, code: Code) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in LOADS:
        return False
    path = code.path(node) or ""
    return not (path.endswith(CONFIGS) or "Tokenizer" in path or "Processor" in path)


def _epochs(site: Random, model: Any, code: Code, live: Live) -> int:
    """How often the data were gone through, in a loop or by a Trainer."""
    for call in trainings(code):
        given = told(call, code, live)
        if given is not None and given.model is model:
            arguments = given.arguments
            count: Any = arguments.get("num_train_epochs")
            most: Any = arguments.get("max_steps")  # where set, it counts instead
            by_epochs = type(count) in (int, float) and not (type(most) is int and most > 0)
            return int(count) if by_epochs else 0
    counts = [0]
    for call in steps(code):
        one = Pass(site.fact, code.statement(call), call)
        if any(
            each is model for each in models_in(nodes_of(spans(one, code, live)), code, live)
        ):
            loop = outermost(call, code)
            counts.append((isinstance(loop, ast.For) and counted(loop.iter, live)) or 0)
    return max(counts)


RULE: Final = Rule(
    id="M04",
    title="Start from the trained weights",
    when="a known model with random weights trained for eight epochs or more",
    libraries=(Library("transformers", (4,), (6,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=rewrite,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, PAPER),
    by_reading=False,
    work=lambda _site, _code, _live: Work(below=(*TORCH, "transformers.trainer.")),
)
