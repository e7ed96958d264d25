"""The table of smaller counterparts (`data/models.csv`) and the calls that load by name."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from greenlab.record import Saving

# The library and the last part of what loads by a name; the names are those of `library` in
# the table: Hugging Face's hub, or the registry of the library of that name.
LOADERS: Final[Mapping[tuple[str, str], str]] = {
    ("bertopic", "BERTopic"): "hub",
    ("clip", "load"): "clip",
    ("diffusers", "from_pretrained"): "hub",
    ("fastai", "cnn_learner"): "torchvision",
    ("fastai", "unet_learner"): "torchvision",
    ("fastai", "vision_learner"): "torchvision",
    ("faster_whisper", "WhisperModel"): "whisper",
    ("flair", "TransformerDocumentEmbeddings"): "hub",
    ("flair", "TransformerWordEmbeddings"): "hub",
    ("keybert", "KeyBERT"): "hub",
    ("langchain", "HuggingFaceEmbeddings"): "hub",
    ("langchain_community", "HuggingFaceBgeEmbeddings"): "hub",
    ("langchain_community", "HuggingFaceEmbeddings"): "hub",
    ("langchain_huggingface", "HuggingFaceEmbeddings"): "hub",
    ("llama_index", "HuggingFaceEmbedding"): "hub",
    ("optimum", "from_pretrained"): "hub",
    ("sentence_transformers", "CrossEncoder"): "hub",
    ("sentence_transformers", "SentenceTransformer"): "hub",
    ("setfit", "from_pretrained"): "hub",
    ("spacy", "load"): "spacy",
    ("timm", "create_model"): "timm",
    ("torchvision", "get_model"): "torchvision",
    ("transformers", "from_pretrained"): "hub",
    ("transformers", "pipeline"): "hub",
    ("ultralytics", "YOLO"): "ultralytics",
    ("vllm", "LLM"): "hub",
    ("whisper", "load_model"): "whisper",
    ("whisperx", "load_model"): "whisper",
}
TORCH_HUB: Final = "torch.hub.load"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A row of the table. `what` and `cost`: its gain and its price, as the source says.

    `large` and `small`: millions of parameters of the model and of its counterpart.
    """

    smaller: str
    same_class: bool
    saving: Saving | None
    what: str
    cost: str
    source: str
    large: float | None = None
    small: float | None = None

    @property
    def ratio(self) -> float | None:
        """The counterpart's parameters over the model's."""
        return self.small / self.large if self.small and self.large else None


@functools.cache
def table() -> Mapping[tuple[str, str], Counterpart]:
    """The table by library and name; a model with two names stands under both."""
    found = {}
    text = files("greenlab.advice").joinpath("data/models.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        saving = (
            Saving(float(row["saving_low"]), float(row["saving_high"]), row["source"])
            if row["saving_low"]
            else None
        )
        counterpart = Counterpart(
            smaller=row["smaller"],
            same_class=row["same_class"] == "yes",
            saving=saving,
            what=row["what"],
            cost=row["cost"],
            source=row["source"],
            large=float(row["large"]) if row["large"] else None,
            small=float(row["small"]) if row["small"] else None,
        )
        for name in row["model"].split("|"):
            found[row["library"], name] = counterpart
    return found


def registry(path: str | None) -> str | None:
    """Whose names a call takes: `hub`, `torchvision`, `timm`; `None` if it loads nothing."""
    if path == TORCH_HUB:
        return "torchvision"
    top, last = (path or "").partition(".")[0], (path or "").rpartition(".")[2]
    return LOADERS.get((top, last))


def builder(path: str | None) -> str | None:
    """The model that a function of torchvision's builds: `resnet50` of `models.resnet50`."""
    if not (path or "").startswith("torchvision.models."):
        return None
    name = (path or "").rpartition(".")[2]
    return name if ("torchvision", name) in table() else None
