"""Models that live only while a function runs: their size as the code that makes them says."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Final

from greenlab.advice.analysis.torch.model import TorchModel, Unbuilt, cuda_in_use
from greenlab.cellcode.abstract_values import Known, Made, Parts, Value, bases
from greenlab.cellcode.cell_ast import Code

# Weights at least, where a name of the hub says that a model is loaded: the smallest in use.
LOADED: Final = 10_000_000
_TINY: Final = ("tiny", "mini", "small-random", "dummy")
_LOADS: Final = ("from_pretrained", "from_config", "create_model")
_LOADERS: Final = ("transformers.", "timm.", "torchvision.models.", "sentence_transformers.")
_MODULES: Final = ("torch.nn.modules.module.Module", "nn.Module", "LightningModule")
_NOT_MODELS: Final = ("Tokenizer", "TokenizerFast", "Processor", "FeatureExtractor", "Config",
                      "Dataset", "Transform", "Weights")  # fmt: skip


def unbuilt(value: Value | None, code: Code) -> Unbuilt | None:
    """What is known of a torch model that code makes; `None` if it makes something else."""
    if not isinstance(value, Made) or "()" in value.path:  # what an object gave when called
        return None
    loaded = _loads(value)
    configured = _configured(value)
    if not loaded and not configured and not _is_module(value):
        return None
    linear = convolution = recurrent = 0
    for layer in _layers(value, code):
        count = weights(layer)
        if _last(layer).startswith("Conv"):
            convolution += count
        elif _last(layer) in _GATES:
            recurrent += count
        else:
            linear += count
    linear += configured
    if loaded:
        vision = value.path.startswith(("torchvision.", "timm."))
        linear, convolution = (
            linear + (0 if vision else LOADED),
            convolution + (LOADED if vision else 0),
        )
    device = "cuda" if cuda_in_use() and _names_cuda(code) else "cpu"
    name = value.path.removesuffix(".from_pretrained").rpartition(".")[2]
    model = TorchModel(
        name=name,
        parameters=linear + convolution + recurrent,
        linear=linear,
        convolution=convolution,
        dtypes=frozenset({"torch.float32"}) if not _half(value) else frozenset({"other"}),
        devices=frozenset({device}),
        managed=False,
        casts_itself=False,
        recurrent=recurrent,
    )
    return Unbuilt(model, id(value.call))


def weights(layer: Made) -> int:
    """The weights of one layer of torch's, 0 where its sizes are not known."""

    def size(position: int, *names: str) -> int:
        value = layer.given(*names, position=position)
        if isinstance(value, Parts):
            sides = [one.thing for one in value.parts.values() if isinstance(one, Known)]
            product: int = math.prod(side for side in sides if type(side) is int)
            return product
        thing = value.thing if isinstance(value, Known) else None
        return thing if type(thing) is int else 0

    name = _last(layer)
    if name == "Linear":
        return size(0, "in_features") * size(1, "out_features")
    if name.startswith("Conv") and name[-2:] in ("1d", "2d", "3d"):
        kernel = layer.given("kernel_size", position=2)
        one = isinstance(kernel, Known) and type(kernel.thing) is int
        side: int = size(2, "kernel_size") ** (int(name[-2]) if one else 1)
        return size(0, "in_channels") * size(1, "out_channels") * side
    if name in _GATES:
        inner, layers = size(1, "hidden_size"), size(2, "num_layers") or 1
        return _GATES[name] * inner * (size(0, "input_size") + inner + (layers - 1) * 2 * inner)
    if name.startswith("Transformer") and name.endswith("Layer"):
        width = size(0, "d_model")
        return 4 * width * width + 2 * width * (size(2, "dim_feedforward") or 2_048)
    if name == "MultiheadAttention":
        return 4 * size(0, "embed_dim") ** 2
    return 0


_GATES: Final = {"RNN": 1, "GRU": 3, "LSTM": 4}


def _layers(model: Made, code: Code) -> Iterator[Made]:
    """The layers that are made on the way to a model, in the code that the cell reaches."""
    if model.cls is None:
        waiting: list[ast.expr] = [*model.call.args]
        while waiting:
            one = waiting.pop()
            if isinstance(made := model.scope.value(one), Made) and made.cls is None:
                yield made
                waiting.extend(made.call.args)
        return
    for unit in code.others.units:
        place = unit.origin.place
        if place is not None and unit is not code and unit.base is not None:
            yield from _made_in(unit)
    yield from _made_in(code.others.units[0]) if code.others.units else ()


def _made_in(unit: Code) -> Iterator[Made]:
    for call in unit.calls:
        value = unit.value(call)
        if isinstance(value, Made) and value.cls is None and value.path.startswith("torch.nn."):
            yield value


def _configured(made: Made) -> int:
    """The weights of a transformers model that is made of a configuration; 0 for others."""
    config = made.given("config", position=0)
    if not made.path.startswith("transformers.") or not isinstance(config, Made):
        return 0
    if not _last(config).endswith("Config"):
        return 0

    def number(default: int, *names: str) -> int:
        value = config.given(*names)
        thing = value.thing if isinstance(value, Known) else None
        return thing if type(thing) is int else default

    width = number(768, "hidden_size", "n_embd", "d_model", "dim")
    layers = number(12, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    return 12 * width * width * layers


def _is_module(made: Made) -> bool:
    if made.cls is not None:
        return any(base.endswith(_MODULES) for base in bases(made))
    return (
        made.path.startswith("torch.nn.")
        and _last(made)[:1].isupper()
        and not _last(made).endswith("Loss")
    )


def _loads(made: Made) -> bool:
    """Whether this loads a model of known libraries, and not what goes with one."""
    path = made.path
    if not path.startswith(_LOADERS):
        return False
    owner = path.removesuffix(".from_pretrained").removesuffix(".from_config")
    if owner.rpartition(".")[2].endswith(_NOT_MODELS):
        return False
    given = made.given("pretrained_model_name_or_path", "model_name", position=0)
    name = given.thing if isinstance(given, Known) else ""
    if type(name) is str and any(word in name.lower() for word in _TINY):
        return False
    if path.startswith("torchvision.models."):
        return True
    return path.endswith((*_LOADS, ".SentenceTransformer"))


def _half(made: Made) -> bool:
    """Whether it is asked for in another precision."""
    return any(
        word.arg
        in ("torch_dtype", "dtype", "load_in_8bit", "load_in_4bit", "quantization_config")
        for word in made.call.keywords
    )


def _names_cuda(code: Code) -> bool:
    return any("cuda" in unit.words or "cuda" in unit.texts for unit in code.others.units)


def _last(made: Made) -> str:
    return made.path.rpartition(".")[2]
