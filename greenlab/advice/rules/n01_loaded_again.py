"""N01: load a model in a cell of its own, not in each run of the cell that uses it.

Cells are run several times over while they are written: 3.5 times on average in one study.
Listed only: what the load is of the cell's energy cannot be told from outside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.model import is_module
from greenlab.advice.analysis.transformers.model_table import registry
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.cellcode.ast_queries import loaded
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict
from greenlab.record import Saving

RUNS: Final = "https://arxiv.org/abs/2507.15831"
MIN_RUNS: Final = 3
# Calls after which a run may need the weights as they came.
TRAINS: Final = frozenset({"backward", "fit", "train", "step", "load_state_dict"})


@dataclass(frozen=True)
class RepeatedLoad(Site):
    """`name = ….from_pretrained(…)` among the statements of the cell itself."""

    name: str
    line: int


def candidates(code: Code) -> Iterator[RepeatedLoad]:
    """Loads that happen in each run, in a cell that also uses what it loads."""
    if code.attributes & TRAINS or "Trainer" in " ".join(loaded(code.tree)):
        return
    for statement in code.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                used = code.reads_elsewhere({name}, statement)
                if used and any(_loads(one, code) for one in (call, _inner(call))):
                    line = statement.lineno
                    yield RepeatedLoad(f"Line {line} loads {name} in each run.", name, line)


def confirm(site: RepeatedLoad, code: Code, live: Live) -> RepeatedLoad | None:
    """What was loaded is a live model, or a pipeline around one."""
    del code
    thing: Any = live.namespace.get(site.name)
    model = is_module(thing) or is_module(instance_dict(thing).get("model"))
    return site if model else None


def trigger(site: RepeatedLoad, signals: Signals) -> Listed | None:
    """The same code ran three times or more."""
    if signals.runs < MIN_RUNS:
        return None
    return Listed((f"Line {site.line} loaded {site.name} anew in {signals.runs} runs.",))


def estimate(_: RepeatedLoad) -> Saving | None:
    """None: it is the load's share of the cell."""
    return None


def _inner(call: ast.Call) -> ast.Call | None:
    """The load in `load(…).to(device)`."""
    func = call.func
    held = func.value if isinstance(func, ast.Attribute) else None
    return held if isinstance(held, ast.Call) else None


def _loads(call: ast.Call | None, code: Code) -> bool:
    return call is not None and registry(code.path(call.func)) is not None


RULE: Final = Rule(
    id="N01",
    title="Load the model in a cell of its own",
    when="listed: a cell that loads a model and uses it, run three times or more",
    libraries=(Library("torch", (2, 0), (3,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda site: Plan(
        "A model that the cell changes would keep the change from run to run.",
        f"To change by hand: move line {site.line} to a cell above, and run that once.",
    ),
    estimate=estimate,
    verify="V4",
    sources=(RUNS,),
    by_reading=False,
)
