"""T13: work a training or inference loop does for nothing.

Shown: autograd's anomaly detection left on, and a model loaded anew in each round. Only
listed, since they cost memory rather than energy on what was measured: losses kept with all
that was needed to compute them, Keras models built in a loop, and a GPU asked for each loss.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from greenlab.advice.analysis.torch.called_models import models_in
from greenlab.advice.analysis.torch.loop_invariants import (
    LoadInLoop,
    detached,
    kept_graphs,
    loads,
)
from greenlab.advice.analysis.torch.model import is_module, look
from greenlab.advice.analysis.torch.training_and_evaluation import (
    LOOPS,
    forward,
    nodes_of,
    outermost,
    steps,
    torch_name,
)
from greenlab.advice.rewriting.edits import Edit, Insert, Replace
from greenlab.advice.rule import Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, lineage, loaded_module
from greenlab.record import Saving

ANOMALY: Final = "https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection"
MEMORY: Final = "https://docs.pytorch.org/docs/stable/notes/faq.html"
SYNCS: Final = "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html"
KERAS: Final = "https://keras.io/api/utils/config_utils/#clearsession-function"
BENCHMARK: Final = "benchmarks/advice.py"

Kind = Literal["anomaly", "load", "graph", "keras", "sync"]


@dataclass(frozen=True)
class Waste(Site):
    """`node`: the training step, the load, the kept loss, the model made, or the sync."""

    kind: Kind
    node: Any


@dataclass(frozen=True, slots=True)
class T13Facts:
    """What is done for nothing, in words; where the model lies; and the edit."""

    kind: Kind
    fact: str
    device: str
    plan: Plan


def candidates(code: Code) -> Iterator[Waste]:
    """From the costliest to the cheapest."""
    for step in steps(code):
        yield Waste(f"A training step ends in line {step.lineno}.", "anomaly", step)
    for load in loads(code):
        line = load.call.lineno
        yield Waste(f"Line {line} loads the same again in each round.", "load", load)
    for pair in kept_graphs(code):
        yield Waste(f"Line {pair[1].lineno} keeps each loss with its graph.", "graph", pair)
    for call in code.calls:
        path = code.path(call.func) or ""
        within = any(isinstance(above, LOOPS) for above in code.within(call))
        if within and "keras" in path and path.rpartition(".")[2] in ("Model", "Sequential"):
            yield Waste(f"Line {call.lineno} builds a model in each round.", "keras", call)
        if within and isinstance(call.func, ast.Attribute) and call.func.attr == "item":
            yield Waste(f"Line {call.lineno} waits for the GPU.", "sync", call)


def confirm(site: Waste, code: Code, live: Live) -> T13Facts | None:
    """What the live objects say of it."""
    return _CONFIRM[site.kind](site.node, code, live)


def trigger(confirmed: T13Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Shown where it was measured to pay; a sync counts only beside a GPU that waits."""
    if confirmed.kind == "sync":
        if signals.gpu_busy is None or signals.gpu_busy >= 0.7:
            return None
        return Listed((confirmed.fact, *signals.busy(gpu=True)))
    if confirmed.kind in ("graph", "keras"):
        return Listed((confirmed.fact,))
    return (confirmed.fact,)


def estimate(confirmed: T13Facts) -> Saving | None:
    """CPU time by `benchmarks/advice.py`; none where it is not known what the rest costs."""
    if confirmed.kind == "anomaly" and confirmed.device == "cpu":
        return Saving(0.4, 0.85, f"CPU time of the training steps, {BENCHMARK}")
    return None


def _anomaly(step: ast.Call, code: Code, live: Live) -> T13Facts | None:
    torch = loaded_module("torch")
    models = (
        [] if torch is None else models_in(nodes_of([forward(step, code, live)]), code, live)
    )
    if not models:
        return None
    around = [
        item.context_expr
        for above in code.within(step)
        if isinstance(above, ast.With)
        for item in above.items
    ]
    made = [one for one in around if _ends(one, code, "detect_anomaly")]
    if made and isinstance(made[0], ast.Call):
        name, more = torch_name(step, code)
        text = f"{name}.autograd.set_detect_anomaly(False)"
        edits = (*more, Replace.of(code.masked.text, made[0], text))
    elif torch.is_anomaly_enabled():
        edits = _switched_off(step, code)
    else:
        return None
    return T13Facts(
        "anomaly",
        "Autograd's anomaly detection is on: it checks each gradient and notes where each "
        "operation came from. PyTorch's documentation keeps it for debugging.",
        next(iter(look(models[0], live).devices), "cpu"),
        Plan(
            "The results are the same. A NaN is no longer traced to its origin.",
            "To change by hand: call `torch.autograd.set_detect_anomaly(False)` first.",
            edits,
        ),
    )


