"""M01: a smaller counterpart of a well-known model, from `data/models.csv`.

Each row of the table names its source. Nothing is said of a model that is not in it. Where the
cell only calls the model, the live model says under which name it was loaded.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.callers import path_of_object, uses
from greenlab.advice.analysis.torch.model import look, seen_running
from greenlab.advice.analysis.transformers.model_names import (
    module_of,
    names_made,
    names_of,
    runs_model,
)
from greenlab.advice.analysis.transformers.model_swap import is_studied, is_tied, swapped
from greenlab.advice.analysis.transformers.model_table import (
    Counterpart,
    builder,
    registry,
    table,
)
from greenlab.advice.analysis.transformers.size_studies import compares_sizes
from greenlab.advice.rule import Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import MODELS, Work
from greenlab.cellcode.abstract_values import Known, Made, Value
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

# Calls that take a model, or its name, and run nothing.
IDLE: Final = frozenset(
    {"cpu", "cuda", "eval", "load_state_dict", "named_parameters", "parameters",
     "requires_grad_", "save_pretrained", "state_dict", "summary", "to"}
)  # fmt: skip
# Methods of libraries that run the model, or call the function, that they are given.
RUNS: Final = frozenset(
    {"apply", "evaluate", "fit", "from_documents", "from_texts", "map", "predict",
     "progress_apply", "progress_map", "test", "validate"}
)  # fmt: skip
# Methods of models that are handed on to be called.
ANSWERS: Final = frozenset(
    {"__call__", "embed_documents", "embed_query", "encode", "forward", "generate", "predict",
     "transcribe"}
)  # fmt: skip


@dataclass(frozen=True)
class Model(Site):
    """`call` loads a model of the table or, unless `loads`, calls what may be one."""

    call: ast.Call
    node: ast.expr
    loads: bool


@dataclass(frozen=True, slots=True)
class M01Facts:
    """The model, its counterpart, its number of parameters, the edit."""

    model: str
    counterpart: Counterpart
    parameters: int | None
    loads: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Model]:
    """Every call that loads a model of the table, then calls of what may be one."""
    met: set[object] = set()
    for call in code.calls:
        value = code.value(call)
        made = value if isinstance(value, Made) and value.call is call else None
        for _, name in names_made(made) if made is not None else _by_path(call, code):
            counterpart = _row(name)
            if counterpart is not None:
                yield Model(_fact(call, name, counterpart), call, call, True)
    for call, holder in _runs(code):
        value = code.value(holder)
        if not _is_model(value) and (seen := _seen_loaded(holder, code)) is not None:
            yield Model(f"Line {call.lineno} calls {seen}.", call, holder, False)
        if not _is_model(value) or (key := _key(value)) in met:
            continue
        met.add(key)
        for _, name in names_made(value) if isinstance(value, Made) else ((0, ""),):
            row = _row(name)
            fact = (
                f"Line {call.lineno} calls a model."
                if row is None
                else f"Line {call.lineno} calls {name}; {row.smaller} is smaller."
            )
            yield Model(fact, call, holder, False)


def _runs(code: Code) -> Iterator[tuple[ast.Call, ast.expr]]:
    """What is called, or whose method is, and what is handed to a call that calls it."""
    for call in code.calls:
        if _has_embeddings(call, code):
            continue
        if (held := _called(call.func, code)) is not None:
            yield call, held
        given = [*call.args, *(word.value for word in call.keywords)]
        runs = isinstance(call.func, ast.Attribute) and call.func.attr in RUNS
        for one in given:
            if isinstance(one, ast.Attribute) and _is_model(code.value(one.value)):
                if one.attr in ANSWERS:  # `column.map(model.encode)`
                    yield call, one.value
            elif runs and isinstance(one, (ast.Attribute, ast.Name)):
                yield call, one


def _has_embeddings(call: ast.Call, code: Code) -> bool:
    """Whether a topic model is given what its own model would compute."""
    if not (path_of_object(call.func, code) or "").startswith("bertopic."):
        return False
    return len(call.args) > 1 or keyword(call, "embeddings") is not None


def _called(func: ast.expr, code: Code) -> ast.expr | None:
    if isinstance(func, ast.Attribute) and not _is_model(code.value(func)):
        return None if func.attr in IDLE else func.value
    return func


def confirm(site: Model, code: Code, live: Live) -> M01Facts | None:
    """The model is alive, or its code says what it is; nothing was made for this very one."""
    value, thing = _value(site, code, live)
    found = next(iter(names_of(value, code, live)), None)
    if found is None and (seen := _seen_loaded(site.node, code)) is not None:
        found = "hub", seen
    if found is None or is_tied(code) or is_studied(code):
        return None
    library, name = found
    counterpart = table()[library, name]
    if compares_sizes(library, counterpart.smaller, code, live):
        return None
    module = module_of(thing)
    if module is None:
        module = seen_running(site.node, live)
    parameters = None if module is None else look(module, live).parameters
    plan = swapped(library, name, counterpart, code)
    return M01Facts(name, counterpart, parameters, site.loads, plan)


def trigger(confirmed: M01Facts, signals: Signals) -> tuple[str, ...] | None:
    """Any heavy cell that loads or calls the model, and does not mostly wait."""
    if not confirmed.loads and signals.waited() and signals.waited(gpu=True):
        return None
    other = confirmed.counterpart
    does = "loads" if confirmed.loads else "calls"
    count = f", {confirmed.parameters:,} parameters" if confirmed.parameters else ""
    facts = [f"The cell {does} {confirmed.model}{count}."]
    if (ratio := other.ratio) is not None:
        facts.append(
            f"{other.smaller} has {ratio:.0%} of its parameters: {_millions(other.small)} "
            f"instead of {_millions(other.large)}."
        )
    return (*facts, f"{other.smaller} {other.what} ({other.source}).")


def _millions(count: float | None) -> str:
    assert count is not None
    return f"{count / 1000:.3g} billion" if count >= 1000 else f"{count:.3g} million"


def _value(site: Model, code: Code, live: Live) -> tuple[Value | None, Any]:
    """What is loaded or called, and the live object, if there is one.

    What the cell itself loads must have left a live model: its tokenizer has the same name.
    """
    if not site.loads:
        thing = live.resolve(site.node)
        return code.value(site.node) if thing is None else Known(thing), thing
    made = code.value(site.call)
    if code.origin.place is None and _in_used_helper(site.call, code):
        return made, None
    statement = code.statement(site.call)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return (made if code.origin.place else None), None
    thing = live.resolve(statement.targets[0])
    if thing is None:
        return (made if code.origin.place else None), None
    if not runs_model(thing):
        return None, None
    named = any(True for _ in names_of(Known(thing), code, live))
    return (Known(thing) if named or not isinstance(made, Made) else made), thing


def _in_used_helper(call: ast.Call, code: Code) -> bool:
    """Whether it stands in a function of the cell that the cell itself calls, too."""
    around = [one for one in code.within(call) if isinstance(one, ast.FunctionDef)]
    return bool(around) and any(
        isinstance(unit.parents.get(use), ast.Call) for unit, use in uses(around[-1], code)
    )


def _by_path(call: ast.Call, code: Code) -> Iterator[tuple[str, str]]:
    """The names by the code alone, where nothing is known of what its names stand for."""
    path = code.path(call.func)
    if name := builder(path):
        yield "torchvision", name
    elif library := registry(path):
        for value in (*call.args, *(word.value for word in call.keywords)):
            if isinstance(value, ast.Constant) and (library, value.value) in table():
                yield library, str(value.value)


def _row(name: str) -> Counterpart | None:
    return next((row for (_, one), row in table().items() if one == name), None)


def _fact(call: ast.Call, name: str, counterpart: Counterpart) -> str:
    return f"Line {call.lineno} loads {name}; {counterpart.smaller} is smaller."


def _seen_loaded(node: ast.AST, code: Code) -> str | None:
    """The name in the table under which a model was loaded that was seen to run and is gone."""
    name = code.seen(node).get("pretrained")
    return name if type(name) is str and ("hub", name) in table() else None


def _is_model(value: Value | None) -> bool:
    """Whether this may be a model: a library's or the user's object, not a plain one."""
    match value:
        case Made():
            return any(True for _ in names_made(value))
        case Known(thing):
            return runs_model(thing)
    return False


def _key(value: Value | None) -> object:
    match value:
        case Known(thing):
            return id(thing)
        case Made(call=call):
            return call
    return None


def _estimate(confirmed: M01Facts) -> Saving | None:
    return confirmed.counterpart.saving


def _rank(confirmed: M01Facts) -> float:
    """By the share of the parameters that goes, where no saving is cited."""
    ratio = confirmed.counterpart.ratio
    return 0.0 if ratio is None else 1.0 - ratio


RULE: Final = Rule(
    id="M01",
    title="Try a smaller model",
    when="a large model that has a well-known smaller counterpart",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=_estimate,
    verify="V2",
    sources=("greenlab/advice/data/models.csv",),
    rank=_rank,
    work=lambda _site, _code, _live: Work(below=MODELS),
)
