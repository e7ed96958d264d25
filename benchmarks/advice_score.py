"""The tables of `benchmarks/advice.py score`."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from benchmarks.advice_baselines import baselines
from greenlab.advice.rules import RULES
from tests.advice.corpus_cases import cases
from tests.advice.corpus_score import Judge, Judged, Score, by_form, wilson_low

COLUMNS = (
    "rule", "cases", "fired", "precision (at least)", "recall (at least)", "harmful",
    "median saving", "cited range", "within it",
)  # fmt: skip


def report(rules: Sequence[str]) -> None:
    """Print every table."""
    judge = Judge()
    chosen = cases(*rules)
    try:
        judged = [judge.judge(case) for case in chosen if not case.missing()]
    finally:
        judge.nurseries.close()
    print(table(judged))
    print()
    print(beside(judged))
    print()
    print(forms(judged))
    print()
    print(speed(judged))
    print()
    for said in notes(judged):
        print(said)
    for case in chosen:
        if why := case.missing():
            print(f"skipped: {case.name}: {why}")


def table(judged: Sequence[Judged]) -> str:
    """The score of each rule, and of all."""
    rules = sorted({one.case.rule for one in judged})
    each = [(rule, [one for one in judged if one.case.rule == rule]) for rule in rules]
    return "\n".join(
        [
            f"| {' | '.join(COLUMNS)} |",
            "| --- " * len(COLUMNS) + "|",
            *(row(rule, Score.of(some)) for rule, some in each),
            row("all", Score.of(judged), ranges=False),
        ]
    )


def forms(judged: Sequence[Judged]) -> str:
    """Precision and recall where the same code stands elsewhere: in a function, a file."""
    rows = [
        f"| {form} | {_share(precision)} | {_share(recall)} |"
        for form, (precision, recall) in by_form(judged).items()
    ]
    return "\n".join(["| form | precision | recall |", "| --- | --- | --- |", *rows])


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"


def beside(judged: Sequence[Judged]) -> str:
    """The score of the simpler advisers, where their suggestion was measured."""
    names = ("to compare", "suggests in", "of these measured", "precision", "recall", "harmful")
    return "\n".join(
        [
            f"| {' | '.join(names)} |",
            "| --- " * len(names) + "|",
            *(
                f"| {one.name} | {one.fired} | {one.judged} "
                f"| {with_bound(one.right, one.judged)} "
                f"| {with_bound(one.right, one.saving_cases)} | {one.harmful} |"
                for one in baselines(judged)
            ),
        ]
    )


def speed(judged: Sequence[Judged]) -> str:
    """How long the kernel's thread looks at a cell."""
    took = sorted(1000 * one.seen["detect_s"] for one in judged)
    p95 = took[max(math.ceil(0.95 * len(took)) - 1, 0)]
    return (
        f"Looking at a cell with all {len(RULES)} rules: median "
        f"{statistics.median(took):.1f} ms, 95 % of cells within {p95:.1f} ms of CPU time."
    )


def row(name: str, score: Score, *, ranges: bool = True) -> str:
    """One line of the table. What does not exist is a dash."""
    cited = score.cited if ranges else None
    return " | ".join(
        [
            f"| {name}",
            f"{score.cases}",
            f"{score.fired}",
            with_bound(score.right, score.fired),
            with_bound(score.right, score.saving_cases),
            f"{score.harmful}",
            percent(score.median_saving),
            f"{cited[0]:.0%} to {cited[1]:.0%}" if cited else "-",
            f"{score.covered} of {score.with_range} |",
        ]
    )


def with_bound(hits: int, of: int) -> str:
    """A share with the lower end of its 95 % interval: `0.95 (0.84)`."""
    low = wilson_low(hits, of)
    return "-" if low is None else f"{hits / of:.2f} ({low:.2f})"


def percent(share: float | None) -> str:
    """`41 %`, or a dash."""
    return "-" if share is None else f"{100 * share:.0f} %"


def notes(judged: Sequence[Judged]) -> Iterable[str]:
    """What the table does not count, and each judgement that was wrong."""
    for one in judged:
        case, said = one.case, "fires" if one.fired else "silent"
        if case.cited:
            right = "as expected" if one.fired == one.saves else "NOT as expected"
            yield f"cited, not measured: {case.name}: {said}, {right}"
        elif not one.counts:
            yield f"not measured as it stands: {case.name}"
        elif one.fired != one.saves:
            known = f" (known: {case.known})" if case.known else ""
            label = one.label.outcome if one.label else "fixed"
            yield f"wrong: {case.name}: {said}, measured {label}{known}"
