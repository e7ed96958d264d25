"""What can be told of a torch model by looking, never by running it."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from greenlab.cellcode.introspect import (
    Live,
    class_attribute,
    descends,
    instance_dict,
    lineage,
    loaded_module,
    names_in,
    path,
)

# The layers whose products autocast computes in the lower precision.
LINEAR: Final = (
    "torch.nn.modules.linear.Linear",
    "torch.nn.modules.activation.MultiheadAttention",
    "transformers.pytorch_utils.Conv1D",
)
RECURRENT: Final = "torch.nn.modules.rnn.RNNBase"
CONVOLUTION: Final = "torch.nn.modules.conv._ConvNd"
# These take the precision from their own configuration, which is the place to change it.
MANAGERS: Final = frozenset(
    {"accelerate", "colossalai", "composer", "deepspeed", "fairscale", "lightning",
     "lightning_fabric", "pytorch_lightning"}
)  # fmt: skip
Kind = Literal["linear", "convolution", "recurrent"]
_LIBRARIES = ("torch.", "torchvision.", "transformers.", "timm.")


@dataclass(frozen=True, slots=True)
class TorchModel:
    """`linear`, `convolution` and `recurrent` count the weights of those layers."""

    name: str
    parameters: int
    linear: int
    convolution: int
    dtypes: frozenset[str]
    devices: frozenset[str]
    managed: bool
    casts_itself: bool
    recurrent: int = 0


@dataclass(frozen=True, eq=False)
class Unbuilt:
    """A model that a function made and that is gone: what its code says of it.

    Its weights are those of the layers that the code makes with sizes that are known: no more
    than it has. `key` is the same wherever this model is met.
    """

    model: TorchModel
    key: int


def seen_running(node: ast.AST, live: Live) -> Unbuilt | None:
    """A model that is gone and was looked at while it ran."""
    seen = live.seen(node)
    if type(parameters := seen.get("parameters")) is not int:
        return None

    def count(name: str) -> int:
        value = seen.get(name)
        return value if type(value) is int else 0

    def names(name: str) -> frozenset[str]:
        value = seen.get(name)
        return frozenset(value) if type(value) is tuple else frozenset()

    dtypes = frozenset(f"torch.{one}" for one in names("dtypes"))

    model = TorchModel(
        name=str(seen["type"]).rpartition(".")[2],
        parameters=parameters,
        linear=count("linear"),
        convolution=count("convolution"),
        dtypes=dtypes,
        devices=names("devices"),
        managed=seen.get("managed") is True,
        casts_itself=seen.get("casts_itself") is True,
        recurrent=count("recurrent"),
    )
    return Unbuilt(model, id(seen)) if seen.get("whole") is True else None


def is_module(thing: Any) -> bool:
    """Whether this is a torch module."""
    return descends(thing, "torch.nn.modules.module.Module")


def on_gpu(model: Any, live: Live) -> bool:
    """Whether a torch module, or the one a transformers pipeline holds, lies on a GPU."""
    module = model if is_module(model) else instance_dict(model).get("model")
    if not is_module(module):
        return False
    weights = (weight for part in live.modules(module) for weight in live.parameters(part))
    return bool(live.read(live.read(next(weights, None), "device"), "type") == "cuda")


def cuda_in_use() -> bool:
    """Whether torch has begun to work with CUDA in this kernel."""
    cuda = loaded_module("torch.cuda")
    return cuda is not None and vars(cuda).get("_initialized") is True


def layer_kind(line: Sequence[str]) -> Kind | None:
    """The kind of a layer with this lineage, `None` where it is of no such kind."""
    if RECURRENT in line:
        return "recurrent"
    if CONVOLUTION in line:
        return "convolution"
    return "linear" if any(name in LINEAR for name in line) else None


def look(module: Any, live: Live) -> TorchModel:
    """The model's size, precision and place; a weight that several parts share counts once.

    Raises:
        OutOfTimeError: it has more parts than can be looked at in time.
    """
    if isinstance(module, Unbuilt):
        return module.model
    asked = ("look", id(module))
    if asked not in live.budget.known:
        live.budget.known[asked] = _look(module, live)
    seen: TorchModel = live.budget.known[asked]
    return seen


def _look(module: Any, live: Live) -> TorchModel:
    met: set[int] = set()
    counts = {"all": 0, "linear": 0, "convolution": 0, "recurrent": 0}
    dtypes, devices = set(), set()
    managed = casts_itself = False
    for part in live.modules(module):
        kind, managed_class, casts = _of_class(part, live)
        managed = managed or managed_class or _is_prepared(part)
        casts_itself = casts_itself or casts
        for parameter in live.parameters(part):
            if id(parameter) in met:
                continue
            met.add(id(parameter))
            shape, dtype, device = live.reads(parameter, "shape", "dtype", "device")
            size = math.prod(shape) if isinstance(shape, tuple) else 0
            counts["all"] += size
            if kind is not None:
                counts[kind] += size
            dtypes.add(dtype)
            devices.add(device)
    return TorchModel(
        name=type(module).__name__,
        parameters=counts["all"],
        linear=counts["linear"],
        convolution=counts["convolution"],
        dtypes=frozenset(map(str, dtypes)),
        devices=frozenset(str(live.read(device, "type")) for device in devices),
        managed=managed,
        casts_itself=casts_itself,
        recurrent=counts["recurrent"],
    )


def _of_class(part: Any, live: Live) -> tuple[Kind | None, bool, bool]:
    """The kind of layer, and whether managed and casting itself, once for each class: a large
    model has a thousand parts of a dozen classes.
    """
    asked = ("class of layer", id(type(part)))
    if asked not in live.budget.known:
        line = tuple(lineage(part))
        live.budget.known[asked] = layer_kind(line), _is_managers(line), casts_in_forward(part)
    known: tuple[Kind | None, bool, bool] = live.budget.known[asked]
    return known


def computes_bfloat16(device: str) -> bool:
    """Whether the hardware itself computes in bfloat16, by torch's own account.

    A CPU: torch's matrix library takes bfloat16, and the instructions are there (AVX512-BF16
    or AMX; on other architectures the library's word is enough). CUDA: compute capability 8.0
    or higher.
    """
    torch = loaded_module("torch")
    try:
        if device == "cuda":
            return bool(torch.cuda.get_device_capability() >= (8, 0))
        if device != "cpu" or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
            return False
        can = torch.cpu.get_capabilities()
        if can.get("architecture") != "x86_64":
            return True
        return bool(can.get("avx512_bf16") or can.get("amx_bf16"))
    except (AttributeError, AssertionError, RuntimeError):
        return False


def half_precision(device: str) -> str | None:
    """The 16-bit type the hardware computes in: `bfloat16`, `float16`, or `None`.

    `float16`: the tensor cores of CUDA devices from 7.0 up to 8.0, such as V100 and T4.
    """
    if computes_bfloat16(device):
        return "bfloat16"
    try:
        capability = loaded_module("torch").cuda.get_device_capability()
    except (AttributeError, AssertionError, RuntimeError):
        return None
    return "float16" if device == "cuda" and (7, 0) <= capability < (8, 0) else None


def autocast_is_on(device: str) -> bool:
    """Whether mixed precision is switched on right now for everything."""
    return bool(loaded_module("torch").is_autocast_enabled(device))


def is_managed(part: Any, line: tuple[str, ...]) -> bool:
    """Whether a library that sees to precision itself has prepared it."""
    return _is_managers(line) or _is_prepared(part)


def _is_managers(line: tuple[str, ...]) -> bool:
    return any(name.partition(".")[0] in MANAGERS for name in line)


def _is_prepared(part: Any) -> bool:
    own = instance_dict(part)
    return "_original_forward" in own or "_is_accelerate_prepared" in own


def casts_in_forward(part: Any) -> bool:
    """Whether a class of the user's own mentions autocast in its forward."""
    if path(type(part)).startswith(_LIBRARIES):
        return False
    return any("autocast" in name for name in names_in(class_attribute(part, "forward")))
