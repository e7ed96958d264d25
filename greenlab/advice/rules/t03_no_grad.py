"""T03: keep no gradients where a model only predicts.

Without `torch.no_grad()` each forward pass remembers all that `backward()` would need, and
frees it unused. `torch.inference_mode()` saves next to nothing more, and what it returns
cannot take part in training later; so the change is the one that can break nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.called_models import model_at
from greenlab.advice.analysis.torch.model import TorchModel, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    keeps_no_gradients,
    repeats,
    shares_lines,
    switches_gradients_off,
    torch_name,
)
from greenlab.advice.rewriting.edits import Wrap
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, class_attribute, instance_dict, loaded_module
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/notes/autograd.html"
BENCHMARK: Final = "benchmarks/advice.py"

# A cell that says one of these works with gradients, or has made its choice.
GRADIENTS: Final = frozenset(
    {"captum", "hessian", "inference_mode", "jacobian", "jvp", "saliency", "vjp"}
)
# What is asked of a prediction, and of nothing that is to be trained on.
ANSWERS: Final = frozenset(
    {"argmax", "argmin", "detach", "item", "numpy", "tolist", "topk"}
)  # fmt: skip


@dataclass(frozen=True)
class Forward(Site):
    """`call` may be a model that predicts."""

    call: ast.Call


@dataclass(frozen=True, slots=True)
class T03Facts:
    """The model, its device, and whether its answers are plainly not trained on."""

    model: TorchModel
    device: str
    predicts: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Forward]:
    """Every call that runs again and again, in a cell that says nothing of gradients."""
    if any(_of_gradients(word) for word in code.words):
        return
    for call in code.calls:
        around = list(code.within(call))
        if repeats(call, code) and not any(
            isinstance(one, (ast.Lambda, ast.AsyncFunctionDef)) or keeps_no_gradients(one, code)
            for one in around
        ):
            yield Forward(f"Line {call.lineno} may keep what training would need.", call)


def confirm(site: Forward, code: Code, live: Live) -> T03Facts | None:
    """A model set to predict, whose weights would be trained, while gradients are kept."""
    torch = loaded_module("torch")
    if not torch.is_grad_enabled() or not _predicts(site.call, code, live):
        return None
    model = look(model_at(site.call.func, code, live), live)
    statements: list[ast.stmt] = []
    for other in candidates(code):
        if _predicts(other.call, code, live):
            statement = code.statement(other.call)
            if not any(one in statements for one in (statement, *code.within(statement))):
                statements.append(statement)
    answers = not ANSWERS.isdisjoint(code.words)
    device = next(iter(model.devices), "cpu")
    return T03Facts(model, device, answers, _plan(statements, code))


def trigger(confirmed: T03Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Listed where the outputs may yet be trained on, or the gain is memory alone.

    That is so of convolutions, which cost the same either way. Silent when the processor
    waited.
    """
    model = confirmed.model
    if signals.waited(gpu=confirmed.device == "cuda"):
        return None
    fact = (
        f"{model.name} is set to predict (eval), yet each call keeps what backward() would "
        f"need for its {model.parameters:,} parameters."
    )
    sure = confirmed.predicts and model.convolution <= model.linear
    return (fact,) if sure else Listed((fact,))


def estimate(confirmed: T03Facts) -> Saving | None:
    """On a CPU, the CPU time of the calls by `benchmarks/advice.py`; on a GPU not known.

    Least where matrix products take most of the time, most for small recurrent networks. Of
    convolutions nothing is promised: 0.95 to 1.96 times the CPU time was measured.
    """
    if confirmed.device != "cpu" or confirmed.model.convolution > 0:
        return None
    return Saving(0.05, 0.75, f"CPU time of the calls, {BENCHMARK}")


def _of_gradients(word: str) -> bool:
    return "grad" in word or "backward" in word or word in GRADIENTS


def _predicts(call: ast.Call, code: Code, live: Live) -> bool:
    """Whether this calls a model in eval mode that keeps gradients for nobody."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "generate":
        return False  # transformers keeps none there by itself
    model = model_at(call.func, code, live)
    if model is None or instance_dict(model).get("training") is not False:
        return False
    given = (*call.args, *(word.value for word in call.keywords))
    if any(live.read(live.resolve(code.actual(one)), "requires_grad") for one in given):
        return False  # the gradient of the input is wanted
    weights = (weight for part in live.modules(model) for weight in live.parameters(part))
    return any(live.read(one, "requires_grad") for one in weights) and not _guards(model)


def _guards(model: Any) -> bool:
    """Whether the forward of this class switches gradients off itself."""
    return switches_gradients_off(class_attribute(model, "forward"))


def _plan(statements: list[ast.stmt], code: Code) -> Plan:
    torch, edits = torch_name(statements[0], code)
    header = f"with {torch}.no_grad():"
    risk = (
        "The outputs are the same numbers. Nothing can be trained through them: leave this "
        "out if backward() is called on them elsewhere."
    )
    by_hand = f"To change by hand: call the model under `{header}`."
    for one in statements:
        if shares_lines([one], code):
            return Plan(risk, by_hand)
        edits.append(Wrap(one.lineno, one.end_lineno or one.lineno, header))
    return Plan(risk, by_hand, tuple(edits))


RULE: Final = Rule(
    id="T03",
    title="Keep no gradients while predicting",
    when="a PyTorch model in eval mode called again and again without `torch.no_grad()`",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    by_reading=False,
    work=lambda site, _code, _live: Work((site.call,)),
)
