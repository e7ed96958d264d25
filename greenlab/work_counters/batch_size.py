"""How many samples and tokens are in a batch, by its form alone."""

from __future__ import annotations

from typing import Any


def samples_in(batch: Any) -> int | None:
    """Rows of a batch: of its `input_ids`, else of the first array in it, as torch puts samples
    together; of samples that were not put together, how many there are. `None`: not known.
    """
    graphs = getattr(batch, "num_graphs", None)  # of torch_geometric
    if isinstance(graphs, int):
        return graphs
    if hasattr(batch, "keys"):
        parts = dict(batch)
        return _first([parts.get("input_ids"), *parts.values()])
    if _rows(batch) is not None or not isinstance(batch, list | tuple) or not batch:
        return _rows(batch)
    arrays = [rows for part in batch if (rows := _rows(part)) is not None]
    if arrays:
        return arrays[0]
    head = batch[0]
    if _put_together(head) or (isinstance(batch, tuple) and isinstance(head, tuple)):
        return samples_in(head)
    return len(batch)


def _put_together(part: Any) -> bool:
    """Whether it looks as torch makes it of the same part of several samples."""
    if hasattr(part, "keys"):
        return len(getattr(dict(part).get("input_ids"), "shape", ())) > 1
    return isinstance(part, list)


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
    """Of the first array; of lists, as of texts, where there is none."""
    arrays = [rows for part in parts if (rows := _rows(part)) is not None]
    lists = [len(part) for part in parts if isinstance(part, list | tuple)]
    return next(iter(arrays or lists), None)


def _rows(array: Any) -> int | None:
    shape = getattr(array, "shape", None)
    try:
        return int(shape[0]) if shape is not None and len(shape) > 0 else None
    except (TypeError, ValueError):  # of a graph that is not run yet
        return None