def _switched_off(step: ast.Call, code: Code) -> tuple[Edit, ...]:
    for call in code.calls:
        if _ends(call, code, "set_detect_anomaly") and len(call.args) == 1:
            return (Replace.of(code.masked.text, call.args[0], "False"),)
    torch, edits = torch_name(step, code)
    text = f"{torch}.autograd.set_detect_anomaly(False)"
    return (*edits, Insert(outermost(step, code).lineno, text))


def _ends(node: ast.expr, code: Code, name: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    path = code.path(node.func) or ""
    return path.startswith("torch.") and path.endswith(f".{name}")


def _load(load: LoadInLoop, code: Code, live: Live) -> T13Facts | None:
    thing = live.resolve(load.name)
    if not is_module(thing) and not any(
        one.startswith("transformers.") for one in lineage(thing)
    ):
        return None
    name = load.name.id
    return T13Facts(
        "load",
        f"{name} is loaded anew in each round of the loop, always the same.",
        "",
        Plan(
            f"The results are the same, unless the loop changes {name} itself.",
            f"To change by hand: load {name} once, before the loop.",
            load.hoisted(code),
        ),
    )


def _graph(pair: tuple[ast.Name, ast.Name], code: Code, live: Live) -> T13Facts | None:
    into, one = pair
    kept = live.resolve(into)
    if type(kept) is list:
        kept = kept[-1] if kept else None
    if not live.read(kept, "requires_grad"):
        return None
    return T13Facts(
        "graph",
        f"{into.id} keeps, with each loss, the record of how it was computed: memory grows.",
        "",
        Plan(
            "The numbers are the same; backward() can no longer be called on them.",
            f"To change by hand: keep `{one.id}.detach()`.",
            (detached(one, code),),
        ),
    )


def _keras(call: ast.Call, code: Code, live: Live) -> T13Facts | None:
    statement = code.parents[call]
    named = statement.targets[0] if isinstance(statement, ast.Assign) else None
    model = live.resolve(named)
    cleared = any(
        isinstance(other.func, ast.Attribute) and other.func.attr == "clear_session"
        for other in code.calls
    )
    kept = descends(model, "keras.src.models.model.Model", "keras.engine.training.Model")
    if cleared or not kept:
        return None
    return T13Facts(
        "keras",
        "A Keras model is built in each round of a loop, and Keras keeps what it built.",
        "",
        Plan(
            "Models of earlier rounds can no longer be relied on afterwards.",
            "To change by hand: call `keras.backend.clear_session()` first in each round.",
        ),
    )


def _sync(call: ast.Call, code: Code, live: Live) -> T13Facts | None:
    loops = [above for above in code.within(call) if isinstance(above, LOOPS)]
    step = next((one for one in steps(code) if loops[0] in set(code.within(one))), None)
    if step is None:
        return None
    models = models_in(nodes_of([forward(step, code, live)]), code, live)
    if not any(look(one, live).devices == {"cuda"} for one in models):
        return None
    return T13Facts(
        "sync",
        f"Line {call.lineno} waits for the GPU in each step.",
        "cuda",
        Plan(
            "The numbers are the same; those shown while it runs come later.",
            "To change by hand: add up `loss.detach()`, and call `.item()` every 100 steps.",
        ),
    )


_CONFIRM: Final[Mapping[Kind, Callable[[Any, Code, Live], T13Facts | None]]] = {
    "anomaly": _anomaly, "load": _load, "graph": _graph, "keras": _keras, "sync": _sync
}  # fmt: skip

RULE: Final = Rule(
    id="T13",
    title="Leave out what the loop does for nothing",
    when="anomaly detection left on, a model loaded in each round, or losses kept whole",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(ANOMALY, MEMORY, SYNCS, KERAS, BENCHMARK),
    by_reading=False,
)
