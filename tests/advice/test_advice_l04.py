"""L04: smell, fixed, look-alikes. The GPUs are simulated: layers are only said to lie there."""

import dataclasses

import pytest
from advice_cells import HEAVY, change, found, rules, run
from language_models import gpt2

from greenlab.advice import read

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch

TWO = {"transformer.wte": 0, "transformer.h.0": 0, "transformer.h.1": 1, "lm_head": 1}
ROOMY = dataclasses.replace(HEAVY, gpu_memory_share=0.3)
LOAD = (
    'model = AutoModelForCausalLM.from_pretrained(\n    folder, device_map="auto"  # both\n)\n'
)
RUN = "out = model.generate(ids, max_new_tokens=4)"


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = gpt2()
    model.save_pretrained(folder)
    return {
        "AutoModelForCausalLM": transformers.AutoModelForCausalLM,
        "folder": folder,
        "ids": torch.ones(1, 4, dtype=torch.long),
        "model": model,
    }


def placed(namespace, places):
    model = gpt2()
    model.hf_device_map = dict(places)
    return {**namespace, "model": model}


@pytest.mark.parametrize(
    "source",
    [
        RUN,
        "def write(llm, x):\n    return llm.generate(x, max_new_tokens=4)\nout = write(model, ids)",
        "with open('/dev/null'):\n    loss = model(ids, labels=ids).loss",
    ],
)
def test_a_model_that_would_fit_one_gpu_is_found(source, namespace):
    (advice,) = found(source, placed(namespace, TWO), ROOMY)
    assert (advice.rule, advice.status, advice.change) == ("L04", "shown", None)
    assert any("2 GPUs" in fact for fact in advice.because)
    assert any("60% of the memory of one" in fact for fact in advice.because)
    assert 'device_map={"": 0}' in advice.because[-1]


def test_the_load_is_changed_where_it_stands_and_is_still_a_load(namespace):
    ns = placed(namespace, TWO)
    (advice,) = found(LOAD + RUN, ns, ROOMY)
    text = change((advice,))
    assert 'device_map={"": 0}  # both' in text
    run(text.replace('{"": 0}', '{"": "cpu"}'), ns)  # no GPU here
    assert {one.device.type for one in ns["model"].parameters()} == {"cpu"}
    assert found(text, ns, ROOMY) == ()


def test_renaming_changes_nothing(namespace):
    ns = placed(namespace, TWO)
    source = RUN.replace("model", "llm")
    assert rules(found(source, {"llm": ns["model"], "ids": ns["ids"]}, ROOMY)) == ["L04"]


@pytest.mark.parametrize(
    ("places", "share"),
    [
        ({"": 0}, 0.3),  # fixed
        ({"transformer": 0, "lm_head": "cpu"}, 0.3),  # does not fit: some of it is in memory
        ({"transformer": 0, "lm_head": "disk"}, 0.3),
        (TWO, 0.45),  # too little room for what grows
    ],
)
def test_silence(places, share, namespace):
    signals = dataclasses.replace(HEAVY, gpu_memory_share=share)
    assert found(RUN, placed(namespace, places), signals) == ()


def test_silence_for_a_model_that_nobody_placed(namespace):
    assert found(RUN, dict(namespace), ROOMY) == ()


def test_it_is_only_listed_where_the_memory_is_not_known(namespace):
    (advice,) = found(RUN, placed(namespace, TWO))
    assert (advice.rule, advice.status) == ("L04", "candidate")


def test_reading_alone_lists_nothing():
    source = "from transformers import AutoModel\nm = AutoModel.from_pretrained('x', device_map='auto')"
    assert read([(None, source)]) == ()
