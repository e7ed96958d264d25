"""L01: hand a model many items at once instead of one after the other.

Each call has a fixed cost, and a processor fed one row has little to share out. Image
generation by diffusion gains next to nothing from batches and is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from greenlab import units
from greenlab.advice.code import Code, calls, loaded, stored
from greenlab.advice.edits import Replace
from greenlab.advice.live import Live, instance_dict, lineage
from greenlab.advice.rule import Plan, Rule, Site
from greenlab.advice.signals import Signals
from greenlab.advice.torch_model import on_gpu
from greenlab.record import Saving

DOCS: Final = "https://huggingface.co/docs/transformers/main_classes/pipelines"
BENCHMARK: Final = "benchmarks/advice_first.py"
# Energy per token of Llama 3.1 8B on an H100, from 8 to 768 sequences at once.
GPU: Final = "https://github.com/ml-energy/leaderboard"
BATCH: Final = 8

# Fewer items than these are not worth an edit.
MIN_ITEMS: Final = {"pipeline": 16, "generate": 16, "sklearn": 100}
# Tasks whose answer for one item in a list is its answer alone; others pad or nest theirs.
ALIKE: Final = frozenset(
    {"fill-mask", "image-classification", "ner", "sentiment-analysis", "text-classification",
     "token-classification"}
)  # fmt: skip
# These put the answer for one item into a list of its own.
NESTED_ALONE: Final = frozenset({"sentiment-analysis", "text-classification"})
PREDICTIONS: Final = frozenset(
    {"decision_function", "predict", "predict_log_proba", "predict_proba"}
)

# A pipeline's call costs about as much CPU time as these characters of text do: with 2 to 6
# layers 64 to 768 wide, batches of 8 took 0.3 to 0.5 of the time at 12 tokens of 4 characters,
# 0.5 to 0.7 at 50, 0.8 to 1.0 at 200. Measured by `benchmarks/advice_first.py`.
CALL_CHARACTERS: Final = 160
# Beyond this share of the time, padding included, a batch is not worth an edit.
MAX_RATIO: Final = 0.85

Kind = Literal["pipeline", "generate", "sklearn"]
Loop = ast.For | ast.ListComp | ast.SetComp | ast.GeneratorExp


@dataclass(frozen=True)
class OneByOne(Site):
    """`call` within `loop` works on one item of `items`; `item` is the loop's name for it."""

    kind: Kind
    loop: Loop
    call: ast.Call
    items: ast.Name
    item: ast.Name


@dataclass(frozen=True, slots=True)
class Confirmed:
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


