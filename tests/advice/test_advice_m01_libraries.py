"""M01 where a library of its own runs the model: stand-ins with the attributes of the real ones."""

import sys
import types

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

WHISPER = """
import torch
class Dimensions:
    def __init__(self, n_text_state, n_text_layer, n_vocab=51_865):
        self.n_text_state, self.n_text_layer, self.n_vocab = n_text_state, n_text_layer, n_vocab
SIZES = {"base": (512, 6), "small": (768, 12), "medium": (1024, 24)}
class Whisper(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.dims = Dimensions(*SIZES.get(size, (1280, 32)))
        self.encoder = torch.nn.Linear(4, 4)
    def transcribe(self, audio, **options):
        return {"text": "hello"}
"""
SPACY = """
class Language:
    def __init__(self, name):
        self._meta = {"lang": name[:2], "name": name[3:]}
    def __call__(self, text):
        return text
    def pipe(self, texts, **options):
        return map(self, texts)
"""
YOLO = """
import torch
class Model(torch.nn.Module):
    def __init__(self, model="yolo11n.pt"):
        super().__init__()
        self.model_name, self.model = model, torch.nn.Linear(4, 4)
    def __call__(self, source):
        return [source]
class YOLO(Model):
    pass
"""
TOPICS = """
import torch
class SentenceTransformer(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        self.part = torch.nn.Linear(4, 4)
        self.config = type("Config", (), {})()
        self.config._name_or_path = name
    def encode(self, texts):
        return [len(text) for text in texts]
class Backend:
    def __init__(self, model):
        self.embedding_model = model
class BERTopic:
    def __init__(self, embedding_model):
        self.embedding_model = Backend(embedding_model)
    def fit_transform(self, documents, embeddings=None):
        return [0] * len(documents), None
"""
LIBRARIES = {
    "whisper.model": WHISPER,
    "whisper": "from whisper.model import Whisper\n"
    "def load_model(name):\n    return Whisper(name)\n",
    "spacy.language": SPACY,
    "spacy": "from spacy.language import Language\n"
    "def load(name):\n    return Language(name)\n",
    "ultralytics.engine.model": YOLO,
    "ultralytics": "from ultralytics.engine.model import YOLO\n",
    "bertopic": TOPICS,
}


@pytest.fixture(autouse=True)
def libraries(monkeypatch):
    for name in ("ultralytics.engine", *LIBRARIES):
        module = types.ModuleType(name)
        module.__path__ = []
        monkeypatch.setitem(sys.modules, name, module)
    for name, source in LIBRARIES.items():
        exec(source, vars(sys.modules[name]))
        above, _, last = name.rpartition(".")
        if above:
            setattr(sys.modules[above], last, sys.modules[name])


# The cell that loads, the heavy one, and the name of the smaller model.
FORMS = {
    "whisper": ("import whisper\nmodel = whisper.load_model('large-v2')",
                "texts = [model.transcribe(f)['text'] for f in ('a', 'b')]", "turbo"),
    "whisper in a class": (
        "import whisper\nclass Scribe:\n    def __init__(self, size='medium'):\n"
        "        self.model = whisper.load_model(size)\n    def run(self, files):\n"
        "        return [self.model.transcribe(f) for f in files]\nscribe = Scribe()",
        "texts = scribe.run(['a', 'b'])", "small"),
    "spaCy": ("import spacy\nnlp = spacy.load('en_core_web_trf')",
              "docs = list(nlp.pipe(['a', 'b']))", "en_core_web_lg"),
    "YOLO": ("from ultralytics import YOLO\ndetector = YOLO('yolov8x.pt')",
             "boxes = [detector(frame)[0] for frame in range(3)]", "yolov8m"),
    "topics": ("from bertopic import BERTopic, SentenceTransformer\n"
               "topics = BERTopic(SentenceTransformer('all-mpnet-base-v2'))",
               "found, _ = topics.fit_transform(['a', 'b'])", "all-MiniLM-L6-v2"),
    "a method handed on": ("from bertopic import SentenceTransformer\n"
                           "encoder = SentenceTransformer('all-mpnet-base-v2')",
                           "vectors = list(map(encoder.encode, [['a'], ['b']]))",
                           "all-MiniLM-L6-v2"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_model_is_known_by_what_its_library_keeps_or_by_its_load(form, notebook):
    load, heavy, smaller = FORMS[form]
    notebook.cell(load)
    (advice,) = [one for one in notebook.advise(heavy) if one.rule == "M01"]
    assert any(smaller in fact for fact in advice.because)


@pytest.mark.parametrize(
    ("load", "heavy"),
    [
        ("import whisper\nmodel = whisper.load_model('base')\nsize = 'medium'",
         "text = model.transcribe('a')"),
        (FORMS["whisper in a class"][0].replace("Scribe()", "Scribe('base')"),
         "texts = scribe.run(['a'])"),
        ("import spacy\nnlp = spacy.load('en_core_web_sm')", "doc = nlp('en_core_web_trf')"),
        ("from ultralytics import YOLO\ndetector = YOLO('yolov8n.pt')", "boxes = detector('yolov8x')"),
        (FORMS["topics"][0], "found, _ = topics.fit_transform(['a'], [[1.0]])"),  # given them
        (FORMS["a method handed on"][0], "names = list(map(encoder.get_submodule, ['part']))"),
    ],
)  # fmt: skip
def test_silence_for_small_models_and_for_what_runs_none(load, heavy, notebook):
    notebook.cell(load)
    assert "M01" not in [one.rule for one in notebook.advise(heavy)]


def test_a_word_such_as_medium_is_changed_in_the_load_alone(notebook):
    notebook.cell("import whisper\nshirt = 'medium'\nmodel = whisper.load_model('medium')")
    (advice,) = [
        one for one in notebook.advise("text = model.transcribe('a')") if one.rule == "M01"
    ]
    assert "shirt = 'medium'" in advice.change.text
    assert "whisper.load_model('small')" in advice.change.text
