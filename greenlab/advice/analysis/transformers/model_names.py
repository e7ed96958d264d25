"""Under which names a model of the table was loaded: by the live model, or by its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from greenlab.advice.analysis.torch.model import is_module
from greenlab.advice.analysis.transformers.model_table import builder, registry, table
from greenlab.cellcode.abstract_values import Known, Made, Value, path_of
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, descends, instance_dict, is_a, lineage, path

# What goes with a model and is loaded by the same name.
NOT_MODELS: Final = ("Config", "FeatureExtractor", "Processor", "Tokenizer", "TokenizerFast")
# Under these names pipelines and trainers of libraries hold the model that they run.
HELD: Final = ("embedding_model", "model", "model_body", "transformer", "unet")
_HOLDERS: Final = (
    "bertopic.", "diffusers.", "fastai.", "keybert.", "sentence_transformers.", "setfit.",
    "transformers.",
)  # fmt: skip
# Objects of these run a model that is no torch module, or do not know the name of theirs.
_RUNNERS: Final = (
    "clip.", "faster_whisper.", "langchain", "llama_index.", "spacy.language.Language",
    "ultralytics.engine.model.Model", "vllm.", "whisper.", "whisperx.",
)  # fmt: skip
# Width and depth of whisper's decoders; those for English alone have one word less.
_WHISPERS: Final = {(768, 12): "small", (1024, 24): "medium", (1280, 32): "large"}
_ENGLISH_WORDS: Final = 51_864
_KERAS: Final = ("keras.src.models.model.Model", "keras.engine.training.Model")
# The names of torchvision's models begin as their modules do, but for these.
_BEGINNINGS: Final = {
    "resnet": ("resnet", "wide_resnet", "resnext"),
    "vision_transformer": ("vit_",),
    "swin_transformer": ("swin_",),
}


def module_of(thing: Any, depth: int = 2) -> Any:
    """A torch module itself, or the one that a pipeline or trainer of a library's holds."""
    if is_module(thing):
        return thing
    if not depth or not any(one.startswith(_HOLDERS) for one in lineage(thing)):
        return None
    own = instance_dict(thing)
    inner = (module_of(own.get(name), depth - 1) for name in HELD)
    return next((one for one in inner if one is not None), None)


def runs_model(thing: Any) -> bool:
    """Whether a live object is a model, or runs one."""
    return (
        module_of(thing) is not None
        or descends(thing, *_KERAS)
        or any(one.startswith(_RUNNERS) for one in lineage(thing))
    )


def names_of(value: Value | None, code: Code, live: Live) -> Iterator[tuple[str, str]]:
    """The registries and names under which a model, or one within it, stands in the table."""
    match value:
        case Made():
            yield from names_made(value)
        case Known(thing):
            if found := list(_of_runner(thing, code)):
                yield from found
            elif descends(thing, *_KERAS):
                yield from _keras(thing, live)
            elif (module := module_of(thing)) is not None:
                yield from _of_module(module, code, live)


def _of_runner(thing: Any, code: Code) -> Iterator[tuple[str, str]]:
    """The name that the object keeps or, if it keeps none, the one that the notebook loads."""
    if not any(one.startswith(_RUNNERS) for one in lineage(thing)):
        return
    own = instance_dict(thing)
    top = path(type(thing)).partition(".")[0]
    meta = own.get("_meta")
    if top == "spacy" and type(meta) is dict:
        kept = [("spacy", f"{meta.get('lang')}_{meta.get('name')}")]
    elif top == "ultralytics":
        kept = [("ultralytics", without_suffix(own.get("model_name")))]
    elif type(own.get("model_name")) is str:
        kept = [("hub", own["model_name"])]
    else:
        kept = list(_loaded(top, code)) or list(_whisper(own.get("dims")))
    yield from (one for one in kept if one in table())


def _loaded(library: str, code: Code) -> Iterator[tuple[str, str]]:
    """The one name under which the notebook loads a model of a library."""
    found = set()
    for other in code.others.mentioning(library):
        for call in other.calls:
            value = other.value(call)
            made = value if isinstance(value, Made) and value.call is call else None
            if made is not None and made.path.partition(".")[0] == library:
                found |= set(names_made(made))
    if len(found) == 1:
        yield found.pop()


