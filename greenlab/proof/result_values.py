"""What a version resulted in, comparable with the other's: values of plain types.

Numbers are compared by value, all else exactly. What is of another kind (a model, a figure) or
too large is left out. A copy takes the form of its own objects; nothing here changes them.
"""

from __future__ import annotations

import ast
import contextlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from greenlab.cellcode.ast_queries import stored
from greenlab.cellcode.introspect import path
from greenlab.record import Agreement

_MOST_NUMBERS: Final = 2_000_000
_MOST_PARTS: Final = 100_000
"""A bound on what is sent and compared: what is larger is left out."""
_FRAMES: Final = frozenset({"pandas.core.frame.DataFrame", "pandas.DataFrame"})
_SERIES: Final = frozenset({"pandas.core.series.Series", "pandas.Series"})
_TENSORS: Final = frozenset({"torch.Tensor", "torch.nn.parameter.Parameter"})


class _OtherError(Exception):
    """It is of a kind that is not compared, or too large."""


@dataclass
class ResultForm:
    """A value: `shape` says how its numbers stand and holds all that is no number."""

    shape: Any = None
    numbers: list[Any] = field(default_factory=list)
    _count: int = 0
    _parts: int = 0

    @classmethod
    def of(cls, value: Any) -> ResultForm:
        """The form of a value.

        Raises:
            Exception: it has none.
        """
        form = cls()
        form.shape = form._read(value)
        return form

    def _read(self, value: Any) -> Any:
        kind = type(value)
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _OtherError
        if value is None or kind in (bool, str, bytes):
            return value
        if kind in (int, float, complex):
            return self._number(value, 1)
        if kind in (list, tuple):
            return tuple(map(self._read, value))
        if kind is dict:
            return tuple(
                (self._read(key), self._read(value[key])) for key in sorted(value, key=repr)
            )
        return self._of_a_library(value, path(kind))

    def _of_a_library(self, value: Any, name: str) -> Any:
        if name == "numpy.ndarray":
            return self._array(value)
        if name.startswith("numpy."):
            return self._read(value.item())
        if name in _TENSORS:
            plain = value.detach().cpu()
            return self._array((plain.double() if plain.is_floating_point() else plain).numpy())
        if name in _SERIES:
            return self._array(value.to_numpy()), self._array(value.index.to_numpy())
        if name in _FRAMES:
            columns = tuple(self._array(column.to_numpy()) for _, column in value.items())
            return self._read(list(value.columns)), columns, self._array(value.index.to_numpy())
        if name == "polars.series.series.Series":
            return self._array(value.to_numpy())
        if name == "polars.dataframe.frame.DataFrame":
            names = self._read(list(value.columns))
            return names, tuple(self._array(column.to_numpy()) for column in value)
        raise _OtherError

    def _array(self, array: Any) -> Any:
        kind = array.dtype.kind
        if kind in "iufc":
            return array.shape, self._number(array, array.size)
        if kind in "bmM":
            return array.shape, str(array.dtype), array.tobytes()
        if kind in "OSUT":
            return array.shape, self._read(array.ravel().tolist())
        raise _OtherError

    def _number(self, value: Any, count: int) -> str:
        self._count += count
        if self._count > _MOST_NUMBERS:
            raise _OtherError
        self.numbers.append(value)
        return "number"


def left_by(tree: ast.Module) -> set[str]:
    """The variables that a cell leaves: what it assigns, but for the counters of its loops."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Assign):
            found.update(*map(stored, node.targets))
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            found |= stored(node.target)
    return {name for name in found if not name.startswith("_")}


def taken(names: Iterable[str], variables: Mapping[str, Any]) -> dict[str, ResultForm]:
    """The forms of those of these variables that have one."""
    found = {}
    for name in names:
        with contextlib.suppress(Exception):  # objects of libraries may raise anything
            if variables[name] is not None:
                found[name] = ResultForm.of(variables[name])
    return found


def agreement(
    before: Mapping[str, ResultForm], after: Mapping[str, ResultForm]
) -> Agreement | None:
    """What both versions left, set against each other; `None` where there is nothing."""
    names = [name for name in before if name in after]
    if not names:
        return None
    found = {name: difference(before[name], after[name]) for name in names}
    known = [share for share in found.values() if share is not None]
    return Agreement(
        tuple(names),
        tuple(name for name, share in found.items() if share is None),
        max(known, default=0.0),
    )


def difference(before: ResultForm, after: ResultForm) -> float | None:
    """The largest difference, as a share of the largest number before; `None`: another form."""
    if before.shape != after.shape or len(before.numbers) != len(after.numbers):
        return None
    pairs = list(zip(before.numbers, after.numbers, strict=True))
    single = [(a, b) for a, b in pairs if not hasattr(a, "shape")]
    shares = [_single(single)] if single else []
    shares += [_arrays(a, b) for a, b in pairs if hasattr(a, "shape")]
    known = [share for share in shares if share is not None]
    return max(known, default=0.0) if len(known) == len(shares) else None


def _single(pairs: list[tuple[Any, Any]]) -> float | None:
    most = apart = 0.0
    for a, b in pairs:
        same = a == b or repr(a) == repr(b)  # not a number is itself here
        if not same and not (math.isfinite(_size(a)) and math.isfinite(_size(b))):
            return None
        if math.isfinite(_size(a)):
            most = max(most, _size(a))
            apart = apart if same else max(apart, _size(a - b))
    return _share(apart, most)


def _size(number: Any) -> float:
    """How large a number is; a complex one may be too large for a float."""
    try:
        return float(abs(number))
    except OverflowError:
        return math.inf


def _arrays(before: Any, after: Any) -> float | None:
    import numpy as np

    other = (before != after) & ~(np.isnan(before) & np.isnan(after))
    if not other.any():
        return 0.0
    if not (np.isfinite(before[other]).all() and np.isfinite(after[other]).all()):
        return None
    wide = complex if "c" in (before.dtype.kind, after.dtype.kind) else float
    apart = np.abs(before[other].astype(wide) - after[other].astype(wide)).max()
    return _share(float(apart), float(np.abs(before[np.isfinite(before)].astype(wide)).max()))


def _share(apart: float, most: float) -> float | None:
    if not apart:
        return 0.0
    return apart / most if most else None
