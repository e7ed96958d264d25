"""About how many weights the networks have that a notebook spells out layer by layer."""

from __future__ import annotations

import ast
from typing import Final

from greenlab.advice.static_checks.notebook import Notebook, last_name

UNKNOWN_WIDTH: Final = 64
"""Taken for a width that is no literal: features of a table, a hidden layer."""
CONVOLUTION_FACTOR: Final = 8
"""Each weight of a convolution is used at every pixel, as in rule T01."""
# Where one of these stands, a model of millions of weights is loaded.
_LOADS: Final = frozenset({"create_model", "from_pretrained", "load_state_dict_from_url"})
# What is loaded with a model, and holds no weights.
_LIGHT: Final = ("Tokenizer", "Config", "Processor", "FeatureExtractor")
# Weights per square of the width.
_OF_WIDTH: Final = {
    "MultiheadAttention": 4, "TransformerDecoderLayer": 16, "TransformerEncoderLayer": 12
}  # fmt: skip
_RECURRENT: Final = {"LSTM": 4, "GRU": 3, "RNN": 1}


def loads_large(notebook: Notebook) -> bool:
    """Whether a model of a library's is loaded, whose layers do not stand in the notebook."""
    for cell, call in notebook.calls():
        path = cell.code.path(call.func) or ""
        top, name = path.partition(".")[0], path.rpartition(".")[2]
        if top in ("torchvision", "timm") and (".models." in path or name in _LOADS):
            return True
        hub = top in ("transformers", "diffusers", "sentence_transformers")
        if hub and name in _LOADS and not any(word in path for word in _LIGHT):
            return True
        if path == "torch.hub.load":
            return True
    return False


def weights(notebook: Notebook, within: str | None = None) -> int:
    """The weights of the layers that stand in the notebook, or in a function of this name.

    Those that are used at every pixel or place of a text count 8 times.
    """
    widths = _Widths(notebook)
    inside = None if within is None else notebook.inside(within)
    return sum(
        _of_layer(last_name(cell.code, call), call, widths)
        for cell, call in notebook.calls()
        if inside is None or call in inside
    )


def _of_layer(name: str, call: ast.Call, widths: _Widths) -> int:
    first, second = widths.at(call, 0), widths.at(call, 1)
    if name in ("Linear", "Embedding"):
        return first * second
    if name.startswith(("Conv1d", "Conv2d", "Conv3d", "ConvTranspose")):
        kernel: int = widths.kernel(call) ** int(name[-2] if name[-2].isdigit() else 2)
        return first * second * kernel * CONVOLUTION_FACTOR
    if name in _RECURRENT:
        return _RECURRENT[name] * second * (first + second) * CONVOLUTION_FACTOR
    return _OF_WIDTH.get(name, 0) * first * first * CONVOLUTION_FACTOR


class _Widths:
    """The widths of layers, as far as a notebook says them."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._by_word: dict[str, int] = {}
        for node in notebook.nodes():
            if isinstance(node, ast.keyword) and node.arg:
                self._learn(node.arg, node.value)
            elif isinstance(node, ast.arguments):
                named = [*node.posonlyargs, *node.args]
                defaults = node.defaults
                for argument, default in zip(
                    named[len(named) - len(defaults) :], defaults, strict=True
                ):
                    self._learn(argument.arg, default)

    def at(self, call: ast.Call, place: int) -> int:
        """The number at this place among a layer's arguments."""
        given = [*call.args, *(word.value for word in call.keywords)]
        return self._number(given[place]) if place < len(given) else UNKNOWN_WIDTH

    def kernel(self, call: ast.Call) -> int:
        """How wide the kernel of a convolution is."""
        words = {word.arg: word.value for word in call.keywords}
        node = call.args[2] if len(call.args) > 2 else words.get("kernel_size")
        value = self._notebook.value(node)
        if type(value) is tuple and value:
            value = value[0]
        return value if type(value) is int and value > 0 else 3

    def _number(self, node: ast.expr) -> int:
        value = self._notebook.value(node)
        if type(value) is int:
            return value
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return self._number(node.left) * self._number(node.right)
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        return self._by_word.get(name, UNKNOWN_WIDTH)

    def _learn(self, name: str, node: ast.expr) -> None:
        value = self._notebook.value(node)
        if type(value) is int:
            self._by_word[name] = max(value, self._by_word.get(name, 0))
