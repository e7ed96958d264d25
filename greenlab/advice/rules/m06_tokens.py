"""M06: let a language model write no more than is kept.

Each token costs one pass through the model. Where only the first word or line of a long answer
is used, the rest is thrown away; so is the reasoning before a short answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from greenlab.advice.analysis.torch.model import on_gpu
from greenlab.advice.analysis.transformers.text_generation import (
    Generation,
    answers,
    flows,
    generations,
    module_of,
    most_tokens,
    settings,
    written,
)
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Library, Listed, Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/main_classes/text_generation"
THINKING: Final = "https://arxiv.org/abs/2601.22076"
BENCHMARK: Final = "benchmarks/advice.py"

MIN_ANSWERS: Final = 8
# Answers of other inputs may be a little longer: tokens to spare, and a round number.
SPARE: Final = 8
# What a long answer has over the part that is kept, at least.
FACTOR: Final = 4
SHORT: Final = 200  # characters of an answer for which little thought may do
_FIRST: Final = frozenset({"partition", "split", "splitlines"})
_CLOSE: Final = "</think>"


@dataclass(frozen=True)
class Wasted(Site):
    """`cut`: where the first part is kept; `None`: `template` may ask for thoughts."""

    generation: Generation
    cut: ast.expr | None
    template: ast.Call | None


@dataclass(frozen=True, slots=True)
class M06Facts:
    """The longest answer kept in bytes, the limit, the one proposed, and the edit.

    `ran_on`: the live output shows that the model wrote much more than was kept.
    """

    model: str
    answers: int
    longest: int
    limit: int | None
    enough: int
    ran_on: bool
    gpu: bool
    plan: Plan


def candidates(code: Code) -> Iterator[Wasted]:
    """Every generation of which the cell keeps the first part, or drops the thoughts."""
    for generation in generations(code):
        if generation.word("num_beams") is not None:
            continue  # which beam wins depends on all of it
        line = generation.call.lineno
        for node in code.nodes:
            if _keeps_first(node) and flows(node, generation):
                fact = f"Only the first part of what line {line} writes is kept."
                yield Wasted(fact, generation, node, None)  # type: ignore[arg-type]
            elif _may_think(node, code):
                fact = f"The thoughts in what line {line} writes are dropped."
                yield Wasted(fact, generation, None, node)  # type: ignore[arg-type]


def confirm(site: Wasted, code: Code, live: Live) -> M06Facts | None:
    """The answers are alive and short, and the model could have stopped much earlier."""
    model = module_of(site.generation, code, live)
    kept = answers(site.generation, code, live)
    if model is None or kept is None or len(kept) < MIN_ANSWERS:
        return None
    kept = [text.rpartition(_CLOSE)[2].strip() for text in kept]
    longest = max(len(text.encode(errors="replace")) for text in kept)
    if site.template is not None:
        template = live.own(_tokenizer(site.template, live), "chat_template")
        if longest > SHORT or type(template) is not str or "enable_thinking" not in template:
            return None
        limit, ran_on = None, False
    else:
        config = settings(site.generation, model, code, live)
        limit = most_tokens(site.generation, code, config, "max_new_tokens")
        if limit is None or 2 * _enough(longest) > limit:
            return None
        ran_on = written(site.generation, model, live) >= max(FACTOR * longest, limit // 2)
    return M06Facts(
        model=type(model).__name__,
        answers=len(kept),
        longest=longest,
        limit=limit,
        enough=_enough(longest),
        ran_on=ran_on,
        gpu=on_gpu(model, live),
        plan=_plan(site, _enough(longest), code),
    )


def trigger(confirmed: M06Facts, signals: Signals) -> tuple[str, ...] | Listed | None:
    """Shown only where the output shows that the model wrote on; never for thoughts."""
    if signals.waited(gpu=confirmed.gpu):
        return None
    kept = f"The {confirmed.answers:,} answers kept have up to {confirmed.longest} characters"
    if confirmed.limit is None:
        return Listed((f"{kept}; the thoughts before them are dropped.",))
    facts = (f"{kept}; {confirmed.model} may write {confirmed.limit} tokens for each.",)
    return facts if confirmed.ran_on else Listed(facts)


def _enough(longest: int) -> int:
    # A token stands for at least one byte, so there are never more tokens than bytes.
    return -(-(longest + SPARE) // 8) * 8


def _keeps_first(node: ast.AST) -> bool:
    """`….split()[0]` and its kin."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == 0
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in _FIRST
        and _CLOSE not in ast.unparse(node.value)
    )


def _may_think(node: ast.AST, code: Code) -> bool:
    """A chat template that does not say whether to think, in a cell that drops thoughts."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "apply_chat_template"
        and not any(word.arg in (None, "enable_thinking") for word in node.keywords)
        and any(isinstance(one, ast.Constant) and one.value == _CLOSE for one in code.nodes)
    )


def _tokenizer(template: ast.Call, live: Live) -> Any:
    func = template.func
    return live.resolve(func.value) if isinstance(func, ast.Attribute) else None


def _plan(site: Wasted, enough: int, code: Code) -> Plan:
    source = code.masked.text
    if site.template is not None:
        return Plan(
            "Hard questions need the thoughts: check your metric.",
            "To change by hand: pass `enable_thinking=False` to the chat template.",
            (Replace.adding(source, site.template, "enable_thinking=False"),),
        )
    risk = (
        "The same answers here; other inputs with longer ones would be cut. Sampling draws "
        "fewer random numbers."
    )
    by_hand = f"To change by hand: generate with `max_new_tokens={enough}`."
    given = site.generation.word("max_new_tokens")
    edit = (
        Replace.of(source, given, str(enough))
        if given is not None
        else Replace.adding(source, site.generation.call, f"max_new_tokens={enough}")
    )
    return Plan(risk, by_hand, (edit,))


def estimate(confirmed: M06Facts) -> Saving | None:
    """The share of tokens no longer written, where `benchmarks/advice.py` measured as much."""
    if confirmed.gpu or confirmed.limit is None:
        return None
    share = 1 - confirmed.enough / confirmed.limit
    return Saving(round(0.8 * share, 2), round(share, 2), f"tokens not written, {BENCHMARK}")


RULE: Final = Rule(
    id="M06",
    title="Write no more tokens than are kept",
    when="generated text of which only the first word or line, or what follows the reasoning, "
    "is kept",
    libraries=(Library("transformers", (4, 40), (6,)),),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V2",
    sources=(DOCS, THINKING, BENCHMARK),
    work=lambda _site, _code, _live: Work(below=("peft.", "transformers.", "vllm.")),
)
