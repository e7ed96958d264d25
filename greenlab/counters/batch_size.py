"""How many samples and tokens are in a batch, by its form alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def samples_in(batch: Any) -> int | None:
    """Rows of a batch: of its `input_ids`, else of the first array in it; `None`: not known."""
    graphs = getattr(batch, "num_graphs", None)  # of torch_geometric
    if isinstance(graphs, int):
        return graphs
    if isinstance(batch, Mapping) or hasattr(batch, "keys"):
        parts = dict(batch)
        return _first([parts.get("input_ids"), *parts.values()])
    if _rows(batch) is not None:
        return _rows(batch)
    if isinstance(batch, Sequence) and not isinstance(batch, str | bytes) and len(batch) > 0:
        first = batch[0]
        if _rows(first) is None and not isinstance(first, Mapping | list | tuple):
            return len(batch)  # samples that were not put together
        if isinstance(first, Mapping):
            inner = samples_in(first)
            return inner if len(batch) <= 2 and inner is not None else len(batch)
        return _first([*batch])
    return None


def tokens_in(batch: Any) -> Any:
    """Tokens of a batch of texts: a number, or a tensor of one where the batch is on a GPU.

    Padding is not counted where the batch has an `attention_mask`. `None`: there are no texts.
    """
    if not hasattr(batch, "keys"):
        return None
    parts = dict(batch)
    ids, mask = parts.get("input_ids"), parts.get("attention_mask")
    if ids is None or _rows(ids) is None:
        return None
    if mask is not None and hasattr(mask, "sum"):
        return mask.sum()
    size = 1
    for length in ids.shape:
        size *= int(length)
    return size


def _first(parts: list[Any]) -> int | None:
    for part in parts:
        found = samples_in(part) if isinstance(part, Mapping | list | tuple) else _rows(part)
        if found is not None:
            return found
    return None


def _rows(array: Any) -> int | None:
    shape = getattr(array, "shape", None)
    try:
        return int(shape[0]) if shape is not None and len(shape) > 0 else None
    except (TypeError, ValueError):  # of a graph that is not run yet
        return None
