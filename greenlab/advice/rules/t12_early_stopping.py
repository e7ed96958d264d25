"""T12: stop a training when its validation figure no longer gets better.

The curve that the training left behind says where it was best: what came after is the
saving. A curve that got better again after a pause is left alone, and so is a training whose
learning rate follows a schedule, which may need its last epochs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from greenlab.advice.analysis.kept_curves import kept_curve
from greenlab.advice.analysis.torch.called_models import called_units
from greenlab.advice.analysis.torch.trainer_precision_arguments import delegated
from greenlab.advice.analysis.torch.training_and_evaluation import LOOPS, shares_lines, steps
from greenlab.advice.analysis.transformers.trainer import trainer_of, trainings
from greenlab.advice.analysis.validation_curves import ValidationCurve, of_keras, of_trainer
from greenlab.advice.rewriting.edits import After, Edit, Insert, Replace
from greenlab.advice.rule import Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.abstract_values import Known, Made, Value
from greenlab.cellcode.ast_queries import calls, keyword, loaded, written_name
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

PAPER: Final = "https://arxiv.org/abs/2401.01851"
HF: Final = "https://huggingface.co/docs/transformers/main_classes/callback"
KERAS: Final = "https://keras.io/api/callbacks/early_stopping/"
# Below this share of the epochs a change is not worth a word.
MIN_WASTED: Final = 0.2

# So many epochs, by the argument that says so, are long where code is only read.
LEAST: Final = {"lightning": ("max_epochs", 50), "transformers": ("num_train_epochs", 10)}
LEAST_KERAS: Final = 30

_SCHEDULES = ("scheduler", "OneCycle", "CosineAnnealing", "LinearLR", "StepLR", "ReduceLROn")
_STOPS: Final = re.compile(r"(^|[^A-Za-z])(early|EARLY)|Early|(?i:patience|stopper)")

SCHEDULERS: Final = (
    "torch.optim.lr_scheduler.LRScheduler",
    "torch.optim.lr_scheduler.ReduceLROnPlateau",
)

Kind = Literal["loop", "trainer", "keras"]


@dataclass(frozen=True)
class T12Training(Site):
    """`call`: what appends to the curve, calls `train()`, or calls `fit`."""

    kind: Kind
    call: ast.Call
    loop: ast.For | None = None


@dataclass(frozen=True, slots=True)
class T12Facts:
    """The curve, whether a schedule steers the learning rate, and the edit."""

    curve: ValidationCurve
    scheduled: bool
    plan: Plan


def candidates(code: Code) -> Iterator[T12Training]:
    """Loops over epochs that keep a curve, and `train()` and `fit(epochs=…)`."""
    if _stops(code):
        return
    for call in trainings(code):
        yield T12Training(f"A Trainer trains in line {call.lineno}.", "trainer", call)
    for call in code.calls:
        path = code.path(call.func) or ""
        if _is_keras_fit(path):
            yield T12Training(f"A model is fitted in line {call.lineno}.", "keras", call)
    stepping = {above for step in steps(code) for above in code.within(step)}
    for call in code.calls:
        loop = _nearest_loop(call, code) if _appends(call) else None
        if loop is None or _leaves(loop):
            continue
        if loop in stepping or _goes_through_epochs(loop, code):
            fact = f"Line {loop.lineno} trains for a fixed number of epochs."
            yield T12Training(fact, "loop", call, loop)


def read(code: Code) -> Iterator[T12Training]:
    """Trainings for a literal number of epochs that is large, and nothing stops them."""
    if _stops(code):
        return
    for library, call in delegated(code):
        assert isinstance(call.func, ast.Attribute)
        made = code.value(call.func.value)
        if isinstance(made, Made) and library == "transformers":
            made = made.given("args", position=1)
        if library in LEAST and isinstance(made, Made):
            word, least = LEAST[library]
            yield from _for_long(call, made.given(word), least)
    for call in code.calls:
        path = code.path(call.func) or ""
        words = {word.arg for word in call.keywords}
        if _is_keras_fit(path) and words & {"validation_data", "validation_split"}:
            epochs = keyword(call, "epochs")
            value = None if epochs is None else code.value(epochs)
            yield from _for_long(call, value, LEAST_KERAS)


def _for_long(call: ast.Call, epochs: Value | None, least: int) -> Iterator[T12Training]:
    number = epochs.thing if isinstance(epochs, Known) else None
    if type(number) is int and number >= least:
        fact = f"Line {call.lineno} trains for {number} epochs, and nothing stops it earlier."
        yield T12Training(fact, "trainer", call)


def _stops(code: Code) -> bool:
    return stops_early(code.words | code.others.words)


def stops_early(words: Iterable[str]) -> bool:
    """Whether some of these names speak of an end before the last epoch."""
    return any(_STOPS.search(word) for word in words)


def _is_keras_fit(path: str) -> bool:
    return path.endswith("().fit") and "keras" in path.partition("(")[0].split(".")


def confirm(site: T12Training, code: Code, live: Live) -> T12Facts | None:
    """The curve of this very run has been flat, or worse, for long."""
    curve = _curve(site, code, live)
    if curve is None or curve.wasted < MIN_WASTED:
        return None
    scheduled = any(
        schedule.lower() in word.lower() for word in code.words for schedule in _SCHEDULES
    ) or any(
        descends(live.namespace.get(name), *SCHEDULERS) for name in sorted(loaded(code.tree))
    )
    return T12Facts(curve, scheduled, _plan(site, curve, code))


def trigger(confirmed: T12Facts, _: Signals) -> tuple[str, ...] | Listed | None:
    """Listed only, where a schedule steers the learning rate."""
    curve = confirmed.curve
    last = f"{curve.epochs} epochs were run"
    facts = (f"{curve.name} was best after epoch {curve.best}; {last}.",)
    if confirmed.scheduled:
        return Listed((*facts, "A schedule steers the learning rate: it may need them all."))
    return facts


def estimate(confirmed: T12Facts) -> Saving | None:
    """The epochs after the stop, from this run's own curve; twice the patience at worst."""
    curve = confirmed.curve
    high = curve.wasted
    low = max(high - curve.patience / curve.epochs, 0.0)
    return Saving(low, high, "the epochs past the best one, in this run's own curve")


