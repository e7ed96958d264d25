"""M03: let a small classifier learn from a zero-shot model.

A zero-shot classifier runs its model once for each text and each label. Where the labels
are the same for all texts, a linear model can learn from the first answers and give the rest.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.callers import called
from greenlab.advice.analysis.torch.model import is_module, look, on_gpu
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict
from greenlab.record import Saving

SCRIPT: Final = "https://github.com/huggingface/transformers/pull/10244"
LINEAR: Final = "https://arxiv.org/abs/2508.14170"
BENCHMARK: Final = "benchmarks/advice.py"
PIPELINE: Final = (
    "transformers.pipelines.zero_shot_classification.ZeroShotClassificationPipeline"
)

# Below this there is too little left once a classifier has learnt from `LEARN` answers.
MIN_TEXTS: Final = 300
LEARN: Final = 100
# A label so rare that a hundred answers may not hold it cannot be learnt from them.
MIN_SHARE: Final = 0.05


@dataclass(frozen=True)
class ZeroShot(Site):
    """`call` classifies all `texts` at once, by the same labels."""

    call: ast.Call
    texts: ast.expr


@dataclass(frozen=True, slots=True)
class M03Facts:
    """How many texts there were, and how often each label was the best, if that is known."""

    model: str
    parameters: int
    texts: int
    labels: int
    best: tuple[int, ...]
    gpu: bool


def candidates(code: Code) -> Iterator[ZeroShot]:
    """Every call of a zero-shot pipeline, in a cell that trains nothing."""
    if any(getattr(call.func, "attr", None) in ("fit", "train") for call in code.calls):
        return
    for call in code.calls:
        texts = call.args[0] if call.args else keyword(call, "sequences")
        # With several labels a text there is one classifier to be learnt for each.
        several = keyword(call, "multi_label") or ast.Constant(False)
        single = isinstance(several, ast.Constant) and several.value is False
        if called(call, code) == f"{PIPELINE}()" and texts is not None and single:
            yield ZeroShot(f"Line {call.lineno} classifies texts zero-shot.", call, texts)


def confirm(site: ZeroShot, code: Code, live: Live) -> M03Facts | None:
    """A live pipeline and hundreds of texts."""
    pipe = live.resolve(code.actual(site.call.func))
    module = instance_dict(pipe).get("model")
    texts = live.texts(live.resolve(code.actual(site.texts)))
    if not descends(pipe, PIPELINE) or not is_module(module):
        return None
    if texts is None or len(texts) < MIN_TEXTS:
        return None
    labels, best = _answers(site, len(texts), code, live)
    model = look(module, live)
    gpu = on_gpu(module, live)
    return M03Facts(model.name, model.parameters, len(texts), labels, best, gpu)


def trigger(confirmed: M03Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Listed where the answers are not in sight; silent where one label is rare or missing."""
    if signals.waited(gpu=confirmed.gpu):
        return None
    model = f"{confirmed.model} ({confirmed.parameters:,} parameters)"
    if not confirmed.best:
        return Listed((f"{model} runs once for each of {confirmed.texts:,} texts and label.",))
    if len(confirmed.best) < 2 or min(confirmed.best) < MIN_SHARE * confirmed.texts:
        return None
    runs = f"{confirmed.texts * confirmed.labels:,} times"
    return (
        f"{model} ran {runs}, for {confirmed.texts:,} texts and {confirmed.labels} labels.",
    )


def rewrite(_: M03Facts) -> Plan:
    """Words: what becomes of the answers is known to the user alone."""
    return Plan(
        "A classifier knows only what it was shown: compare its labels with the model's on "
        "texts it has not seen, and let it learn from more where they differ too often.",
        f"To change by hand: give the pipeline the first {LEARN} texts, then "
        "`student = make_pipeline(TfidfVectorizer(), LogisticRegression())"
        f'.fit(texts[:{LEARN}], [one["labels"][0] for one in answers])` and '
        f"`student.predict(texts[{LEARN}:])`.",
    )


def estimate(confirmed: M03Facts) -> Saving | None:
    """The texts that the model need not read, as `benchmarks/advice.py` measured on a CPU."""
    if confirmed.gpu or not confirmed.best:
        return None
    share = 1 - LEARN / confirmed.texts
    low, high = round(0.7 * share, 2), round(share, 2)
    return Saving(low, high, f"texts beyond the first {LEARN}, {BENCHMARK}")


def _answers(site: ZeroShot, texts: int, code: Code, live: Live) -> tuple[int, tuple[int, ...]]:
    """How many labels there were, and how often each was the best; nothing if not alive."""
    statement = code.statement(site.call)
    if not isinstance(statement, ast.Assign) or statement.value is not site.call:
        return 0, ()
    answers: Any = live.resolve(statement.targets[0])
    if type(answers) is not list or len(answers) != texts:
        return 0, ()
    best: Counter[str] = Counter()
    labels = 0
    for answer in answers:
        ranked = answer.get("labels") if type(answer) is dict else None
        if type(ranked) is not list or not ranked or type(ranked[0]) is not str:
            return 0, ()
        best[ranked[0]] += 1
        labels = max(labels, len(ranked))
    return labels, tuple(best.values())


RULE: Final = Rule(
    id="M03",
    title="Let a small classifier learn from the zero-shot model",
    when="a zero-shot pipeline with the same labels for 300 texts or more",
    libraries=(Library("transformers", (4,), (6,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=rewrite,
    estimate=estimate,
    verify="V2",
    sources=(SCRIPT, LINEAR, BENCHMARK),
    by_reading=False,
    work=lambda _site, _code, _live: Work(below=("transformers.pipelines.",)),
)
