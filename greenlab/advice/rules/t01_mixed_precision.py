"""T01: compute in 16-bit numbers, bfloat16 where the hardware has it.

`torch.autocast` runs matrix products and convolutions in the lower precision and keeps
float32 where it matters (losses, norms, the weights themselves). `backward()` stays
outside, as its documentation asks. A Hugging Face trainer is told by its arguments, Keras by
its policy. GPUs with float16 alone scale the loss besides.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from greenlab.advice.analysis.keras_mixed_precision import POLICY, with_policy
from greenlab.advice.analysis.torch.autocast import autocast
from greenlab.advice.analysis.torch.batch_rows import refuses_autocast, rows_given
from greenlab.advice.analysis.torch.called_models import called_models, models_in
from greenlab.advice.analysis.torch.model import (
    TorchModel,
    autocast_is_on,
    half_precision,
    look,
)
from greenlab.advice.analysis.torch.trainer_precision_arguments import argument, delegated, told
from greenlab.advice.analysis.torch.training_and_evaluation import (
    Pass,
    forward,
    nodes_of,
    passes,
    repeats,
    spans,
    work_of,
)
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import LOADING, Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://docs.pytorch.org/docs/stable/amp.html"
BENCHMARK: Final = "benchmarks/advice_first.py"
NOTHING: Final = "https://arxiv.org/abs/2409.07853"
TRAINING: Final = (
    "https://luiscruz.github.io/course_sustainableSE/2026/p1_measuring_software/"
    "g30_mixed-precision.html"
)
INFERENCE: Final = "https://research.nlpfrontiers.com/report/"

TORCH: Final = Library("torch", (2, 4), (3,))
# Below this the casts may cost more than the products save: a perceptron of 9,000 weights
# took 58 % more CPU time, one of 85,000 between 11 % less and 11 % more, one of 300,000
# 34 % less, and a convolution of 37,000 (each used at every pixel) 45 to 55 % less.
# Measured by `benchmarks/advice_first.py`.
MIN_WEIGHTS: Final = 200_000
CONVOLUTION_FACTOR: Final = 8
# A recurrent layer uses its weights at every step: one of 82,000 took 32 % less at 40 steps.
RECURRENT_FACTOR: Final = 4
# Each step casts every weight anew, which takes rows to pay. By the same benchmark, CPU time
# at width 512 (281,000 weights): 4 rows 1.2, 16 rows 1.0, 32 rows 0.7; at width 1024 (1.1
# million): 4 rows 0.7 to 1.2, 8 rows 0.5 to 0.8. In both it pays from 8 million products on.
MIN_PRODUCTS: Final = 8_000_000

# A pass without gradients casts each weight for it alone, which takes far more rows to pay than
# a step does: one text per call of BERT took 1.39 to 2.28 times the CPU time.
MIN_ROWS: Final = 256
# That holds for weights that no cache keeps; of fewer, the products decide as in a step.
CACHED: Final = 8_000_000
# A training of fewer weights gains less: 6 to 12 % were measured at half a million.
SMALL: Final = 2_000_000

# Code that says one of these has made its choice of precision.
CHOSEN: Final = frozenset({"GradScaler", "bfloat16", "float16", "half"})


# What is told the precision, and how.
_MAKER: Final[Mapping[str, tuple[str, str]]] = {
    "accelerate": ("Accelerator", 'mixed_precision="bf16"'),
    "lightning": ("Trainer", 'precision="bf16-mixed"'),
    "transformers": ("TrainingArguments", "bf16=True"),
}
_SAID: Final[Mapping[str, str]] = {
    "accelerate": "A training step of Accelerate's ends",
    "lightning": "Lightning trains a model",
    "transformers": "A trainer trains",
}


@dataclass(frozen=True)
class T01Training(Site):
    """`call` hands a training to `library`: lightning, transformers, accelerate or keras."""

    call: ast.Call
    library: str


@dataclass(frozen=True, slots=True)
class T01Facts:
    """The model (`None`: of Keras), where it lies, the lower precision, and the edit.

    `enough`: it is known that each step has products enough for the casts to pay.
    """

    model: TorchModel | None
    device: str
    dtype: str
    training: bool
    plan: Plan
    enough: bool = True


def candidates(code: Code) -> Iterator[Pass | T01Training]:
    """Trainers, then training steps and evaluations, in code that chose no precision."""
    for library, call in delegated(code):
        fact = f"{_SAID[library]} in line {call.lineno}."
        yield T01Training(fact, call, library)
    words = code.words | code.others.words
    if any(word in CHOSEN or "autocast" in word for word in words):
        return
    for call in code.calls:
        path = code.path(call.func) or ""
        if "keras" in path.partition("(")[0].split(".") and path.endswith("().fit"):
            yield T01Training(f"A Keras model is trained in line {call.lineno}.", call, "keras")
    # Gradients that train nothing and are read, as in a map of saliency, are what is wanted.
    trains = "step" in words or "grad" not in words
    for one in passes(code, ", all of it in full precision"):
        if trains or one.backward is None:
            yield one


def read(code: Code) -> Iterator[Pass | T01Training]:
    """Trainings in a notebook that imports torch, of a network that is not known to be small.

    What is only evaluated, or trained by a library of its own, says too little when it is read.
    """
    if not any("torch" in other.words for other in code.others.mentioning("torch")):
        return
    for site in candidates(code):
        if isinstance(site, T01Training):
            maker, word = _MAKER.get(site.library, ("", ""))
            if maker and argument(maker, (word,), code) is not None:
                yield site
        elif site.backward is not None and not _is_small(site.backward, code):
            yield site


def _is_small(backward: ast.Call, code: Code) -> bool:
    """Whether the layers of the models of this step are known, and have few weights."""
    live = Live({}, code)
    models = models_in(nodes_of([forward(backward, code, live)]), code, live)
    known = [look(model, live) for model in models]
    return any(model.parameters > 0 and not _large(model) for model in known)


def confirm(site: Pass | T01Training, code: Code, live: Live) -> T01Facts | None:
    """A float32 model, large enough, on hardware that computes in 16-bit numbers."""
    if isinstance(site, T01Training) and site.library == "keras":
        return _keras(site.call, code, live)
    if not TORCH.present():
        return None
    if isinstance(site, T01Training):
        return _delegated(site, code, live)
    found = spans(site, code, live)
    within = nodes_of(found)
    if not found or any(refuses_autocast(node, code, live) for node in within):
        return None
    models = [look(module, live) for module in models_in(within, code, live)]
    if not models or not all(map(_suits, models)):
        return None
    training = site.backward is not None
    rows = rows_given(within, code, live)
    if rows is not None and not _enough(models, rows, training):
        return None
    device = next(iter(models[0].devices))
    dtype = None if autocast_is_on(device) else half_precision(device)
    if dtype is None:
        return None
    largest = max(models, key=lambda model: model.parameters)
    plan = autocast(site, found, f"{device}.{dtype}", code, live)
    # One pass alone is over as soon as the advice is read.
    again = training or any(repeats(node, code) for node in called_models(within, code, live))
    enough = again and _enough(models, rows or 1, training)
    return T01Facts(largest, device, dtype, training, plan, enough)


def trigger(confirmed: T01Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Silent when the device that computes was mostly waiting; Keras is listed beside a GPU.

    Listed, too, where the rows of a step are not known, as in a function that has ended.
    """
    model = confirmed.model
    if model is None:
        busy = signals.gpu_busy or 0.0
        fact = (
            f"The Keras model computes in float32, and the GPU was busy {busy:.0%} of the time."
        )
        return Listed((fact,)) if busy >= 0.2 else None
    where = "CPU" if confirmed.device == "cpu" else "GPU"
    weights = f"{model.parameters:,} parameters, all in float32"
    fact = (
        f"{model.name} has {weights}, on a {where} that computes in {confirmed.dtype} as well."
    )
    on_gpu = confirmed.device == "cuda"
    if signals.waited(gpu=on_gpu) or (on_gpu and (signals.gpu_busy or 1.0) < 0.2):
        return None
    facts = (fact, *signals.busy(gpu=on_gpu))
    return facts if confirmed.enough else Listed(facts)


