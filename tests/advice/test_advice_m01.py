"""M01: smell, fixed, look-alike, fix-hurts; the change loads and runs."""

import csv
import types
from importlib.resources import files

import pytest
from advice_cells import HEAVY, change, found, run

from greenlab.advice import Signals, read
from greenlab.advice.analysis.transformers.model_table import table

BIG, SMALL = "bert-base-uncased", "distilbert/distilbert-base-uncased"
SIZES = dict(vocab_size=20)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A folder in which both names stand for tiny models, so that nothing is downloaded."""
    transformers = pytest.importorskip("transformers")
    root = tmp_path_factory.mktemp("hub")
    transformers.BertModel(
        transformers.BertConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            **SIZES,
        )
    ).save_pretrained(root / BIG)
    transformers.DistilBertModel(
        transformers.DistilBertConfig(dim=16, n_layers=1, n_heads=2, hidden_dim=32, **SIZES)
    ).save_pretrained(root / SMALL)
    return root


@pytest.fixture
def namespace(hub, monkeypatch):
    transformers = pytest.importorskip("transformers")
    monkeypatch.chdir(hub)
    return {"AutoModel": transformers.AutoModel, "transformers": transformers}


LOAD = f'model = AutoModel.from_pretrained("{BIG}")  # big\n'


@pytest.mark.torch
def test_a_known_checkpoint_is_found_and_its_counterpart_loads(namespace):
    run(LOAD, namespace)
    (advice,) = found(LOAD, namespace)
    assert advice.rule == "M01"
    assert any("40 % fewer parameters" in f and "https://" in f for f in advice.because)
    assert "Its price" in advice.risk
    after = dict(namespace)
    run(change((advice,)), after)
    assert type(after["model"]).__name__ == "DistilBertModel"
    assert "# big  # greenlab:M01" in advice.change.text


@pytest.mark.torch
def test_the_name_is_changed_wherever_a_loader_takes_it(namespace):
    source = f'{LOAD}config = transformers.AutoConfig.from_pretrained("{BIG}")\nprint("{BIG}")'
    run(source, namespace)
    text = change(found(source, namespace))
    assert text.count(SMALL) == 2
    assert f'print("{BIG}")' in text
    run(text, dict(namespace))


@pytest.mark.torch
def test_neither_alias_nor_renaming_changes_what_is_found(namespace):
    source = f'net = A.from_pretrained("{BIG}")'
    aliased = {"A": namespace["AutoModel"]}
    run(source, aliased)
    assert found(source, aliased)[0].rule == "M01"


@pytest.mark.torch
@pytest.mark.parametrize(
    "source",
    [
        f'model = AutoModel.from_pretrained("{SMALL}")',  # fixed
        f'def load(name): return 1\nmodel = load("{BIG}")',  # not a loader
        f'class AutoModel:\n    from_pretrained = staticmethod(str)\nmodel = AutoModel.from_pretrained("{BIG}")',
        f'config = transformers.AutoConfig.from_pretrained("{BIG}")',  # not a model
    ],
)
def test_silence(source, namespace):
    run(source, namespace)
    assert found(source, namespace) == ()


@pytest.mark.torch
@pytest.mark.parametrize(
    ("use", "fires"),
    [
        ("model.load_state_dict(model.state_dict())", False),  # the user's own weights
        ("head.predict([[1.0]])", False),  # fitted to this model's vectors, in another cell
        ("head.fit([[1.0], [2.0]], [0, 1])\nhead.predict([[1.0]])", True),
    ],
)
def test_silence_where_something_was_made_for_the_larger(use, fires, namespace):
    from sklearn.linear_model import LogisticRegression

    names = {**namespace, "head": LogisticRegression().fit([[1.0], [2.0]], [0, 1])}
    run(LOAD + use, names)
    assert bool(found(LOAD + use, names)) is fires


@pytest.mark.torch
@pytest.mark.parametrize(
    "source",
    [
        f'model = transformers.BertModel.from_pretrained("{BIG}")',  # only loads the larger
        f'model = AutoModel.from_pretrained("{BIG}", revision="main")',  # of another checkpoint
    ],
)
def test_no_edit_that_would_not_load(source, namespace):
    run(source, namespace)
    (advice,) = found(source, namespace)
    assert advice.change is None
    assert any("by hand" in fact for fact in advice.because)


@pytest.mark.torch
def test_silence_for_a_light_cell(namespace):
    run(LOAD, namespace)
    assert found(LOAD, namespace, Signals(0.5, HEAVY.energy_j)) == ()


def test_every_row_has_a_source_a_gain_and_a_price():
    text = files("greenlab.advice").joinpath("data/models.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["library"] for row in rows} == {*LOADS}
    for row in rows:
        assert row["source"].startswith("https://"), row["model"]
        assert row["what"] and row["cost"], row["model"]
        assert row["same_class"] in ("yes", "no"), row["model"]
        assert bool(row["large"]) == bool(row["small"]), row["model"]
        assert not row["large"] or 0 < float(row["small"]) < float(row["large"]), row["model"]
        assert bool(row["saving_low"]) == bool(row["saving_high"]), row["model"]
        assert row["smaller"] not in row["model"].split("|")
    names = [(row["library"], name) for row in rows for name in row["model"].split("|")]
    assert len(names) == len(set(names)) == len(table())


def test_a_cited_saving_is_a_fraction():
    savings = [row.saving for row in table().values() if row.saving]
    assert savings
    for saving in savings:
        assert 0 < saving.low <= saving.high < 1


LOADS = {
    "hub": "from transformers import AutoModel\nm = AutoModel.from_pretrained({name!r})",
    "torchvision": "from torchvision.models import get_model\nm = get_model({name!r})",
    "clip": "import clip\nm, transform = clip.load({name!r})",
    "spacy": "import spacy\nm = spacy.load({name!r})",
    "ultralytics": "from ultralytics import YOLO\nm = YOLO('{name}.pt')",
    "whisper": "import whisper\nm = whisper.load_model({name!r})",
    "timm": "import timm\nm = timm.create_model({name!r}, pretrained=True)",
    "keras": "from tensorflow import keras\nm = keras.applications.{name}(weights='imagenet')",
}


@pytest.mark.parametrize(("library", "name"), sorted(table()))
def test_reading_alone_lists_each_model_of_the_table(library, name):
    (advice,) = read([(None, LOADS[library].format(name=name))])
    assert (advice.rule, advice.change) == ("M01", None)


@pytest.mark.parametrize(
    "source",
    [
        "import torchvision\nm = torchvision.models.resnet152(weights='DEFAULT')",
        "from torchvision import models as tm\nm = tm.vgg16()",
        "from torchvision.models import swin_b\nm = swin_b()",
        "from sentence_transformers import SentenceTransformer as S\nm = S('all-mpnet-base-v2')",
        "from diffusers import DiffusionPipeline\n"
        "m = DiffusionPipeline.from_pretrained('black-forest-labs/FLUX.1-dev')",
    ],
)
def test_reading_alone_lists_constructors_too(source):
    (advice,) = read([(None, source)])
    assert advice.rule == "M01"


@pytest.mark.parametrize(
    "source",
    [
        "import timm\nm = timm.create_model('wide_resnet101_2')",  # a name of torchvision's table
        "from torchvision.models import resnet50\nm = resnet50()",  # the smaller one
        "def resnet152(): return 1\nm = resnet152()",  # somebody else's
    ],
)
def test_reading_alone_stays_silent(source):
    assert read([(None, source)]) == ()


@pytest.fixture
def vision():
    """Builders under torchvision's and timm's names: the libraries need not be installed."""
    torch = pytest.importorskip("torch")
    models = types.ModuleType("torchvision.models")
    for name, width in (("resnet152", 8), ("resnet50", 2), ("vgg16", 8)):

        def build(weights=None, width=width):
            return torch.nn.Linear(width, width)

        build.__module__, build.__qualname__ = f"torchvision.models.{name[:3]}", name
        setattr(models, name, build)
    timm = types.ModuleType("timm")
    sizes = {"densenet201": 8, "densenet121.tv_in1k": 2}

    def create_model(name, pretrained=False):
        return torch.nn.Linear(sizes[name], 2)

    create_model.__module__, create_model.__qualname__ = "timm.models", "create_model"
    timm.create_model = create_model
    return {"models": models, "timm": timm, "resnet152": models.resnet152}


@pytest.mark.torch
@pytest.mark.parametrize(
    ("source", "width"),
    [
        ("m = models.resnet152(weights='DEFAULT')  # mine", 2),
        ("m = timm.create_model('densenet201', pretrained=True)", 2),
    ],
)
def test_a_builder_of_the_same_family_is_swapped_and_builds(source, width, vision):
    before, after = dict(vision), dict(vision)
    run(source, before)
    (advice,) = found(source, before)
    run(change((advice,)), after)
    assert before["m"].in_features > after["m"].in_features == width
    assert found(change((advice,)), after) == ()


@pytest.mark.torch
@pytest.mark.parametrize(
    "source",
    [
        "m = models.vgg16()",  # another family: other layers
        "m = resnet152()",  # the other would have to be imported
        "w = 'IMAGENET1K_V2'\nm = models.resnet152(weights=w)",  # may not exist for the other
    ],
)
def test_words_where_the_other_builder_may_not_fit(source, vision):
    run(source, vision)
    (advice,) = found(source, vision)
    assert advice.change is None
    assert any("by hand" in fact for fact in advice.because)


@pytest.mark.torch
def test_the_model_within_a_pipeline_is_found():
    torch = pytest.importorskip("torch")

    class Pipe:
        def __init__(self):
            self.transformer = torch.nn.Linear(3, 3)

        @classmethod
        def from_pretrained(cls, name):
            return cls()

    Pipe.__module__ = "diffusers.pipelines.sd3"
    namespace = {"P": Pipe}
    source = "pipe = P.from_pretrained('stabilityai/stable-diffusion-3.5-large')"
    run(source, namespace)
    (advice,) = found(source, namespace)
    assert any("12 parameters" in fact for fact in advice.because)
    assert advice.saving and "stable-diffusion-3.5-medium" in change((advice,))


CELLS = {
    "a variable": ("name = 'BIG'\nmodel = AutoModel.from_pretrained(name)", "out = model(ids)"),
    "a configuration": (
        "class CFG:\n    model = 'BIG'\nmodel = AutoModel.from_pretrained(CFG.model)",
        "for _ in range(3):\n    out = model(ids)",
    ),
    "a helper": (
        "model = AutoModel.from_pretrained('BIG')\ndef embed(ids):\n    return model(ids)[0]",
        "out = embed(ids)",
    ),
    "a default of a class": (
        "class Features:\n"
        "    def __init__(self, backbone='BIG'):\n"
        "        self.net = AutoModel.from_pretrained(backbone)\n"
        "    def of(self, ids):\n        return self.net(ids)",
        "out = Features().of(ids)",
    ),
    "a backbone": (
        "class Head(torch.nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n"
        "        self.body = AutoModel.from_pretrained('BIG')\n"
        "    def forward(self, ids):\n        return self.body(ids)[0].mean(1)\n"
        "head = Head()",
        "out = head(ids)",
    ),
    "a main function": (
        "def main():\n    model = AutoModel.from_pretrained('BIG')\n    return model(ids)",
        "main()",
    ),
    "a dictionary": (
        "models = {'body': AutoModel.from_pretrained('BIG')}", "out = models['body'](ids)",
    ),
}  # fmt: skip


@pytest.mark.torch
@pytest.mark.parametrize("form", CELLS)
def test_the_cell_that_calls_the_model_is_told_wherever_it_was_loaded(
    form, namespace, notebook
):
    import torch

    load, call = (text.replace("BIG", BIG) for text in CELLS[form])
    notebook.names.update(namespace, torch=torch, ids=torch.tensor([[1, 2]]))
    notebook.cell(load)
    (advice,) = [one for one in notebook.advise(call) if one.rule == "M01"]
    assert advice.status == "shown" and advice.cell_id == "cell 2"
    assert any("60% of its parameters" in fact for fact in advice.because), advice.because
    assert advice.place.cell_id == "cell 1" and SMALL in advice.change.text
    names = {**namespace, "torch": torch, "ids": torch.tensor([[1, 2]]), "__name__": "__main__"}
    run(advice.change.text, names)
    run(call, names)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("load", "call"),
    [
        ("tok = AutoModel.from_pretrained('SMALL')", "out = tok(ids)"),
        ("model = AutoModel.from_pretrained('BIG')", "import time\ntimes = []\nfor _ in range(3):\n"
         "    start = time.perf_counter()\n    model(ids)\n    times.append(time.perf_counter() - start)"),
        ("model = AutoModel.from_pretrained('BIG', output_hidden_states=True)",
         "layers = model(ids).hidden_states"),
        ("model = AutoModel.from_pretrained('BIG')", "kept = model.encoder.layer[1]\nmodel(ids)"),
        ("model = AutoModel.from_pretrained('BIG')\nother = AutoModel.from_pretrained('SMALL')",
         "out = model(ids)\nother(ids)"),
        ("model = AutoModel.from_pretrained('BIG')\nmodel.load_state_dict(model.state_dict())",
         "out = model(ids)"),
        ("def unused():\n    model = AutoModel.from_pretrained('BIG')\n    return model(ids)", "ids"),
        ("model = AutoModel.from_pretrained('BIG')", "model.eval()"),
    ],
)  # fmt: skip
def test_silence_where_it_is_this_very_model_that_counts(load, call, namespace, notebook):
    import torch

    load, call = (text.replace("BIG", BIG).replace("SMALL", SMALL) for text in (load, call))
    notebook.names.update(namespace, torch=torch, ids=torch.tensor([[1, 2]]))
    notebook.cell(load)
    shown = [one for one in notebook.advise(call) if one.status == "shown"]
    assert [one.rule for one in shown if one.rule == "M01"] == []


FAMILY = """\
def load(name):
    return AutoModel.from_pretrained(name)