def _appends(call: ast.Call) -> bool:
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr == "append" and len(call.args) == 1


def _goes_through_epochs(loop: ast.For, code: Code) -> bool:
    """By its names, or as a function that it calls does a training step."""
    text = f"{code.text(loop.target)} {code.text(loop.iter)}".lower()
    if "episode" in text:
        return False
    return "epoch" in text or any(
        any(True for _ in steps(unit))
        for call in calls(loop)
        for unit in called_units(call, code)
    )


def _nearest_loop(node: ast.AST, code: Code) -> ast.For | None:
    """The loop nearest around a node that does not only go through the phases of an epoch."""
    for above in code.within(node):
        if isinstance(above, ast.For) and not _goes_through_phases(above):
            return above
        if isinstance(above, (ast.FunctionDef, ast.Lambda, ast.While, ast.ClassDef)):
            return None
    return None


def _goes_through_phases(loop: ast.For) -> bool:
    """`for phase in ["train", "val"]`."""
    names = {written_name(one) for one in ast.walk(loop.target) if isinstance(one, ast.expr)}
    match loop.iter:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return all(isinstance(one, ast.Constant) for one in parts)
    return bool(names & {"phase", "split", "stage"})


def _leaves(loop: ast.For) -> bool:
    return any(isinstance(one, (ast.Break, ast.Return)) for one in ast.walk(loop))


