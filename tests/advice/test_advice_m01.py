"""M01: smell, fixed, look-alike, fix-hurts; the change loads and runs."""

import csv
from importlib.resources import files

import pytest
from advice_cells import HEAVY, change, found, run

from greenlab.advice import Signals, read
from greenlab.advice.rules.m01_smaller_model import table

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
        f'name = "{BIG}"\nmodel = AutoModel.from_pretrained(name)',  # not a literal
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
    assert len(rows) >= 5
    for row in rows:
        assert row["source"].startswith("https://"), row["model"]
        assert row["what"] and row["cost"], row["model"]
        assert row["same_class"] in ("yes", "no"), row["model"]
        assert bool(row["saving_low"]) == bool(row["saving_high"]), row["model"]
        assert row["smaller"] not in row["model"].split("|")


def test_a_cited_saving_is_a_fraction():
    savings = [row.saving for row in table().values() if row.saving]
    assert savings
    for saving in savings:
        assert 0 < saving.low <= saving.high < 1


@pytest.mark.parametrize("name", sorted(table()))
def test_reading_alone_lists_each_checkpoint_of_the_table(name):
    (advice,) = read(
        [(None, f"from transformers import AutoModel\nm = AutoModel.from_pretrained({name!r})")]
    )
    assert (advice.rule, advice.change) == ("M01", None)
