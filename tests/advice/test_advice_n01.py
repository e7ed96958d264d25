"""N01: a real checkpoint on disk, loaded in each run of a cell."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, found, rules, run

from greenlab.advice import read

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch

AGAIN = replace(HEAVY, runs=4, total_duration_s=48.0)
CELL = """\
model = BertModel.from_pretrained(folder)
with torch.no_grad():
    out = model(torch.zeros(1, 4, dtype=torch.long)).pooler_output
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("model"))
    small = transformers.BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
    )
    transformers.BertModel(small).save_pretrained(folder)
    return {"BertModel": transformers.BertModel, "folder": folder, "torch": torch}


def after(source, names, signals=AGAIN):
    names = dict(names)
    run(source, names)
    return [one for one in found(source, names, signals) if one.rule == "N01"]


@pytest.mark.parametrize(
    "source",
    [
        CELL,
        CELL.replace("model", "net").replace("net(torch", "net(torch"),
        CELL.replace("(folder)", "(folder).eval()"),
        "from transformers import BertModel as Body\n" + CELL.replace("BertModel.", "Body."),
    ],
)
def test_a_model_that_is_loaded_in_each_run_is_listed(source, names):
    (one,) = after(source, names)
    assert (one.status, one.change) == ("candidate", None)
    assert any("anew in 4 runs" in fact for fact in one.because)
    assert "a cell above" in one.because[-1]


@pytest.mark.parametrize(
    "source",
    [
        CELL.split("\n")[0],  # a cell of its own
        "if 'model' not in globals():\n    " + CELL,
        CELL.replace("with torch.no_grad():", "model.train()\nif True:"),
        "def load():\n    return BertModel.from_pretrained(folder)\nmodel = load()\n"
        + CELL.partition("\n")[2],
    ],
)
def test_silent_where_it_stands_alone_or_is_kept_or_trained(source, names):
    assert after(source, names) == []


def test_silent_for_the_first_runs(names):
    assert after(CELL, names, replace(AGAIN, runs=2)) == []


def test_reading_alone_lists_nothing():
    assert "N01" not in rules(read([(None, CELL)]))