def _whisper(dimensions: Any) -> Iterator[tuple[str, str]]:
    """The size of a live model of OpenAI's whisper, by its dimensions."""
    own = instance_dict(dimensions)
    shape: tuple[Any, Any] = own.get("n_text_state"), own.get("n_text_layer")
    size = _WHISPERS.get(shape)
    if size is not None:
        english = size != "large" and own.get("n_vocab") == _ENGLISH_WORDS
        yield "whisper", f"{size}.en" if english else size


def without_suffix(name: Any) -> str:
    """`yolov8x` of `yolov8x.pt`."""
    return name.removesuffix(".pt") if type(name) is str else ""


def names_made(made: Made) -> Iterator[tuple[str, str]]:
    """Those under which a call loads one."""
    if name := builder(made.path):
        yield "torchvision", name
        return
    last = made.path.rpartition(".")[2]
    if "keras" in made.path and ".applications." in made.path and ("keras", last) in table():
        yield "keras", last
        return
    library = registry(made.path)
    owner = made.path.removesuffix(".from_pretrained").rpartition(".")[2]
    if library is None or owner.endswith(NOT_MODELS):
        return
    given = [made.scope.value(one) for one in made.call.args]
    given += [made.scope.value(word.value) for word in made.call.keywords]
    for value in given:
        name = value.thing if isinstance(value, Known) else None
        if library == "ultralytics":
            name = without_suffix(name)
        elif library == "torchvision" and (built := builder(path_of(value))):
            name = built  # `vision_learner(data, resnet101)`
        if type(name) is str and (library, name) in table():
            yield library, name


def registered(module: Any, live: Live) -> Iterator[tuple[str, str]]:
    """The registry and name that a live model, or the first named one in it, says it is of."""
    for part in live.modules(module):
        own = instance_dict(part)
        if found := [*_hub(own), *_timm(own)]:
            yield from found
            return


def _of_module(module: Any, code: Code, live: Live) -> Iterator[tuple[str, str]]:
    for part in live.modules(module):
        own = instance_dict(part)
        for library, name in (*_hub(own), *_timm(own)):
            if (library, name) in table():
                yield library, name
                return
        where = path(type(part))
        if where.startswith("torchvision.models."):
            yield from _torchvision(where.split(".")[2], code)
            return


def _hub(own: Any) -> Iterator[tuple[str, str]]:
    config = own.get("config")
    name = instance_dict(config).get("_name_or_path")
    inner = own.get("_internal_dict")  # as diffusers keeps it
    if name is None and is_a(inner, dict):
        name = dict.get(inner, "_name_or_path")
    if type(name) is str:
        yield "hub", name


def _timm(own: Any) -> Iterator[tuple[str, str]]:
    config = own.get("pretrained_cfg", own.get("default_cfg"))
    kept = config if type(config) is dict else instance_dict(config)
    name, tag = kept.get("architecture"), kept.get("tag")
    if type(name) is str:
        yield "timm", f"{name}.{tag}"
        yield "timm", name


def _torchvision(module: str, code: Code) -> Iterator[tuple[str, str]]:
    """What the notebook says: a model of torchvision's does not know its own name."""
    beginnings = _BEGINNINGS.get(module, (module,))
    names = {
        name
        for library, name in table()
        if library == "torchvision" and name.startswith(beginnings)
    }
    said = {
        name
        for name in names
        for other in code.others.mentioning(name)
        if name in other.words or name in other.texts
    }
    if len(said) == 1:
        yield "torchvision", said.pop()


def _keras(model: Any, live: Live) -> Iterator[tuple[str, str]]:
    by_name = {name.lower(): name for library, name in table() if library == "keras"}
    waiting = [model]
    for one in waiting:
        live.tick()
        own = instance_dict(one)
        name = own.get("_name", own.get("name"))
        if type(name) is str and (found := by_name.get(name.lower())) is not None:
            yield "keras", found
            return
        layers: Any = own.get("_layers")
        if is_a(layers, list) and len(waiting) < 100:  # Keras has a list of its own
            waiting.extend(list.__getitem__(layers, slice(20)))
