"""Language models that reading alone may list: one text at a time (L01), without a cache
(L02), padded to the largest length (L03).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from greenlab.advice.analysis.item_loops import OneByOne, one_by_one
from greenlab.advice.rules.l01_one_by_one import MIN_ITEMS
from greenlab.advice.static_checks.notebook import Listing, Notebook, last_name
from greenlab.cellcode.ast_queries import keyword

SHORT: Final = 64
"""Tokens: texts padded to no more than this waste little."""
_TOKENIZES: Final = frozenset({"__call__", "batch_encode_plus", "encode_plus"})
# They pad to a fixed width by design: CLIP's text encoder, images, TPUs.
_FIXED_WIDTH: Final = ("clip", "diffus", "image_processor", "torch_xla", "tpustrategy", "vit")
# What a loop over batches calls them.
_BATCHES: Final = ("batch", "chunk", "loader")


def one_at_a_time(notebook: Notebook) -> Iterator[Listing]:
    """Models called on one item after the other, of a list that is not plainly short."""
    for cell in notebook.cells:
        for site in one_by_one(cell.code):
            if _in_batches(site) or _is_short(site, notebook):
                continue
            if run := notebook.run_from(cell, site.call):
                yield Listing(run[0], site.fact)


def without_cache(notebook: Notebook) -> Iterator[Listing]:
    """`generate(…, use_cache=False)`, spelled out, and never the other way as well."""
    if "transformers" not in notebook.imports:
        return
    given = [
        (cell, call, notebook.value(keyword(call, "use_cache")))
        for cell, call in notebook.calls()
        if last_name(cell.code, call) == "generate"
    ]
    if any(value is True for _, _, value in given):
        return
    for cell, call, value in given:
        if value is False and (run := notebook.run_from(cell, call)):
            yield Listing(run[0], f"Line {call.lineno} generates with use_cache=False.")


def padded(notebook: Notebook) -> Iterator[Listing]:
    """Texts that a tokenizer pads to one length, for a model that could take less."""
    text = " ".join(notebook.words).lower()
    if "transformers" not in notebook.imports or any(mark in text for mark in _FIXED_WIDTH):
        return
    for cell, call in notebook.calls():
        words = {word.arg: word.value for word in call.keywords}
        fixed = notebook.value(words.get("padding")) == "max_length"
        old = notebook.value(words.get("pad_to_max_length")) is True
        if not (fixed or old) or not _is_tokenizer(call):
            continue
        width = notebook.value(words.get("max_length"))
        if type(width) is int and width <= SHORT:
            continue
        if run := notebook.run_from(cell, call):
            fact = f"Line {run[1]} pads every text to the same, largest length."
            yield Listing(run[0], fact)


def _is_tokenizer(call: ast.Call) -> bool:
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in _TOKENIZES:
        func = func.value
    return "tok" in ast.unparse(func).lower()


def _in_batches(site: OneByOne) -> bool:
    text = f"{ast.unparse(site.items)} {ast.unparse(site.item)}".lower()
    return any(mark in text for mark in _BATCHES)


def _is_short(site: OneByOne, notebook: Notebook) -> bool:
    """Whether the list stands in the notebook with few items."""
    items = notebook.value(site.items)
    return isinstance(items, (list, tuple)) and 0 < len(items) < MIN_ITEMS[site.kind]
