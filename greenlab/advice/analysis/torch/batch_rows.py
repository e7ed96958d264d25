"""What a torch model is given in one step: rows or tokens, and a loss that refuses autocast."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator
from typing import Any

from greenlab.advice.analysis.row_counts import rows
from greenlab.advice.analysis.torch.called_models import called_units, model_at
from greenlab.cellcode.abstract_values import Known, Made
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict

MANY_ROWS = 64
LOADER = "torch.utils.data.dataloader.DataLoader"
_DISTANCES = ("huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss")
_DISTANCE_MODULES = tuple(
    f"torch.nn.modules.loss.{name}"
    for name in ("HuberLoss", "L1Loss", "MSELoss", "SmoothL1Loss")
)


def rows_given(nodes: Iterable[ast.AST], code: Code, live: Live) -> int | None:
    """How many rows (or tokens) a model is given in one step; `None` if that cannot be told.

    What stands in the variable after the loop is its last batch, which may be a small rest:
    the batch size of a `DataLoader` around it counts as well.
    """
    given_nodes = tuple(nodes)
    sizes: list[int] = []
    called = False
    for call in given_nodes:
        if not (isinstance(call, ast.Call) and model_at(call.func, code, live) is not None):
            continue
        called = True
        sizes += _batch_sizes(call, code, live)
        if (taken := _taken(call, code, live)) is not None:
            sizes.append(taken)
    if called:
        return max(sizes, default=None)
    for call in given_nodes:
        for unit in called_units(call, code) if isinstance(call, ast.Call) else ():
            inside = Live({}, unit, live.budget)
            if (taken := rows_given(unit.nodes, unit, inside)) is not None:
                return taken
    return None


def _seen_rows(batch: ast.expr | None, live: Live) -> int | None:
    """The rows, or tokens, of a batch that is gone and was seen while the model took it."""
    seen = live.seen(batch)
    values, width = seen.get("values"), seen.get("width")
    if type(values) is not int or type(width) is not int:
        return None
    return values // max(1, width) if "float" in str(seen.get("dtype")) else values


def _taken(call: ast.Call, code: Code, live: Live) -> int | None:
    """The rows, or tokens, of the first argument of a call of a model."""
    given = [*call.args, *(word.value for word in call.keywords)]
    first = code.actual(given[0]) if given else None
    if first is None:
        return None
    whole = first.value if isinstance(first, ast.Subscript) else first
    batch = _tensor(live.resolve(whole))
    shape, dtype = live.read(batch, "shape"), str(live.read(batch, "dtype"))
    if isinstance(shape, tuple) and isinstance(first, ast.Subscript):
        count = rows(first, live)
        shape = None if count is None else (count, *shape[1:])
    if isinstance(shape, tuple) and shape:
        return math.prod(shape[:-1] if "float" in dtype else shape)
    if (seen := _seen_rows(first, live)) is not None:
        return seen
    least = rows(first, live)  # each may be a text of many tokens
    return least if least is not None and least >= MANY_ROWS else None


def _tensor(thing: Any) -> Any:
    """The tokens of a batch of texts, which is a mapping; anything else as it is."""
    if descends(thing, "transformers.tokenization_utils_base.BatchEncoding"):
        thing = instance_dict(thing).get("data")
    return thing.get("input_ids") if type(thing) is dict else thing


def _batch_sizes(node: ast.AST, code: Code, live: Live) -> Iterator[int]:
    for above in code.within(node):
        for name in ast.walk(above.iter) if isinstance(above, ast.For) else ():
            if not isinstance(name, (ast.Name, ast.Attribute, ast.Subscript)):
                continue
            loader = live.resolve(code.actual(name))
            if descends(loader, LOADER):
                size = live.own(loader, "batch_size")
                if type(size) is int:
                    yield size
            made = code.value(name) if loader is None else None
            if isinstance(made, Made) and made.path.endswith("DataLoader"):
                given = made.given("batch_size", position=1)
                if isinstance(given, Known) and type(given.thing) is int:
                    yield given.thing


def refuses_autocast(node: ast.AST, code: Code, live: Live) -> bool:
    """Whether a call does not go with autocast.

    It refuses binary cross-entropy on probabilities. One number a row, as in regression,
    would be rounded to three digits: too few where the target varies little for its size. A
    distance between what is no longer alive counts as such.
    """
    if not isinstance(node, ast.Call):
        return False
    name = (code.path(node.func) or "").rpartition(".")[2]
    named = isinstance(node.func, (ast.Name, ast.Attribute))
    loss = live.resolve(code.actual(node.func)) if named else None
    made = code.value(node.func) if named and loss is None else None
    kind = made.path.rpartition(".")[2] if isinstance(made, Made) else ""
    if name == "binary_cross_entropy" or descends(loss, "torch.nn.modules.loss.BCELoss"):
        return True
    if kind == "BCELoss":
        return True
    regression = (
        name in _DISTANCES
        or descends(loss, *_DISTANCE_MODULES)
        or any(one.endswith(f".{kind}") for one in _DISTANCE_MODULES)
    )
    if not regression:
        return False
    shapes = [live.read(live.resolve(code.actual(part)), "shape") for part in node.args]
    known = [shape for shape in shapes if isinstance(shape, tuple)]
    return not known or any(len(shape) == 1 or tuple(shape[1:]) == (1,) for shape in known)
