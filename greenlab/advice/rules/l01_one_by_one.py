"""L01: hand a model many items at once instead of one after the other.

Each call has a fixed cost, and a processor fed one row has little to share out. Image
generation by diffusion gains next to nothing from batches and is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from greenlab import units
from greenlab.advice.analysis.item_loops import (
    Kind,
    OneByOne,
    meets_again,
    one_by_one,
    rebinds,
    takes_item,
)
from greenlab.advice.analysis.items_of_rows import is_row_of_one, texts_of_rows
from greenlab.advice.analysis.pandas.live_tables import texts
from greenlab.advice.analysis.torch.model import cuda_in_use, on_gpu
from greenlab.advice.analysis.trip_count import turns
from greenlab.advice.rewriting.edits import Replace
from greenlab.advice.rule import Plan, Rule
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.abstract_values import Known, Made
from greenlab.cellcode.ast_queries import loaded, stored
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, instance_dict, lineage
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/main_classes/pipelines"
BENCHMARK: Final = "benchmarks/advice_first.py"
# Energy per token of Llama 3.1 8B on an H100, from 8 to 768 sequences at once.
GPU: Final = "https://github.com/ml-energy/leaderboard"
BATCH: Final = 8

# Fewer items than these are not worth an edit.
MIN_ITEMS: Final = {
    "pipeline": 16, "generate": 16, "encode": 16, "forward": 16, "sklearn": 100, "keras": 50
}  # fmt: skip
PADS: Final = ("pipeline", "encode", "forward")
# Tasks whose answer for one item in a list is its answer alone; others pad or nest theirs.
ALIKE: Final = frozenset(
    {"fill-mask", "image-classification", "ner", "sentiment-analysis", "text-classification",
     "token-classification"}
)  # fmt: skip
IMAGES_FROM_TEXT: Final = frozenset({"text-to-image", "image-to-image"})
# These put the answer for one item into a list of its own.
NESTED_ALONE: Final = frozenset({"sentiment-analysis", "text-classification"})

# A pipeline's call costs about as much CPU time as these characters of text do: with 2 to 6
# layers 64 to 768 wide, batches of 8 took 0.3 to 0.5 of the time at 12 tokens of 4 characters,
# 0.5 to 0.7 at 50, 0.8 to 1.0 at 200. Measured by `benchmarks/advice_first.py`.
CALL_CHARACTERS: Final = 160
# Beyond this share of the time, padding included, a batch is not worth an edit.
MAX_RATIO: Final = 0.85


@dataclass(frozen=True, slots=True)
class L01Facts:
    """What runs one by one, how many items there are, and the edit.

    `ratio`: the share of the CPU time that batches are expected to take, from the lengths of
    the texts; `None` where the items are no texts.
    """

    kind: Kind
    model: str
    items: int
    on_gpu: bool
    ratio: float | None
    plan: Plan


def confirm(site: OneByOne, code: Code, live: Live) -> L01Facts | None:
    """A model, live or made by a helper that has ended, and enough items."""
    node = code.actual(site.model) or site.model
    model, made = live.resolve(node), code.value(node)
    if model is not None:
        kind, gpu = type(model).__name__, on_gpu(model, live)
        task = instance_dict(model).get("task")
        diffuses = any(path.startswith("diffusers.") for path in lineage(model))
    elif isinstance(made, Made):
        kind = made.path.removesuffix(".from_pretrained").rpartition(".")[2]
        gpu = cuda_in_use()
        given = made.given("task", position=0)
        task = given.thing if isinstance(given, Known) else None
        diffuses = made.path.startswith("diffusers.") or task in IMAGES_FROM_TEXT
    elif site.kind == "sklearn" and type(seen := code.seen(node).get("type")) is str:
        kind, gpu, task, diffuses = seen.rpartition(".")[2], False, None, False
    else:
        return None
    if diffuses:
        return None
    there = Live(live.namespace, site.code, live.budget)  # as the loop sees names
    items = site.code.actual(site.items) or site.items
    count = _in_all(site, there) or turns(items, there)
    if count is None or count < MIN_ITEMS[site.kind]:
        return None
    known = texts(items, there, 1_000) if site.kind in PADS else None
    if known is None and site.kind in PADS:
        known = texts_of_rows(site, items, there)
    if known is None and site.kind == "forward" and not is_row_of_one(site):
        return None  # they may be batches already
    ratio = _ratio(known)
    if ratio is not None and ratio > MAX_RATIO and not gpu:
        return None
    return L01Facts(site.kind, kind, count, gpu, ratio, _plan(site, task, code, live))


def _in_all(site: OneByOne, live: Live) -> int | None:
    """The items of all lists, where an outer loop goes through lists of them."""
    for above in site.code.within(site.loop):
        if isinstance(above, ast.For) and isinstance(above.target, ast.Name):
            several = live.resolve(above.iter)
            if ast.unparse(site.items) == above.target.id and type(several) in (list, tuple):
                lists = [one for one in several if type(one) in (list, tuple)]
                return sum(map(len, lists)) if len(lists) == len(several) else None
    return None


def trigger(confirmed: L01Facts, signals: Signals) -> tuple[str, ...] | None:
    """The time of one item, and what transformers says of it itself."""
    each = units.duration(signals.duration_s / confirmed.items)
    facts = [
        f"{confirmed.model} was called for each of {confirmed.items:,} items, {each} per item."
    ]
    if any("sequentially on GPU" in warning for warning in signals.warnings):
        facts.append("transformers warned that the pipeline is used one item at a time.")
    return (*facts, *signals.busy())


def estimate(confirmed: L01Facts) -> Saving | None:
    """On a CPU, the calls' own CPU time by `benchmarks/advice_first.py`.

    On a GPU, from nothing (texts of very uneven length) to the best case published.
    """
    if confirmed.kind == "sklearn":
        return Saving(0.97, 0.99, f"CPU time of the calls, {BENCHMARK}")
    if not confirmed.on_gpu:
        if confirmed.ratio is None:
            return Saving(0.45, 0.9, f"CPU time of the calls, {BENCHMARK}")
        saved = 1.0 - confirmed.ratio
        source = f"CPU time of the calls with texts of these lengths, {BENCHMARK}"
        return Saving(0.65 * saved, min(0.95, 1.4 * saved), source)
    if confirmed.kind == "generate":
        return Saving(0.0, 0.84, GPU)
    return None


def _ratio(given: Sequence[str] | None) -> float | None:
    """CPU time in batches over that one by one: each text is padded to its batch's longest."""
    if given is None:
        return None
    lengths = [len(text) for text in given]
    batches = [lengths[start : start + BATCH] for start in range(0, len(lengths), BATCH)]
    padded = sum(CALL_CHARACTERS + len(batch) * max(batch) for batch in batches)
    return padded / sum(CALL_CHARACTERS + length for length in lengths)


