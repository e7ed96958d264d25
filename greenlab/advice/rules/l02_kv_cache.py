"""L02: generate with the key-value cache.

Without it the model computes every earlier token anew for each new one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.model import cuda_in_use, on_gpu
from greenlab.advice.analysis.transformers.text_generation import (
    Generation,
    generations,
    module_of,
    most_tokens,
    settings,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.abstract_values import Known, Made, words_of
from greenlab.cellcode.ast_queries import keyword
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, class_attribute, instance_dict
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/kv_cache"
BENCHMARK: Final = "benchmarks/advice.py"

# A few new tokens repeat little.
MIN_TOKENS: Final = 16
# Their classes take no cache of this kind.
WITHOUT: Final = ("MiniMaxFor", "OpenAIGPT", "Reformer", "Rwkv", "XLM", "XLNet", "xLSTM")


@dataclass(frozen=True)
class Uncached(Site):
    """A generation, and the `use_cache=False` that stands in its call or its configuration."""

    generation: Generation
    off: ast.expr | None


@dataclass(frozen=True, slots=True)
class L02Facts:
    """The model, how many tokens it may write, and the edit."""

    model: str
    tokens: int
    gpu: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Uncached]:
    """Every generation: where the cache is off is in the call or in the live configuration.

    None in a cell that generates with a cache as well: it compares the two.
    """
    written = [keyword(call, "use_cache") for call in code.calls]
    if any(isinstance(one, ast.Constant) and one.value is True for one in written):
        return
    for generation in generations(code):
        off = generation.word("use_cache") or _configured(generation, code)
        given = generation.given("use_cache", code)
        if off is None or _is_false(off) or (isinstance(given, Known) and given.thing is False):
            line = generation.call.lineno
            yield Uncached(f"Line {line} may generate without a cache.", generation, off)


def confirm(site: Uncached, code: Code, live: Live) -> L02Facts | None:
    """The cache is off, the model has one, and enough tokens are written."""
    model = module_of(site.generation, code, live)
    made = code.value(code.actual(site.generation.model) or site.generation.model)
    if model is None and not isinstance(made, Made):  # one that a helper made is gone
        return None
    if model is not None and not _caches(model, live):
        return None
    config = {} if model is None else settings(site.generation, model, code, live)
    config.update(_given_configuration(site.generation, code, live))
    given = site.generation.given("use_cache", code)
    cached = given.thing if isinstance(given, Known) else config.get("use_cache")
    if cached is not False and not (site.off is not None and _is_false(site.off)):
        return None
    tokens = most_tokens(site.generation, code, config, "max_new_tokens", "max_length")
    if tokens is None or tokens < MIN_TOKENS:
        return None
    plan = _plan(site, code)
    if model is None:
        assert isinstance(made, Made)
        name = made.path.removesuffix(".from_pretrained").rpartition(".")[2]
        return L02Facts(name, tokens, cuda_in_use(), plan)
    return L02Facts(type(model).__name__, tokens, on_gpu(model, live), plan)


def trigger(confirmed: L02Facts, signals: Signals) -> tuple[str, ...] | None:
    """Silent when the cell mostly waited."""
    if signals.waited(gpu=confirmed.gpu):
        return None
    tokens = f"up to {confirmed.tokens} tokens at a time with use_cache=False"
    return (f"{confirmed.model} writes {tokens}: each recomputes all that stand before it.",)


def _configured(generation: Generation, code: Code) -> ast.expr | None:
    """`use_cache` of a `GenerationConfig(…)` that this cell makes for the call."""
    given = generation.word("generation_config")
    made = [given] + [
        node.value
        for node in code.nodes
        if isinstance(node, ast.Assign)
        and isinstance(given, ast.Name)
        and given.id in [ast.unparse(target) for target in node.targets]
    ]
    found = (keyword(call, "use_cache") for call in made if isinstance(call, ast.Call))
    return next(filter(None, found), None)


def _given_configuration(generation: Generation, code: Code, live: Live) -> dict[str, Any]:
    """What a `GenerationConfig` says that is given to the call, wherever it was made."""
    node = generation.word("generation_config")
    if node is None:
        return {}
    if (thing := live.resolve(node)) is not None:
        return {name: one for name, one in instance_dict(thing).items() if one is not None}
    made = code.value(node)
    words = words_of(made.call, made.scope) if isinstance(made, Made) else ()
    return {name: value.thing for name, value in words if isinstance(value, Known)}


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _caches(model: Any, live: Live) -> bool:
    """Whether the model has such a cache, and is not in training with checkpoints.

    Recurrent models keep a state instead.
    """
    if class_attribute(model, "_is_stateful") or type(model).__name__.startswith(WITHOUT):
        return False
    parts = map(instance_dict, live.modules(model))
    return not any(own.get("gradient_checkpointing") and own.get("training") for own in parts)


def _plan(site: Uncached, code: Code) -> Plan:
    call = site.generation.call
    risk = (
        "The same tokens, up to rounding. The cache takes memory: two vectors per layer, head "
        "and token."
    )
    by_hand = "To change by hand: generate with `use_cache=True`."
    source = code.masked.text
    if site.off is not None and _is_false(site.off):
        return Plan(risk, by_hand, (Replace.of(source, site.off, "True"),))
    if site.generation.given("use_cache", code) is not None:  # where it is said, it is changed
        return Plan(risk, by_hand)
    return Plan(risk, by_hand, (Replace.adding(source, call, "use_cache=True"),))


def estimate(confirmed: L02Facts) -> Saving | None:
    """CPU time of the call, measured by `benchmarks/advice.py`; no figure for a GPU."""
    if confirmed.gpu:
        return None
    return Saving(0.55, 0.92, f"CPU time of the call, {BENCHMARK}")


RULE: Final = Rule(
    id="L02",
    title="Generate with the cache of keys and values",
    when="`generate` with `use_cache=False`",
    libraries=(Library("transformers", (4, 40), (6,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK),
    work=lambda _site, _code, _live: Work(below=("peft.", "transformers.", "vllm.")),
)