def candidates(code: Code) -> Iterator[OneByOne]:
    """Every call of a model on one item, in a loop over items."""
    for loop in code.nodes:
        if not isinstance(loop, (ast.For, ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            continue
        head = loop if isinstance(loop, ast.For) else loop.generators[0]
        if not (over := list(_over(head.iter, head.target))) or _leaves_early(loop):
            continue
        for call in calls(loop):
            kind = _kind(code.path(call.func) or "")
            if kind and call not in ast.walk(head.iter) and _nearest(call, code) is loop:
                fact = f"A model works on one item at a time in line {call.lineno}."
                for items, item in over:
                    yield OneByOne(fact, kind, loop, call, items, item)


def confirm(site: OneByOne, code: Code, live: Live) -> Confirmed | None:
    """A live model, and enough items."""
    func = site.call.func
    holder = func.value if isinstance(func, ast.Attribute) else func
    model = live.resolve(holder)
    if model is None or any(path.startswith("diffusers.") for path in lineage(model)):
        return None
    items = live.resolve(site.items)
    count = len(items) if type(items) in (list, tuple) else live.rows(items)
    if count is None or count < MIN_ITEMS[site.kind]:
        return None
    if site.kind != "generate" and not _takes_item(site, code):
        return None
    gpu = on_gpu(model, live)
    ratio = _ratio(live.lengths(items)) if site.kind == "pipeline" else None
    if ratio is not None and ratio > MAX_RATIO and not gpu:
        return None
    own = instance_dict(model)
    plan = _plan(site, own.get("task"), code, array=type(items) not in (list, tuple))
    return Confirmed(site.kind, type(model).__name__, count, gpu, ratio, plan)


def trigger(confirmed: Confirmed, signals: Signals) -> tuple[str, ...] | None:
    """The time of one item, and what transformers says of it itself."""
    each = units.duration(signals.duration_s / confirmed.items)
    facts = [
        f"{confirmed.model} was called for each of {confirmed.items:,} items, {each} per item."
    ]
    if any("sequentially on GPU" in warning for warning in signals.warnings):
        facts.append("transformers warned that the pipeline is used one item at a time.")
    return (*facts, *signals.busy())


def estimate(confirmed: Confirmed) -> Saving | None:
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


def _ratio(lengths: Sequence[int] | None) -> float | None:
    """CPU time in batches over that one by one: each text is padded to its batch's longest."""
    if not lengths:
        return None
    batches = [lengths[start : start + BATCH] for start in range(0, len(lengths), BATCH)]
    padded = sum(CALL_CHARACTERS + len(batch) * max(batch) for batch in batches)
    return padded / sum(CALL_CHARACTERS + length for length in lengths)


def _kind(path: str) -> Kind | None:
    top, last = path.partition(".")[0], path.rpartition(".")[2]
    if top == "transformers" and last.lower().endswith("pipeline()"):
        return "pipeline"
    if "()." not in path:
        return None
    if top == "transformers" and last == "generate":
        return "generate"
    return "sklearn" if top == "sklearn" and last in PREDICTIONS else None


def _over(iterated: ast.expr, target: ast.expr) -> Iterator[tuple[ast.Name, ast.Name]]:
    """Lists and items of `for item in items`, through `tqdm`, `enumerate` and `zip`."""
    if isinstance(iterated, ast.Name) and isinstance(target, ast.Name):
        yield iterated, target
    if not (isinstance(iterated, ast.Call) and iterated.args):
        return
    name = ast.unparse(iterated.func).rpartition(".")[2]
    targets = target.elts if isinstance(target, ast.Tuple) else []
    if name in ("tqdm", "track", "trange"):
        yield from _over(iterated.args[0], target)
    elif name == "enumerate" and len(targets) == 2:
        yield from _over(iterated.args[0], targets[1])
    elif name == "zip" and len(targets) == len(iterated.args) and not iterated.keywords:
        for part, one in zip(iterated.args, targets, strict=True):
            yield from _over(part, one)


def _leaves_early(loop: Loop) -> bool:
    if not isinstance(loop, ast.For):
        return len(loop.generators) > 1 or bool(loop.generators[0].ifs)
    return any(isinstance(node, (ast.Break, ast.Return, ast.Yield)) for node in ast.walk(loop))


def _nearest(call: ast.Call, code: Code) -> ast.AST | None:
    loops = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
    return next((above for above in code.within(call) if isinstance(above, loops)), None)


def _takes_item(site: OneByOne, code: Code) -> bool:
    """Whether the call's one positional argument is the untouched item, in a row of its own."""
    if len(site.call.args) != 1:
        return False
    given, item = site.call.args[0], site.item.id
    text = ast.unparse(given)
    if site.kind == "pipeline":
        return text == item
    rows = {
        f"[{item}]", f"{item}.reshape(1, -1)", f"{item}.reshape((1, -1))", f"{item}[None]",
        f"{item}[None, :]", f"({item},)",
    }  # fmt: skip
    if text in rows:
        return True
    wrapped = {
        f"array([{item}])", f"asarray([{item}])", f"expand_dims({item}, 0)",
        f"expand_dims({item}, axis=0)", f"atleast_2d({item})",
    }  # fmt: skip
    numpy = isinstance(given, ast.Call) and (code.path(given.func) or "").startswith("numpy")
    return numpy and any(text == form or text.endswith(f".{form}") for form in wrapped)


def _plan(site: OneByOne, task: Any, code: Code, *, array: bool) -> Plan:
    call, item, items = site.call, site.item.id, site.items.id
    func = code.text(call.func)
    if site.kind == "sklearn":
        risk = "The predictions are the same. All rows' predictions are held in memory at once."
        by_hand = f"To change by hand: call `{func}({items})` once, before the loop."
        batched, alone = f"{func}({items})[:, None]", "{}"
    else:
        risk = (
            "Batches need more memory, and texts of very different length lose part of the "
            "gain to padding."
        )
        by_hand = (
            f"To change by hand: call `{func}({items}, batch_size={BATCH})` once."
            if site.kind == "pipeline"
            else "To change by hand: tokenize several prompts at once with padding on the "
            f"left, and generate in batches of {BATCH}."
        )
        if site.kind == "generate" or task not in ALIKE or array:
            return Plan(risk, by_hand)
        words = [f"{word.arg}={ast.unparse(word.value)}" for word in call.keywords if word.arg]
        batched = f"{func}({', '.join([items, *words, f'batch_size={BATCH}'])})"
        alone = "{}"
        if task in NESTED_ALONE and not any(word.arg == "top_k" for word in call.keywords):
            alone = "[{}]"
    changed = stored(site.loop) - ({item} if isinstance(site.loop, ast.For) else set())
    given = {word.arg for word in call.keywords}
    needed = loaded(call.func).union(*(loaded(word.value) for word in call.keywords), {items})
    if (
        (site.kind == "sklearn" and call.keywords)
        or given & {None, "batch_size"}
        or needed & (changed | {item})
        or _rebinds(site)
        or _meets_again(site)
    ):
        return Plan(risk, by_hand)
    used = loaded(code.tree) | stored(code.tree)
    out = next(name for name in (f"{item}_out", f"_{item}_out") if name not in used)
    head = site.loop if isinstance(site.loop, ast.For) else site.loop.generators[0]
    pair = f"{item}, {out}" if head.target is site.item else f"({item}, {out})"
    source = code.masked.text
    return Plan(
        risk,
        by_hand,
        (
            Replace.of(source, site.item, pair),
            Replace.of(source, site.items, f"zip({items}, {batched})"),
            Replace.of(source, call, alone.format(out)),
        ),
    )


def _rebinds(site: OneByOne) -> bool:
    """Whether the loop gives the item another value before the model sees it."""
    names = [
        node
        for node in ast.walk(site.loop)
        if isinstance(node, ast.Name)
        and node.id == site.item.id
        and not isinstance(node.ctx, ast.Load)
    ]
    return len(names) > 1


def _meets_again(site: OneByOne) -> bool:
    """Whether the loop does something else with the model, such as fitting it."""
    within = set(ast.walk(site.call))
    models = loaded(site.call.func)
    return any(
        isinstance(node, ast.Name) and node.id in models and node not in within
        for node in ast.walk(site.loop)
    )


RULE: Final = Rule(
    id="L01",
    title="Hand the model many items at once",
    when="a model called on one item at a time, in a loop",
    libraries=(),
    candidates=candidates,
    confirm=confirm,
    trigger=trigger,
    rewrite=lambda confirmed: confirmed.plan,
    estimate=estimate,
    verify="V1",
    sources=(DOCS, BENCHMARK, GPU),
)