def _plan(site: OneByOne, task: Any, code: Code, live: Live) -> Plan:
    risk, by_hand = _in_words(site, code)
    listed = type(live.resolve(site.items)) in (list, tuple)
    batched = _batched(site, task, code, listed=listed)
    if batched is None or not _may_move(site):
        return Plan(risk, by_hand)
    assert isinstance(site.item, ast.Name)
    item, items = site.item.id, code.text(site.items)
    call, alone = batched
    used = loaded(code.tree) | stored(code.tree)
    out = next(name for name in (f"{item}_out", f"_{item}_out") if name not in used)
    assert not isinstance(site.loop, ast.Call)
    head = site.loop if isinstance(site.loop, ast.For) else site.loop.generators[0]
    pair = f"{item}, {out}" if head.target is site.item else f"({item}, {out})"
    source = code.masked.text
    edits = (
        Replace.of(source, site.item, pair),
        Replace.of(source, site.items, f"zip({items}, {call})"),
        Replace.of(source, site.call, alone.format(out)),
    )
    return Plan(risk, by_hand, edits)


def _in_words(site: OneByOne, code: Code) -> tuple[str, str]:
    """The risk, and what to change by hand."""
    func = code.text(site.call.func if site.call is not site.loop else site.model)
    items = code.text(site.items) if isinstance(site.items, ast.Name) else "items"
    if site.kind in ("keras", "sklearn"):
        return (
            "The predictions are the same. All rows' predictions are held in memory at once.",
            f"To change by hand: call `{func}` once, on all rows, before the loop.",
        )
    by_hand = {
        "pipeline": f"call `{func}({items}, batch_size={BATCH})` once.",
        "encode": f"call `{func}({items})` once, with the whole list of texts.",
        "forward": f"give the tokenizer lists of some {BATCH} texts, with `padding=True`, and "
        "call the model once for each list.",
        "generate": "tokenize several prompts at once with padding on the left, and generate "
        f"in batches of {BATCH}.",
    }[site.kind]
    risk = (
        "Batches need more memory, and texts of very different length lose part of the gain to "
        "padding."
    )
    return risk, f"To change by hand: {by_hand}"


def _batched(site: OneByOne, task: Any, code: Code, *, listed: bool) -> tuple[str, str] | None:
    """The call on all items, and what stands for the answer to one; `None`: no safe edit."""
    if not isinstance(site.items, ast.Name) or not takes_item(site, code):
        return None
    call, func, items = site.call, code.text(site.call.func), site.items.id
    if site.kind == "sklearn":
        return None if call.keywords else (f"{func}({items})[:, None]", "{}")
    if site.kind != "pipeline" or task not in ALIKE or not listed:
        return None
    given = {word.arg for word in call.keywords}
    if given & {None, "batch_size"}:
        return None
    words = [f"{word.arg}={ast.unparse(word.value)}" for word in call.keywords]
    alone = "[{}]" if task in NESTED_ALONE and "top_k" not in given else "{}"
    return f"{func}({', '.join([items, *words, f'batch_size={BATCH}'])})", alone


def _may_move(site: OneByOne) -> bool:
    """Whether the call may be made before the loop: nothing that it reads changes in it."""
    if site.within is not None or isinstance(site.loop, ast.Call):
        return False
    if any(isinstance(node, ast.Yield) for node in ast.walk(site.loop)):
        return False  # who asks for its items may stop
    if not isinstance(site.loop, ast.For) and site.loop.generators[0].ifs:
        return False  # what it leaves out may be nothing for a model
    assert isinstance(site.item, ast.Name)
    assert isinstance(site.items, ast.Name)
    own = {site.item.id}
    changed = stored(site.loop) - (own if isinstance(site.loop, ast.For) else set())
    parts = [site.call.func, *(word.value for word in site.call.keywords)]
    needed = {site.items.id}.union(*map(loaded, parts))
    return not (needed & (changed | own) or rebinds(site) or meets_again(site))


def _work(site: OneByOne, _code: Code, _live: Live) -> Work:
    return Work((site.loop if site.within else site.call,), code=site.code)


RULE: Final = Rule(
    id="L01",
    title="Batch: hand the model many items at once",
    when="a model called on one item at a time, in a loop, `apply` or a helper; not where "
    "a call depends on the one before",
    libraries=(),
    candidates=one_by_one,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK, GPU),
    work=_work,
)
