"""A wrapper of a data loader that counts its batches as they are handed out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from greenlab.units_of_work import add
from greenlab.work_counters.batch_size import samples_in, tokens_in

T = TypeVar("T")


def count_batches(loader: Iterable[T], unit: str = "sample") -> CountedBatches[T]:
    """The loader's batches, each counted by its rows when it is handed out, and its tokens.

        for images, labels in count_batches(loader, "image"):
            ...

    Everything else of the loader is there as before: its length, its attributes. A batch whose
    rows cannot be seen counts as one `batch`. Tokens: those of `input_ids`, without padding
    where there is an `attention_mask`.
    """
    return CountedBatches(loader, unit)


class CountedBatches(Generic[T]):
    """See `count_batches`."""

    def __init__(self, loader: Iterable[T], unit: str) -> None:
        self._loader, self._unit = loader, unit

    def __iter__(self) -> Iterator[T]:
        for batch in self._loader:
            _count(batch, self._unit)
            yield batch

    def __len__(self) -> int:
        return len(self._loader)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # of pickle and copy, before there is a loader
            raise AttributeError(name)
        return getattr(self._loader, name)


def _count(batch: Any, unit: str) -> None:
    try:
        rows, tokens = samples_in(batch), tokens_in(batch)
    except Exception:  # noqa: BLE001  a batch may be anything
        rows = tokens = None
    if rows is None:
        add("batch", 1)
    else:
        add(unit, rows)
    if tokens is not None:
        add("token", tokens)