def estimate(confirmed: T01Facts) -> Saving | None:
    """On a CPU, CPU time by `benchmarks/advice_first.py`; on a GPU, published measurements.

    The GPU's lower end is the study that found no significant change; the upper end is a
    small convolutional network in training and BERT in inference.
    """
    if confirmed.device == "cpu":
        model = confirmed.model
        small = confirmed.training and model is not None and _work(model) < SMALL
        low = 0.05 if small else 0.2
        return Saving(low, 0.58, f"CPU time on a CPU with AVX512-BF16, {BENCHMARK}")
    if confirmed.training:
        return Saving(0.0, 0.12, f"{NOTHING} to {TRAINING}")
    return Saving(0.0, 0.75, f"{NOTHING} to {INFERENCE}")


def _work_at(site: Pass | T01Training, code: Code, live: Live) -> Work:
    if isinstance(site, Pass):
        return work_of(site, code, live)
    if site.library == "accelerate":
        return work_of(Pass(site.fact, code.statement(site.call), site.call), code, live)
    return Work((site.call,), but=LOADING)


def _delegated(site: T01Training, code: Code, live: Live) -> T01Facts | None:
    """A library that trains, and was told nothing of precision."""
    known = told(site.library, site.call, code, live)
    if known is None or not _large(known.model):
        return None
    device = next(iter(known.model.devices), "")
    dtype = half_precision(device)
    if dtype is None:
        return None
    short = "bf16" if dtype == "bfloat16" else "fp16"
    words: tuple[str, ...] = {
        "lightning": (f'precision="{short}-mixed"',),
        "accelerate": (f'mixed_precision="{short}"',),
        "transformers": (f"{short}=True",),
    }[site.library]
    if site.library == "transformers" and device == "cpu" and not _on_cpu(site, code, live):
        words = (*words, "use_cpu=True")  # transformers refuses bf16 on a CPU otherwise
    given = argument(known.maker, words, code)
    plan = Plan(
        "Rounding changes results a little: check your metric once.",
        f"To change by hand: give `{known.maker}` the argument `{', '.join(words)}`.",
        () if given is None else given.edits,
        None if given is None else given.text,
    )
    return T01Facts(known.model, device, dtype, True, plan)