NAMES = "NAMES_HERE".split()
for name in NAMES:
    model = load(name)
"""
LISTED = """\
models = {size: AutoModel.from_pretrained(name) for size, name in NAMES.items()}
for size in models:
    model = models[size]
    model(torch.ones(1, 4, dtype=int))
"""
BUILT = """\
sizes = {}
for kind in ("distilbert/distilbert", "bert"):
    model = AutoModel.from_pretrained(kind + "-base-uncased")
    sizes[kind] = sum(part.numel() for part in model.parameters())
"""
FILLED = """\
def size_of(org, kind="bert"):
    model = AutoModel.from_pretrained(f"{org}{kind}-base-uncased")
    return sum(part.numel() for part in model.parameters())

rows = [size_of(""), size_of("distilbert/", "distilbert")]
model = AutoModel.from_pretrained("bert-base-uncased")
"""
ALIVE = "big(torch.ones(1, 4, dtype=int))\nmodel = big\n"


@pytest.mark.torch
@pytest.mark.parametrize("source", [FAMILY, LISTED, BUILT, FILLED, ALIVE])
def test_an_experiment_with_several_sizes_is_left_alone(source, namespace):
    import torch

    names = {"small": SMALL, "large": BIG}
    namespace |= {"torch": torch, "NAMES": names}
    namespace["big"] = namespace["AutoModel"].from_pretrained(BIG)
    if source is ALIVE:  # both are alive, loaded in a cell that is not known
        namespace["tried"] = [namespace["AutoModel"].from_pretrained(SMALL)]
    source = source.replace("NAMES_HERE", f"{SMALL} {BIG}")
    run(source, namespace)
    assert [one for one in found(source, namespace) if one.rule == "M01"] == []


@pytest.mark.torch
@pytest.mark.parametrize(
    "source",
    [
        "for epoch in range(2):\n    model = AutoModel.from_pretrained(NAME)\n",
        "models = [AutoModel.from_pretrained(NAME) for fold in (1, 2)]\nmodel = models[0]\n"
        "for m in models:\n    m(torch.ones(1, 4, dtype=int))\n",
        "def load(name):\n    return AutoModel.from_pretrained(name)\nmodel = load(NAME)\n",
    ],
)
def test_the_same_model_again_is_no_experiment(source, namespace):
    import torch

    namespace |= {"torch": torch, "NAME": BIG}
    run(source, namespace)
    assert [one.rule for one in found(source, namespace) if one.rule == "M01"] == ["M01"]
