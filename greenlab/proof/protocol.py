"""What a proof is asked for, and what one run of it gives back."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from greenlab.proof.result_values import ResultForm
from greenlab.proof.statistics import LOOKS, MARGIN
from greenlab.record import CellRecord, Effort, Figure

_WORDS: Final = re.compile(r"[A-Za-z_ -]{0,24}")
SEED: Final = 20_000
"""Of both first runs; each pair has the next one."""
TYPICAL_RUNS: Final = 11
"""Two to warm up, then 4.5 pairs: what a saving of 20 % or more takes in the middle."""


def effort(record: CellRecord, other: CellRecord | None = None) -> Effort:
    """What a proof on this cell takes as a rule.

    `other`: a run of the version it is compared with; without one, that is taken to be alike.
    """
    both = (record, other or record)
    half = TYPICAL_RUNS / len(both)
    joules = [one.energy_j.value for one in both]
    known = [value for value in joules if value is not None]
    return Effort(
        TYPICAL_RUNS,
        half * sum(known) if len(known) == len(joules) else None,
        half * sum(one.duration_s for one in both),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """`metric`: an expression, or a function of what a version returned; more is better.

    `max_drop`: how much the metric may fall, in its own unit. `margin`: the least saving that
    counts. `looks`: after how many pairs the verdict may fall. `reset`: code or a function that
    runs before each run and is not weighed. `trusted`: the user vouches that both versions may
    run again, whatever their code looks like. `same`: the change promises the same results, so
    what both leave is compared.

    Raises:
        ValueError: the terms contradict each other, or one is not what it should be; the
            message says which.
    """

    metric: str | Callable[[Any], float] | None = None
    max_drop: float | None = None
    margin: float = MARGIN
    looks: tuple[int, ...] = LOOKS
    budget_s: float | None = None
    reset: str | Callable[[], Any] | None = None
    trusted: bool = False
    same: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.metric, str):
            check_metric(self.metric)
        if self.max_drop is not None and self.metric is None:
            raise ValueError("max_drop needs a metric to be a drop of")
        if self.max_drop is not None and self.max_drop < 0:
            raise ValueError(f"max_drop is how much may be lost, 0 or more: {self.max_drop}")
        if not 0 <= self.margin < 1:
            raise ValueError(f"margin is a fraction from 0 to below 1, not {self.margin}")
        if not self.looks or list(self.looks) != sorted({*self.looks}) or self.looks[0] < 2:
            raise ValueError(f"looks are numbers of pairs from 2 up, rising: {self.looks}")
        if self.budget_s is not None and not (
            isinstance(self.budget_s, (int, float)) and self.budget_s > 0
        ):
            raise ValueError(f"a budget is seconds above 0, not {self.budget_s!r}")


def said(metric: str | Callable[[Any], float]) -> str:
    """A metric as it may be said and stored: of its texts, words alone."""
    if not isinstance(metric, str):
        name = getattr(metric, "__name__", None)
        return name if type(name) is str else "metric"
    tree = ast.parse(metric.strip(), mode="eval")
    hidden = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, (str, bytes))
        and not (isinstance(node.value, str) and _WORDS.fullmatch(node.value))
    ]
    for node in hidden:
        node.value = "..."
    return ast.unparse(tree) if hidden else metric


def check_metric(metric: str) -> None:
    """Whether it is one expression.

    Raises:
        ValueError: it is not; the message says why.
    """
    try:
        ast.parse(metric.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        why = error.msg if isinstance(error, SyntaxError) else "it holds a null character"
        raise ValueError(f"the metric is not an expression: {why}") from None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. `foreign`: the share of all CPUs that others kept busy meanwhile, 0 to 1.

    `counted_j`, `modelled_j`: what the work added, by counters and by models, without idle
    power; `cpu_s`: its processor time. `None` where that is not known.
    `quality`: the metric, if one was asked for. `error`: why the run failed; `outside`: as
    the guard stopped it; `in_metric`: in the metric, not in the version; `unfit`: the versions
    cannot be compared here. `modules`: what it imported. `hardware`: the devices whose energy
    is in `energy_j`. `results`: the forms of what the first run left, where they are to be
    compared.
    """

    energy_j: Figure
    duration_s: float
    foreign: float = 0.0
    throttled: bool = False
    quality: float | None = None
    error: str | None = None
    modules: tuple[str, ...] = ()
    hardware: str = ""
    outside: bool = False
    in_metric: bool = False
    unfit: bool = False
    results: dict[str, ResultForm] = field(default_factory=dict)
    counted_j: float | None = None
    modelled_j: float | None = None
    cpu_s: float | None = None

    @classmethod
    def failed(
        cls,
        error: str,
        *,
        outside: bool = False,
        in_metric: bool = False,
        unfit: bool = False,
    ) -> Outcome:
        """A run that came to nothing."""
        missing = Figure.missing(error)
        return cls(missing, 0.0, error=error, outside=outside, in_metric=in_metric, unfit=unfit)