def _on_cpu(site: T01Training, code: Code, live: Live) -> bool:
    """Whether a live Hugging Face trainer was told to use the CPU."""
    assert isinstance(site.call.func, ast.Attribute)
    trainer = live.resolve(code.actual(site.call.func.value))
    return bool(instance_dict(live.own(trainer, "args")).get("use_cpu"))


def _keras(call: ast.Call, code: Code, live: Live) -> T01Facts | None:
    """A live Keras model under the policy of float32."""
    assert isinstance(call.func, ast.Attribute)
    model = live.resolve(code.actual(call.func.value))
    own = instance_dict(model)
    policy = instance_dict(own.get("_dtype_policy", own.get("dtype_policy"))).get("_name")
    if policy != "float32":
        return None
    given = with_policy(call.func.value, code)
    plan = Plan(
        "Rounding changes results a little: keep the last layer in float32, and check your "
        "metric once. The policy holds for every model that is made after it. GPUs before "
        'Ampere take "mixed_float16".',
        f"To change by hand: call `keras.{POLICY}` before the model is made.",
        () if given is None else given.edits,
        None if given is None else given.text,
    )
    return T01Facts(None, "cuda", "bfloat16", True, plan)


def _suits(model: TorchModel) -> bool:
    return (
        model.dtypes == {"torch.float32"}
        and model.devices in ({"cpu"}, {"cuda"})
        and not model.managed
        and not model.casts_itself
    ) and _large(model)


def _large(model: TorchModel) -> bool:
    return _work(model) >= MIN_WEIGHTS and model.dtypes == {"torch.float32"}


def _work(model: TorchModel) -> int:
    recurrent = RECURRENT_FACTOR * model.recurrent
    return model.linear + recurrent + CONVOLUTION_FACTOR * model.convolution


def _enough(models: Sequence[TorchModel], rows: int, training: bool) -> bool:
    """Whether a step, or a pass without gradients, has products enough for its casts."""
    if not training and rows < MIN_ROWS:
        models = [model for model in models if model.linear < CACHED]
    return any(
        model.convolution or rows * (model.linear + model.recurrent) >= MIN_PRODUCTS
        for model in models
    )


RULE: Final = Rule(
    id="T01",
    title="Use mixed precision",
    when="a PyTorch loop, trainer or Keras model in 32 bits, where the hardware computes in 16",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    read=read,
    sources=(DOCS, BENCHMARK, NOTHING, TRAINING, INFERENCE),
    work=_work_at,
)
