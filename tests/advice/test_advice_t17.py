"""T17: the GPU is simulated (layers are only said to lie there); it ran on none.

bitsandbytes' layers are simulated where it is not installed, real where it is.
"""

import dataclasses
import importlib.util
import sys
import types

import pytest
from advice_cells import HEAVY, change, found, run

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch

REAL = importlib.util.find_spec("bitsandbytes") is not None
ROOMY = dataclasses.replace(HEAVY, gpu_memory_share=0.1)
LOAD = """\
model = Auto.from_pretrained(folder, quantization_config=bits)  # small
model.hf_device_map = {"": 0}
"""
RUN = "out = model.generate(ids, max_new_tokens=3)"
SIZES = dict(
    vocab_size=64, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
    num_attention_heads=2, num_key_value_heads=2,
)  # fmt: skip


class Linear8bitLt(torch.nn.Linear):
    def __init__(self, *sizes):
        super().__init__(*sizes, bias=False)
        self.state = types.SimpleNamespace(threshold=6.0)


class Linear4bit(torch.nn.Linear):
    def __init__(self, *sizes):
        super().__init__(*sizes, bias=False)


for kind in (Linear8bitLt, Linear4bit):
    kind.__module__, kind.__qualname__ = "bitsandbytes.nn.modules", kind.__name__


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES)).save_pretrained(path)
    return path


@pytest.fixture(autouse=True)
def imported(monkeypatch):
    if REAL:
        importlib.import_module("bitsandbytes")
    else:
        module = types.ModuleType("bitsandbytes")
        module.__version__ = "0.50.2"
        monkeypatch.setitem(sys.modules, "bitsandbytes", module)


class Auto:
    """Loads as transformers does, and puts simulated layers in the place of the linear ones."""

    @classmethod
    def from_pretrained(cls, folder, quantization_config=None):
        model = transformers.AutoModelForCausalLM.from_pretrained(folder)
        for part in list(model.modules()) if quantization_config else ():
            for name, child in list(part.named_children()):
                if type(child) is torch.nn.Linear and name != "lm_head":
                    sizes = (child.in_features, child.out_features)
                    part.register_module(name, quantization_config(*sizes))
        return model


Auto.__module__ = "transformers.models.auto.modeling_auto"


def names(folder, bits=Linear8bitLt):
    return {"Auto": Auto, "folder": folder, "bits": bits, "ids": torch.ones(1, 4).long()}


def mine(source, namespace, signals=ROOMY):
    return [one for one in found(source, namespace, signals) if one.rule == "T17"]


@pytest.mark.parametrize("bits", [Linear8bitLt, Linear4bit])
def test_the_load_is_changed_and_loads(bits, folder):
    namespace = names(folder, bits)
    run(LOAD + RUN, namespace)
    (one,) = mine(LOAD + RUN, namespace)
    weights = sum(one.numel() for one in namespace["model"].parameters())
    assert f"{weights:,} parameters" in one.because[1]
    text = change((one,))
    assert "quantization_config=None)  # small  # greenlab:T17" in text
    run(text, namespace)
    assert type(namespace["model"].model.layers[0].mlp.up_proj) is torch.nn.Linear
    assert mine(text, namespace) == []


@pytest.mark.parametrize(
    "source",
    [
        RUN,
        "def write(llm, x):\n    return llm.generate(x, max_new_tokens=2)\nout = write(model, ids)",
    ],
)
def test_where_it_writes_it_is_found_and_changed_by_hand(source, folder):
    namespace = names(folder)
    run(LOAD, namespace)
    run(source, namespace)
    (one,) = mine(source, namespace)
    assert one.change is None and "another cell" in one.because[-1]


def test_neither_alias_nor_renaming_changes_what_is_found(folder):
    source = LOAD.replace("model", "llm").replace("Auto", "A")
    namespace = {**names(folder), "A": Auto}
    run(source, namespace)
    assert change(mine(source, namespace))


def test_listed_where_the_memory_is_not_known_silent_where_it_is_short(folder):
    namespace = names(folder)
    run(LOAD, namespace)
    assert [one.status for one in mine(LOAD, namespace, HEAVY)] == ["candidate"]
    full = dataclasses.replace(HEAVY, gpu_memory_share=0.6)
    assert mine(LOAD, namespace, full) == []


@pytest.mark.parametrize("places", [{"": "cpu"}, {"a": 0, "b": 1}, {"a": 0, "b": "disk"}, None])
def test_silent_elsewhere_than_on_one_gpu(places, folder):
    namespace = names(folder)
    run(LOAD, namespace)
    if places is None:
        del namespace["model"].hf_device_map
    else:
        namespace["model"].hf_device_map = places
    assert mine(LOAD, namespace) == []


def test_silent_for_large_models(folder):
    namespace = names(folder, Linear4bit)
    run(LOAD, namespace)
    assert mine(LOAD, namespace)
    namespace["model"].model.layers[0].mlp.up_proj.in_features = 10**9
    assert mine(LOAD, namespace) == []


def test_silent_without_outliers_split_off(folder):
    namespace = names(folder)
    run(LOAD, namespace)
    namespace["model"].model.layers[0].mlp.up_proj.state.threshold = 0.0
    assert mine(LOAD, namespace) == []


@pytest.mark.parametrize(
    "source",
    [
        LOAD.replace("=bits", "=None"),
        f"{LOAD}model(ids, labels=ids).loss.backward()",
        "model = Auto.from_pretrained(folder)\nmodel.hf_device_map = {'': 0}\n" + RUN,
    ],
)
def test_silent_in_16_bits_and_in_training(source, folder):
    namespace = names(folder)
    run(source, namespace)
    assert mine(source, namespace) == []


@pytest.mark.skipif(not REAL, reason="bitsandbytes is not installed")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bits", [8, 4])
def test_real_layers_are_known(bits, folder):
    config = transformers.BitsAndBytesConfig(**{f"load_in_{bits}bit": True})
    namespace = names(folder, config) | {"Auto": transformers.AutoModelForCausalLM}
    run(LOAD + RUN, namespace)
    (one,) = mine(LOAD + RUN, namespace)
    assert f"in {bits} bits" in one.because[1]
    run(change((one,)), namespace)
