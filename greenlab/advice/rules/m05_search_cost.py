"""M05: let a search weigh what a model costs, not its score alone.

Of many models that score alike, a search for the best score may choose the most expensive. Two
objectives show what each further point of score costs.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab import units
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

DOCS: Final = (
    "https://optuna.readthedocs.io/en/stable/tutorial/20_recipes/002_multi_objective.html"
)
LEANER: Final = "https://arxiv.org/abs/2210.06015"

MIN_TRIALS: Final = 20
# Scores this close to the best, relative to it, count as the same.
ALIKE: Final = 0.01
# The cheaper trial takes at most this share of the best one's time.
CHEAPER: Final = 0.5


@dataclass(frozen=True)
class StudySearch(Site):
    """A call of `study.optimize`."""

    study: ast.expr


@dataclass(frozen=True, slots=True)
class StudyTrial:
    """One trial that ran to its end; `score` is as the objective gave it."""

    number: int
    score: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class M05Facts:
    """The best trial, and the cheapest of those that score alike."""

    trials: int
    best: StudyTrial
    cheap: StudyTrial


def candidates(code: Code) -> Iterator[StudySearch]:
    """Every search with Optuna."""
    for call in code.calls:
        path = code.path(call.func) or ""
        if path.startswith("optuna.") and path.endswith("().optimize"):
            func = call.func
            if isinstance(func, ast.Attribute):
                yield StudySearch(
                    f"Line {call.lineno} searches for the best score.", func.value
                )


def confirm(site: StudySearch, code: Code, live: Live) -> M05Facts | None:
    """One objective, and among the trials one that scores alike in half the time."""
    study = live.resolve(code.actual(site.study))
    if not descends(study, "optuna.study.study.Study"):
        return None
    own = instance_dict(study)
    directions = own.get("_directions")
    if type(directions) is not list or len(directions) != 1:
        return None
    trials = [trial for one in _stored(own, live) if (trial := _trial(one))]
    if len(trials) < MIN_TRIALS:
        return None
    up = _name(directions[0]) == "MAXIMIZE"
    best = (max if up else min)(trials, key=lambda trial: trial.score)
    margin = ALIKE * abs(best.score)
    alike = [trial for trial in trials if abs(trial.score - best.score) <= margin]
    cheap = min(alike, key=lambda trial: trial.duration_s)
    if cheap.duration_s > CHEAPER * best.duration_s:
        return None
    return M05Facts(len(trials), best, cheap)


def trigger(confirmed: M05Facts, _: Signals) -> Listed:
    """Only listed: the gain comes with the next search, and with the model's later use."""
    best, cheap = confirmed.best, confirmed.cheap
    slow, fast = units.duration(best.duration_s), units.duration(cheap.duration_s)
    first = f"The best of {confirmed.trials} trials, {best.number}, scored {best.score:.4g}"
    return Listed(
        (f"{first} in {slow}; trial {cheap.number} scored {cheap.score:.4g} in {fast}.",)
    )


def _stored(study: Any, live: Live) -> list[Any]:
    """The trials of a study that is kept in memory; those in a database are not fetched."""
    studies = instance_dict(study.get("_storage")).get("_studies")
    info = studies.get(study.get("_study_id")) if type(studies) is dict else None
    trials = instance_dict(info).get("trials")
    live.tick()
    return trials[:1000] if type(trials) is list else []


def _trial(thing: Any) -> StudyTrial | None:
    own = instance_dict(thing)
    values, number = own.get("_values"), own.get("_number")
    start, end = own.get("_datetime_start"), own.get("datetime_complete")
    if _name(own.get("state")) != "COMPLETE" or type(values) is not list:
        return None
    if type(start) is not dt.datetime or type(end) is not dt.datetime:
        return None
    return StudyTrial(int(number or 0), float(values[0]), (end - start).total_seconds())


def _name(member: Any) -> Any:
    """The name of a member of an enumeration."""
    return instance_dict(member).get("_name_")


def rewrite(confirmed: M05Facts) -> Plan:
    """Words: the objective has to give two figures, and there is no one best trial any more."""
    number = confirmed.cheap.number
    return Plan(
        "The search shows a choice (`study.best_trials`) in the place of one best trial, and "
        "its sampler spends trials on cheap models too.",
        f"To change by hand: take `study.trials[{number}].params`; next time search with "
        '`optuna.create_study(directions=["maximize", "minimize"])` and return the score and '
        "the energy: `with greenlab.measure() as m: …`, `m.record.energy_j.value`, or the "
        "seconds where energy is not known.",
    )


def estimate(_: M05Facts) -> Saving | None:
    """None: what is saved is saved later."""
    return None


RULE: Final = Rule(
    id="M05",
    title="Search for what a model costs, too",
    when="an Optuna study with one objective, where a trial scores alike in half the time",
    libraries=(Library("optuna", (3, 0), (6,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=rewrite,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, LEANER),
    by_reading=False,
    work=lambda _site, _code, _live: Work(below=("optuna.",)),
)