def _curve(site: T12Training, code: Code, live: Live) -> ValidationCurve | None:
    func = site.call.func
    assert isinstance(func, ast.Attribute)
    if site.kind == "trainer":
        return of_trainer(trainer_of(site.call, code, live), live)
    if site.kind == "keras":
        model = live.resolve(code.actual(func.value))
        statement = code.statement(site.call)
        named = isinstance(statement, ast.Assign) and statement.value is site.call
        history = live.resolve(statement.targets[0]) if named else None  # type: ignore[attr-defined]
        if history is None:  # Keras keeps the last one with the model
            history = instance_dict(model).get("history")
        return of_keras(history, live)
    return None if site.loop is None else kept_curve(site.call, site.loop, code, live)


def _plan(site: T12Training, curve: ValidationCurve, code: Code) -> Plan:
    risk = "Another run may get better later: choose the patience by what an epoch costs."
    if site.kind == "trainer":
        return Plan(
            risk,
            "To change by hand: pass `callbacks=[EarlyStoppingCallback("
            f"early_stopping_patience={curve.patience})]` to the Trainer, and "
            '`load_best_model_at_end=True, metric_for_best_model="eval_loss"` with equal '
            "eval_strategy and save_strategy to its TrainingArguments.",
        )
    if site.kind == "keras":
        stop = f"EarlyStopping(patience={curve.patience}, restore_best_weights=True)"
        by_hand = f"To change by hand: pass `callbacks=[keras.callbacks.{stop}]` to fit."
        words = {word.arg for word in site.call.keywords}
        edit = Replace.adding(
            code.masked.text, site.call, f"callbacks=[keras.callbacks.{stop}]"
        )
        if "callbacks" in words or None in words:
            return Plan(risk, by_hand)
        edits: list[Edit] = [edit]
        if code.names("keras") != "keras":
            edits.append(Insert(code.import_line(site.call), "import keras"))
        return Plan(risk, by_hand, tuple(edits))
    return _loop_plan(site, curve, code, f"{risk} The last weights are kept, not the best.")


def _loop_plan(site: T12Training, curve: ValidationCurve, code: Code, risk: str) -> Plan:
    assert isinstance(site.call.func, ast.Attribute)
    if isinstance(site.call.args[0], (ast.Dict, ast.Tuple, ast.List)):
        return Plan(
            risk,
            f"To change by hand: end the loop once {curve.name} has not got better for "
            f"{curve.patience} epochs.",
        )
    kept = code.text(site.call.func.value)
    best = f"{kept}.index({'min' if curve.falls else 'max'}({kept}))"
    stop = f"if len({kept}) - 1 - {best} >= {curve.patience}:\n    break"
    by_hand = f"To change by hand: end the loop with `{stop.splitlines()[0]} break`."
    statement = code.statement(site.call)
    alone = isinstance(statement, ast.Expr) and statement.value is site.call
    if (
        not alone
        or shares_lines([statement], code)
        or site.loop is not _around(site.call, code)
        or site.loop is None
        or site.loop.orelse
        or _began(kept, site, code)
    ):
        return Plan(risk, by_hand)
    line = statement.end_lineno or statement.lineno
    return Plan(risk, by_hand, (After(line, stop, statement.lineno),))


def _around(node: ast.AST, code: Code) -> ast.AST | None:
    """The loop that a `break` beside this would leave."""
    return next((above for above in code.within(node) if isinstance(above, LOOPS)), None)


def _began(kept: str, site: T12Training, code: Code) -> bool:
    """Whether the curve was begun in another cell, and so may hold other runs as well."""
    return not any(
        isinstance(node, (ast.Assign, ast.AnnAssign))
        and node.value is not None
        and node.lineno < site.call.lineno
        and any(
            code.text(target) in (kept, kept.partition("[")[0])
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        )
        for node in code.nodes
    )


RULE: Final = Rule(
    id="T12",
    title="Use early stopping",
    when="10 epochs or more, a fifth of them after the best, in the run's own validation curve",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(PAPER, HF, KERAS),
    read=read,
    work=lambda site, _code, _live: Work((site.loop or site.call,)),
)
