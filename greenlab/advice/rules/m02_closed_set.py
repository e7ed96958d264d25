"""M02: a classifier in the place of a language model that only ever answers with a few labels.

A linear model on word counts costs next to nothing per text. The language model labels the
first texts, the classifier learns from them and does the rest.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.model import look
from greenlab.advice.analysis.transformers.closed_answers import labels_asked_for
from greenlab.advice.analysis.transformers.text_generation import (
    Generation,
    answers,
    generations,
    module_of,
    most_tokens,
    settings,
)
from greenlab.advice.analysis.transformers.texts_asked import texts_asked
from greenlab.advice.rule import Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

TASKS: Final = "https://arxiv.org/abs/2311.16863"
LINEAR: Final = "https://arxiv.org/abs/2508.14170"
BENCHMARK: Final = "benchmarks/advice.py"

# Below this there is too little left once a classifier has learnt from `LEARN` answers.
MIN_TEXTS: Final = 300
LEARN: Final = 100
MAX_LABELS: Final = 10
# Where the prompt itself names the labels, fewer answers are enough to know what is asked for.
MIN_ASKED: Final = 120
MAX_TOKENS: Final = 8
MAX_LABEL_LENGTH: Final = 40
# A label so rare that a hundred answers may not hold it cannot be learnt from them.
MIN_SHARE: Final = 0.05


@dataclass(frozen=True)
class Written(Site):
    """A language model's answers to many texts."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class M02Facts:
    """How many answers there are, which ones, and the model that gave them.

    `asked`: the labels are those that the prompt names.
    """

    model: str
    parameters: int
    texts: int
    labels: tuple[str, ...]
    asked: bool
    gpu: bool


def candidates(code: Code) -> Iterator[Written]:
    """Every generation whose answers are kept, in a cell that trains nothing itself."""
    if any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "fit" for call in code.calls
    ):
        return
    for generation in generations(code):
        if generation.held:
            line = generation.call.lineno
            yield Written(f"A language model answers in line {line}.", generation)


def confirm(site: Written, code: Code, live: Live) -> M02Facts | None:
    """Many texts are answered, and only a few different answers are there, or asked for."""
    model = module_of(site.generation, code, live)
    if model is None:
        return None
    given = answers(site.generation, code, live) or []
    texts = len(given)
    if texts < MIN_ASKED:  # what became of the answers is not plain
        texts = texts_asked(site.generation.call, code, live) or 0
    if texts < MIN_ASKED:
        return None
    labels, asked = _few_different(given), False
    if labels is None:
        labels, asked = _asked_for(site.generation, model, code, live), True
    if labels is None:
        return None
    seen = look(model, live)
    return M02Facts(
        model=seen.name,
        parameters=seen.parameters,
        texts=texts,
        labels=labels,
        asked=asked,
        gpu="cuda" in seen.devices,
    )


def _few_different(given: list[str]) -> tuple[str, ...] | None:
    counts = Counter(text.strip().casefold() for text in given)
    if len(given) < MIN_TEXTS or "" in counts or not 2 <= len(counts) <= MAX_LABELS:
        return None
    rare = min(counts.values()) < MIN_SHARE * len(given)
    return None if rare or max(map(len, counts)) > MAX_LABEL_LENGTH else tuple(sorted(counts))


def _asked_for(
    generation: Generation, model: Any, code: Code, live: Live
) -> tuple[str, ...] | None:
    """The labels that the prompt names, where the answer is too short to be more than one."""
    config = settings(generation, model, code, live)
    tokens = most_tokens(generation, code, config, "max_new_tokens")
    if tokens is None or tokens > MAX_TOKENS:
        return None
    return labels_asked_for(code, live)


def trigger(confirmed: M02Facts, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the cell mostly waited."""
    if signals.waited(gpu=confirmed.gpu):
        return None
    labels = ", ".join(confirmed.labels)
    model = f"{confirmed.model} ({confirmed.parameters:,} parameters)"
    if confirmed.asked:
        return (
            f"{model} was asked for one of a few labels {confirmed.texts:,} times: {labels}.",
        )
    different = f"only {len(confirmed.labels)} different ones: {labels}"
    return (f"{model} gave {confirmed.texts:,} answers, {different}.",)


def rewrite(_: M02Facts) -> Plan:
    """Words: which texts the classifier reads is known to the user alone."""
    return Plan(
        "A classifier knows only what it was shown: compare its labels with the model's on "
        "texts it has not seen, and keep the model where they differ too often.",
        f"To change by hand: let the model label the first {LEARN} texts, then "
        "`make_pipeline(TfidfVectorizer(), LogisticRegression())`"
        f".fit(texts[:{LEARN}], labels) and .predict(texts[{LEARN}:]).",
    )


def estimate(confirmed: M02Facts) -> Saving | None:
    """The texts that the model need not read, as `benchmarks/advice.py` measured on a CPU."""
    if confirmed.gpu:
        return None
    share = 1 - LEARN / confirmed.texts
    low, high = round(0.85 * share, 2), round(share, 2)
    return Saving(low, high, f"texts beyond the first {LEARN}, {BENCHMARK}")


RULE: Final = Rule(
    id="M02",
    title="Classify with a classifier",
    when="a language model whose answers to 300 or more texts are 10 labels at most, or which "
    "is asked 120 times or more for one of a few labels in a few tokens",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=rewrite,
    estimate=estimate,
    verify="V2",
    sources=(TASKS, LINEAR, BENCHMARK),
    by_reading=False,
    work=lambda _site, _code, _live: Work(below=("peft.", "transformers.", "vllm.")),
)
