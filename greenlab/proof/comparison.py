"""`greenlab.compare(a, b)`: the short form of a proof."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from greenlab.proof import matching_definitions
from greenlab.proof.code_version import (
    CodeVersion,
    NotPythonError,
    UnfitError,
)
from greenlab.proof.proof import Proof
from greenlab.proof.protocol import Terms
from greenlab.proof.statistics import LOOKS, MARGIN
from greenlab.record import Progress, Verdict


def compare(
    a: str | Callable[[], Any],
    b: str | Callable[[], Any],
    *,
    namespace: dict[str, Any] | None = None,
    reset: str | Callable[[], Any] | None = None,
    metric: str | Callable[[Any], float] | None = None,
    margin: float = MARGIN,
    max_drop: float | None = None,
    looks: Sequence[int] = LOOKS,
    budget_s: float | None = None,
    trusted: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Verdict:
    """Measure `b` against `a`: does it use less energy, and by how much?

        greenlab.compare(lambda: slow(X), lambda: quick(X))
        greenlab.compare(cell, changed, metric="accuracy(model)", max_drop=0.005)

    Both are source or functions without arguments. They run alternately, at least
    `2 + 2 * looks[0]` times in all, where they cannot change anything here: in a copy of this
    process, or a fresh one. A `b` that only defines functions and classes is `a` with these in
    place of those that it uses, wherever they are held:

        greenlab.compare("train(model)", "def step(batch): ...")

    `namespace`: the variables of source, the caller's by default.
    `reset`: source or a function that runs before each run and is not weighed. `metric`: an
    expression or a function of what a version returned; more is better, and it may fall by at
    most `max_drop`. `margin`: the least saving that counts. `looks`: after how many pairs it
    may be decided. `budget_s`: after how many seconds it ends undecided, `120` for what
    `%%energy --compare` takes as `--budget 2m`. `trusted`: run them even where greenlab cannot
    tell what they do. `progress` is called with a `Progress` after each pair.

    The verdict's `ratio` is energy after over energy before; its `status` is `verified`,
    `rejected`, `inconclusive`, `quality-failed` or `unsafe`, its `reason` says why. An
    interrupt stops it: the verdict is then inconclusive.

    Raises:
        ValueError: the arguments contradict each other, or a version or the metric is not
            Python.
    """
    terms = Terms(
        metric=metric,
        max_drop=max_drop,
        margin=margin,
        looks=tuple(looks),
        budget_s=budget_s,
        reset=reset,
        trusted=trusted,
    )
    variables = sys._getframe(1).f_globals if namespace is None else namespace
    try:
        first, second = _version(a, "the first version"), _version(b, "the changed version")
        if isinstance(b, str) and matching_definitions.are_definitions(b, a):
            first, second = matching_definitions.versions(first, b, variables)
    except NotPythonError:
        raise
    except UnfitError as error:
        return Verdict.missing(str(error), error.status)
    return Proof(first, second, variables, terms).run(progress)


def _version(one: str | Callable[[], Any], name: str) -> CodeVersion:
    try:
        return CodeVersion.of(one)
    except NotPythonError as error:
        raise NotPythonError(f"{name}: {error}") from None
