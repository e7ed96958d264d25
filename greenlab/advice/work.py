"""Which part of a cell's work a change makes lighter, in terms of the stacks seen in it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

from greenlab.cellcode.cell_ast import Code

LOADING: Final = ("torch.utils.data.",)
"""What feeds a model, which a lighter model leaves as it is."""
TORCH: Final = ("torch.nn.", "torch._tensor.", "torch.autograd.", "torch.optim.")
"""What a torch model computes, in its passes and its training."""

MODELS: Final = (
    *TORCH, "diffusers.", "keras.", "sentence_transformers.", "tensorflow.", "timm.",
    "torchvision.models.", "transformers.",
)  # fmt: skip
"""What pretrained models compute, and what loads them."""


@dataclass(frozen=True, slots=True)
class Work:
    """What runs at the lines of `nodes`, or is called from there; `None`: anywhere in the cell.

    `below`: how names of library functions begin; of that work, only what is done below one of
    them counts. `but`: what is done below these does not. `code`: where the nodes stand, unless
    it is where the rule found its place.
    """

    nodes: tuple[ast.AST, ...] | None = None
    below: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    code: Code | None = None
