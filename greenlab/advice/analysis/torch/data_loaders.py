"""What can be told of torch's data loaders by looking."""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Iterator
from typing import Any, Final

from greenlab.cellcode.ast_queries import loaded
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict, is_a, path

LOADER: Final = "torch.utils.data.dataloader.DataLoader"
ROWS: Final = "torch.utils.data.dataset.TensorDataset"
SUBSET: Final = "torch.utils.data.dataset.Subset"
NUMBER_BYTES: Final = 4  # mostly
COLLATE: Final = "torch.utils.data._utils.collate"


def loaders(code: Code, live: Live) -> Iterator[tuple[ast.For, str, Any]]:
    """Every loop over a live `DataLoader`, its name, and the loader itself."""
    for node in code.nodes:
        if isinstance(node, ast.For):
            for name in sorted(loaded(node.iter)):
                found = code.actual(ast.Name(name)) if name not in live.namespace else None
                thing = live.resolve(found or ast.Name(name))
                if descends(thing, LOADER):
                    yield node, name, thing
                    break


def made_as(name: str, code: Code) -> ast.Call | None:
    """The one call in this cell that makes the loader of this name."""
    made = [
        node.value
        for node in code.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        and (code.path(node.value.func) or "").endswith("DataLoader")
    ]
    return made[0] if len(made) == 1 else None


def ready_items(loader: Any, live: Live) -> tuple[int, int] | None:
    """How many items of how many bytes, where each is a row of tensors that are there already.

    `None` where an item may take work: any other data set, or a `collate_fn` of the user's.
    """
    own = instance_dict(loader)
    data = own.get("dataset")
    items = None
    if path(type(data)) == SUBSET:  # what `random_split` gives
        inside = instance_dict(data)
        data, indices = inside.get("dataset"), inside.get("indices")
        items = len(indices) if isinstance(indices, (list, range)) else live.rows(indices)
    tensors = instance_dict(data).get("tensors")
    if path(type(data)) != ROWS or type(tensors) is not tuple or not tensors:
        return None
    collate = own.get("collate_fn")
    if not is_a(collate, types.FunctionType) or collate.__module__ != COLLATE:
        return None
    shapes = [live.read(tensor, "shape") for tensor in tensors]
    if not all(isinstance(shape, tuple) and shape for shape in shapes):
        return None
    size = sum(NUMBER_BYTES * math.prod(shape[1:]) for shape in shapes)
    return (shapes[0][0] if items is None else items), size
